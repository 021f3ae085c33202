"""Talent: job-ready people of each basin and profile, and those who come without a public seat."""

from __future__ import annotations

from figures import Figure, estimate
from national import GAIN

STOCK_WEIGHT = 0.85  # newcomers come where the jobs are; the rest follows young educated people
SKILLS = ("voice_agent", "back_office", "software_cloud", "engineering", "data")


def employed(
    jobs: dict[tuple[str, str], int], mix: dict[str, float]
) -> dict[tuple[str, str], float]:
    """Staff by basin and profile: jobs x share of the segment that needs the profile."""
    codes = sorted({r for r, _ in jobs})
    segments = sorted({s for _, s in jobs})
    return {
        (r, g): sum(jobs[r, s] * mix[f"{s}/{g}"] / 100 for s in segments)
        for r in codes
        for g in SKILLS
    }


def national_inflow(
    stock: dict[tuple[str, str], float],
    leaving: dict[str, float],
    bench: dict[str, float],
    gain: dict[str, float],
) -> dict[str, float]:
    """What replaces those who leave, plus the observed net gain with its bench."""
    out = {}
    for g in SKILLS:
        total = sum(v for (_, k), v in stock.items() if k == g)
        out[g] = total * leaving[g] / 100 + gain[g] * (1 + bench[g] / 100)
    return out


def gains(mix: dict[str, float], share: dict[str, float]) -> dict[str, float]:
    """The observed +9,250 jobs a year by profile."""
    return {g: sum(GAIN * share[s] * mix[f"{s}/{g}"] / 100 for s in share) for g in SKILLS}


def talent(
    jobs: dict[tuple[str, str], int],
    mix: dict[str, float],
    leaving: dict[str, float],
    bench: dict[str, float],
    gain_share: dict[str, float],
    young: dict[str, float],
) -> list[Figure]:
    """region/talent.csv."""
    staff = employed(jobs, mix)
    stock = {(r, g): v * (1 + bench[g] / 100) for (r, g), v in staff.items()}
    inflow = national_inflow(stock, leaving, bench, gains(mix, gain_share))
    everyone = sum(young.values())
    out = []
    for (r, g), v in sorted(stock.items()):
        total = sum(x for (_, k), x in stock.items() if k == g)
        weight = STOCK_WEIGHT * v / total + (1 - STOCK_WEIGHT) * young[r] / everyone
        key = f"{r}/{g}"
        out.append(
            estimate(key, "stock", round(v), round(v * 0.6), round(v * 1.5), "heads",
                     "sum over segments of base jobs x min_share of the profile x (1 + bench): "
                     "residents who are in the sector or between two jobs in it")
        )  # fmt: skip
        n = inflow[g] * weight
        out.append(
            estimate(key, "inflow", round(n, 1), round(n * 0.6, 1), round(n * 1.5, 1),
                     "heads per year", "national: leaving x stock + share of the observed +9,250 "
                     "jobs a year x (1 + bench); to basins by 0.85 x share of stock + 0.15 x share "
                     "of young people with upper-secondary or higher education")
        )  # fmt: skip
    return out
