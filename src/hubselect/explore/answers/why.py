"""Why a hub stands at a place, or does not: what any other decision costs, proven."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from hubselect.errors import Problem, ScenarioError, nearest
from hubselect.explore.answers import binding, why_words
from hubselect.explore.answers.binding import Worth
from hubselect.explore.answers.proven import Answer, Difference, Known, Step, Told, ask, base_of
from hubselect.explore.answers.turning import Turning, turning
from hubselect.explore.answers.variants import Move, Variant, moves, variants
from hubselect.explore.workbench import Workbench
from hubselect.instance import Instance
from hubselect.plan import Plan
from hubselect.solving import Progress
from hubselect.solving.live import Point
from hubselect.tables import records

COLUMNS = [
    "question", "state", "cost_mad", "low_mad", "high_mad", "below_the_gap", "rule_lifted",
    "instead",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Asked:
    """One changed decision and what it costs: None where nothing fits or nothing was found."""

    variant: Variant
    answer: Answer
    cost: Difference | None
    moves: tuple[Move, ...]


@dataclass(frozen=True, eq=False)
class Why:
    """The answer for one place: a table, three sentences, and the plans behind them."""

    place: str
    sites: tuple[str, ...]
    chosen: bool
    base: Known
    asked: tuple[Asked, ...]
    binding: pd.DataFrame
    worth: Worth | None
    turnings: tuple[Turning, ...] = ()
    complete: bool = True
    sentences: tuple[str, str, str] = field(default=("", "", ""))

    @property
    def table(self) -> pd.DataFrame:
        """One row a question: proven cost in MAD (present value) and what happens instead."""
        rows = []
        for one in self.asked:
            cost = one.cost
            rows.append(
                {
                    "question": one.variant.kind,
                    "state": one.answer.state,
                    "cost_mad": np.nan if cost is None else cost.value * 1e6,
                    "low_mad": np.nan if cost is None else cost.low * 1e6,
                    "high_mad": np.nan if cost is None else cost.high * 1e6,
                    "below_the_gap": cost is not None and cost.hidden,
                    "rule_lifted": one.variant.lifted,
                    "instead": "; ".join(m.words() for m in one.moves),
                }
            )
        return pd.DataFrame(rows, columns=COLUMNS)

    @property
    def plans(self) -> dict[str, Plan]:
        """The certified plan of each question that has one."""
        return {a.variant.kind: a.answer.plan for a in self.asked if a.answer.plan is not None}

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; money in MAD."""
        return {
            "place": self.place,
            "sites": list(self.sites),
            "chosen": self.chosen,
            "complete": self.complete,
            "sentences": list(self.sentences),
            "questions": [
                {
                    "question": one.variant.kind,
                    "state": one.answer.state,
                    "cost": None if one.cost is None else one.cost.to_dict(),
                    "rule_lifted": one.variant.lifted,
                    "moves": [vars(m) for m in one.moves],
                }
                for one in self.asked
            ],
            "binding": records(self.binding),
            "hub_at_these_prices": None
            if self.worth is None
            else {**vars(self.worth), "binds": self.worth.binds},
            "turned_by": [t.to_dict() for t in self.turnings],
        }


def why(
    plan: Plan | Workbench,
    place: str,
    *,
    gap: float | None = None,
    turns: bool = True,
    progress: Told | None = None,
) -> Why:
    """Why a place has a hub in the plan, or has none, and what it would cost to decide otherwise.

    Args:
        place: a site, or a basin (all its sites together).
        gap: relative gap of every solve, the plan's unless given; intervals are as wide.
        turns: also search the smallest change of construction cost and of ramp-up that turns it.
        progress: told before and during each solve.

    Every plan found is certified. Ctrl-C ends it with what is answered, `complete` False.

    Raises:
        ScenarioError: there is no such site or basin.
        CertificateError, SolverError: as `solve`.
    """
    bench = plan if isinstance(plan, Workbench) else Workbench.of(plan, gap=gap)
    sites = sites_of(bench.instance, place)
    return _Inquiry(bench, place, sites, gap or bench.settings.gap, progress).answer(turns)


def why_all(
    plan: Plan | Workbench,
    *,
    gap: float | None = None,
    turns: bool = False,
    progress: Told | None = None,
) -> tuple[Why, ...]:
    """`why` for every site, each solve started from what the earlier ones taught.

    Then for the best-scored basin that has sites and no hub. An interruption leaves out the
    places not reached.
    """
    bench = plan if isinstance(plan, Workbench) else Workbench.of(plan, gap=gap)
    i, found = bench.instance, []
    for place in (*i.sites, *overlooked(bench.plan)):
        found.append(why(bench, place, gap=gap, turns=turns, progress=progress))
        if not found[-1].complete:
            break
    return tuple(found)


def overview(answers: Iterable[Why]) -> pd.DataFrame:
    """All questions of several answers in one table, the place first."""
    frames = []
    for one in answers:
        table = one.table
        table.insert(0, "place", one.place)
        table.insert(1, "chosen", one.chosen)
        frames.append(table)
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS)


def overlooked(plan: Plan) -> tuple[str, ...]:
    """The best-scored basin that has a site and no hub; empty where there is none or no score."""
    i, opened = plan.instance, plan.decisions.installed[:, 0, -1] > 0.5
    with_hub = {int(r) for r in i.site_basin[opened]}
    bare = [i.basins[r] for r in sorted(set(i.site_basin.tolist()) - with_hub)]
    known = [b for b in bare if b in plan.scores.index and "score" in plan.scores]
    if not known:
        return ()
    return (str(plan.scores.loc[known, "score"].idxmax()),)


def sites_of(i: Instance, place: str) -> tuple[int, ...]:
    """Positions of a site, or of all sites of a basin.

    Raises:
        ScenarioError: neither a site nor a basin with sites.
    """
    if place in i.sites:
        return (i.sites.index(place),)
    if place in i.basins:
        found = tuple(i.sites_of(i.basins.index(place)))
        if found:
            return found
        problem = Problem(f"place '{place}'", "has no site where a hub could stand", "a site")
        raise ScenarioError([problem])
    hint = nearest(place, (*i.sites, *i.basins))
    raise ScenarioError([Problem(f"place '{place}'", "is unknown", "a site or a basin", hint)])


@dataclass(eq=False)
class _Inquiry:
    """The questions about one place, asked one after the other."""

    bench: Workbench
    place: str
    sites: tuple[int, ...]
    gap: float
    progress: Told | None
    done: int = 0
    of: int = 1

    def answer(self, turns: bool) -> Why:
        i, installed = self.bench.instance, self.bench.plan.decisions.installed
        chosen = bool(installed[list(self.sites)].any())
        questions = variants(self.bench, self.sites, installed)
        self.of = len(questions) + (2 if turns else 0)
        base = base_of(self.bench, self.gap, None)
        found: list[tuple[Variant, Answer]] = []
        for variant in questions:
            found.append((variant, self._ask(variant)))
            known = found[-1][1].known
            if variant.nested and known is not None:
                base = base.with_plan(known.cost)
            if found[-1][1].stopped:
                break
        asked = tuple(self._asked(base, *pair) for pair in found)
        basins = sorted({int(i.site_basin[h]) for h in self.sites})
        point = binding.operated(self.bench, installed)
        assert point is not None  # the plan itself stands with its hubs
        result = Why(
            place=self.place,
            sites=tuple(i.sites[h] for h in self.sites),
            chosen=chosen,
            base=base,
            asked=asked,
            binding=binding.binding(self.bench, basins, point),
            worth=None if chosen else self._worth(asked, point),
            complete=not any(one.answer.stopped for one in asked),
        )
        if turns and result.complete and asked:
            result = self._turned(result)
        return replace(result, sentences=why_words.sentences(self.bench, result))

    def _ask(self, variant: Variant) -> Answer:
        title = f"{self.place}: {variant.kind}"
        told = self._told(title)
        return ask(
            self.bench, variant.arrays, instance=variant.instance, title=title, gap=self.gap,
            progress=told,
        )  # fmt: skip

    def _told(self, what: str) -> Callable[[Progress], None] | None:
        step = Step(what, self.done, self.of)
        self.done += 1
        if self.progress is None:
            return None
        tell = self.progress
        tell(step)
        return lambda inner: tell(replace(step, inner=inner))

    def _asked(self, base: Known, variant: Variant, answer: Answer) -> Asked:
        known = answer.known
        if known is None or answer.solved is None:
            return Asked(variant, answer, None, ())
        before = self.bench.plan.decisions.installed
        changed = moves(self.bench.instance, before, answer.solved.decisions.installed, self.sites)
        return Asked(variant, answer, base.up_to(known, nested=variant.nested), tuple(changed))

    def _worth(self, asked: tuple[Asked, ...], point: Point) -> Worth | None:
        """The hub that stands where one is forced, at the prices of the plan without it."""
        solved = asked[0].answer.solved if asked else None
        if solved is None:
            return None
        for h in self.sites:
            if solved.decisions.installed[h].any():
                steps = solved.decisions.installed[h]
                size, year = int(steps[:, -1].sum()) - 1, int(np.argmax(steps[0]))
                return binding.worth(self.bench, h, size, year, point)
        return None

    def _turned(self, result: Why) -> Why:
        """With the turning points, where the decision itself is not below the gap."""
        first = result.asked[0]
        known = first.answer.known
        if first.cost is None or first.cost.hidden or known is None:
            return result
        held, without = (result.base, known) if result.chosen else (known, result.base)
        found = []
        try:
            for figure in ("capex", "ramp_up"):
                found.append(
                    turning(
                        self.bench, figure, self.sites, held=held, without=without,
                        chosen=result.chosen, gap=self.gap,
                        progress=self._told(f"{self.place}: what {figure} would turn it"),
                    )
                )  # fmt: skip
        except KeyboardInterrupt:
            return replace(result, turnings=tuple(found), complete=False)
        return replace(result, turnings=tuple(found))
