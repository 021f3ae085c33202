"""Pools: people who could be trained for the sector, by basin; only those who realistically can."""

from __future__ import annotations

from figures import Figure, estimate, pick

# share of job seekers of the level with French good enough to train in months, national
TRAINABLE = {"job_seekers_secondary": 0.30, "job_seekers_higher": 0.45}
# unemployment of the level over the average: no diploma is rarer among the unemployed
RELATIVE = {"job_seekers_secondary": 1.2, "job_seekers_higher": 1.7}
FIELD = {
    "job_seekers_secondary": "education_upper_secondary_share_pct",
    "job_seekers_higher": "education_higher_share_pct",
}
# graduates a year in the field: public universities 8,400 + vocational digital courses 10,000 +
# engineers of the kind 4,000; those who join the sector on their own are taken off
GRADUATES = 22_400
RANGE = (0.55, 1.6)


def adults(current: list[Figure], code: str) -> float:
    """Municipal population aged 10 or more: literate / (1 - illiteracy)."""
    literate = pick(current, "literate_population_10plus")[code]
    illiterate = pick(current, "illiteracy_rate_10plus_pct")[code]
    return literate / (1 - illiterate / 100)


def share_of_adults(current: list[Figure], field: str, code: str) -> float:
    """Share of those aged 10+ who reached the level (published of all ages)."""
    people = pick(current, field)[code] / 100 * pick(current, "population_municipal")[code]
    return people / adults(current, code)


def job_seekers(
    current: list[Figure], pool: str, codes: list[str]
) -> dict[str, tuple[float, float]]:
    """code → (all job seekers of the level, trainable ones)."""
    unemployed = pick(current, "unemployed_15plus")
    french = pick(current, "french_readers_share_of_10plus_pct")
    out = {}
    for c in codes:
        seekers = unemployed[c] * share_of_adults(current, FIELD[pool], c) * RELATIVE[pool]
        out[c] = (seekers, seekers * TRAINABLE[pool] * french[c] / french["MA"])
    return out


def seeker_figures(
    current: list[Figure], leaving: dict[str, float], codes: list[str]
) -> list[Figure]:
    """Stock and inflow of the two pools of job seekers."""
    out = []
    for pool, trainable in TRAINABLE.items():
        for c, (_, v) in job_seekers(current, pool, codes).items():
            key = f"{c}/{pool}"
            why = (
                f"unemployed 15+ (census) x share of 10+ at the level x {RELATIVE[pool]} (relative "
                f"unemployment of the level) x {trainable:.2f} trainable x French readers of "
                "the region / of the country; census does not cross unemployment and education"
            )
            out.append(estimate(key, "stock", round(v), round(v * 0.5), round(v * 1.7), "heads",
                                why))  # fmt: skip
            n = v * leaving[pool] / 100
            out.append(
                estimate(key, "inflow", round(n), round(n * 0.5), round(n * 1.7), "heads per year",
                         f"leaving {leaving[pool]:g} % x stock: the pool stands still when the "
                         "plan takes nobody")
            )  # fmt: skip
    return out


def graduate_figures(
    higher: dict[str, float], entrants: dict[str, float], leaving: float, spontaneous: float
) -> list[Figure]:
    """Digital graduates: half by people with higher education, half by new students known."""
    people = sum(higher.values())
    known = sum(entrants.values())
    out = []
    for c, v in higher.items():
        weight = 0.5 * v / people + 0.5 * entrants.get(c, 0.0) / known
        n = (GRADUATES - spontaneous) * weight
        stock = n * 100 / leaving / 2.5
        key = f"{c}/digital_graduates"
        out.append(
            estimate(key, "inflow", round(n), round(n * RANGE[0]), round(n * RANGE[1]),
                     "heads per year", f"(22,400 - {spontaneous:.0f}) x half share of people with "
                     "higher education, half share of new students; 22,400 a year = 8,400 "
                     "university digital (F194) + about 10,000 vocational digital + 4,000 of 11,000"
                     f" engineers (F198); {spontaneous:.0f} join on their own (talent inflow of "
                     "software, engineering, data); no regional count of computing graduates")
        )  # fmt: skip
        out.append(
            estimate(key, "stock", round(stock), round(stock * 0.5), round(stock * 2), "heads",
                     f"inflow / leaving ({leaving:g} %) x 0.4: most of a class is placed in its "
                     "first year")
        )  # fmt: skip
    return out
