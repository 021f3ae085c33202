"""The three sentences of a why: the decision and its price, what binds, what would turn it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from hubselect.explore.answers.binding import UNITS
from hubselect.explore.answers.proven import Difference
from hubselect.explore.answers.variants import history
from hubselect.explore.workbench import Workbench
from hubselect.instance import Instance

if TYPE_CHECKING:
    from hubselect.explore.answers.turning import Turning
    from hubselect.explore.answers.why import Asked, Why

FIGURES = {"capex": "construction cost", "ramp_up": "ramp-up"}


def sentences(bench: Workbench, why: Why) -> tuple[str, str, str]:
    """Decision and proven price; what binds there; what would turn it."""
    return _decision(bench, why), _reason(bench, why), _turn(why)


def money(cost: Difference) -> str:
    """A difference in words, million MAD, with its interval."""
    span = f"between {cost.low:,.1f} and {cost.high:,.1f} million MAD"
    if cost.hidden:
        return f"{span} more, which is below the gap: nothing is proven either way"
    if cost.high < 0:
        return f"between {-cost.high:,.1f} and {-cost.low:,.1f} million MAD less"
    return f"{span} more"


def _decision(bench: Workbench, why: Why) -> str:
    i = bench.instance
    first = why.asked[0] if why.asked else None
    name = _name(i, why.place)
    score = _score_note(bench, why)
    if why.chosen:
        stands = "; ".join(
            f"{i.names.get(s, s)} {history(i, bench.plan.decisions.installed[i.sites.index(s)])}"
            for s in why.sites
            if bench.plan.decisions.installed[i.sites.index(s)].any()
        )
        return (
            f"{name}{score} has a hub ({stands}): {_price(i, first, 'without it the plan costs')}."
        )
    if first is None:
        return f"{name}{score} has no hub: its ground allows none within the horizon."
    rule = _rule(i, why) if first.variant.lifted else ""
    return f"{name}{score} has no hub{rule}: {_price(i, first, 'with one the plan costs')}."


def _price(i: Instance, asked: Asked | None, opening: str) -> str:
    if asked is None or asked.answer.state == "interrupted":
        return "the question was interrupted"
    if asked.answer.state == "nothing fits":
        return "any other decision is proven to admit no plan"
    if asked.cost is None:
        return "no plan was found with any other decision before the limit"
    text = f"{opening} {money(asked.cost)}"
    if asked.moves:
        shown = ", ".join(m.words(i.names) for m in asked.moves[:3])
        text += f", and {shown}" if not asked.cost.hidden else f" ({shown})"
    return text


def _rule(i: Instance, why: Why) -> str:
    reasons = dict(i.policy.gated)
    found = sorted({reasons[h] for h in map(i.sites.index, why.sites) if h in reasons})
    return f" by a rule ({'; '.join(found)}), lifted here" if found else " by a rule, lifted here"


def _reason(bench: Workbench, why: Why) -> str:
    i = bench.instance
    causes = [
        f"{row.cause} ({row.mad_per_unit:,.0f} MAD of {row.year} a {UNITS[str(row.cause)]})"
        for row in why.binding.drop_duplicates("cause").head(3).itertuples()
    ]
    there = f"What binds there: {', '.join(causes)}" if causes else "Nothing binds there"
    if why.worth is None:
        return f"{there}."
    w = why.worth
    hub = f"a {w.size} hub at {i.names.get(w.site, w.site)} from {w.year}"
    verdict = {
        "talent": "even if full at once they would be worth little: people bind, not desks",
        "ramp-up": "full from its first year it would pay: ramp-up binds",
        "cost": "even full from its first year it would not pay: cost binds",
        "nothing": "at the margin it would pay, but not as a whole beside the hubs chosen",
    }[w.binds]
    return (
        f"{there}; at these prices {hub} costs {w.hub:,.1f} million MAD and its desks are worth "
        f"{w.desks:,.1f} ({w.full:,.1f} if full): {verdict}."
    )


def _turn(why: Why) -> str:
    parts = [_turned(t, why.chosen) for t in why.turnings]
    shifts = [
        f"{a.variant.kind} costs {money(a.cost)}"
        if a.cost is not None
        else f"{a.variant.kind} admits no plan"
        for a in why.asked[1:]
        if a.answer.state in ("solved", "nothing fits")
    ]
    if not parts and why.asked and why.asked[0].cost is not None and why.asked[0].cost.hidden:
        parts = ["the decision is a coin-flip at this gap, so no figure has to change to turn it"]
    text = "; ".join([*parts, *shifts])
    return text[:1].upper() + text[1:] + "." if text else "No other decision was asked about."


def _turned(t: Turning, chosen: bool) -> str:
    figure = FIGURES[t.figure]
    fate = "it would be lost" if chosen else "it would be built"
    if t.holds_at == t.limit:
        return f"even with {figure} {_share(t, t.limit)} the decision holds"
    if t.turns_at is None:
        return f"no change of {figure} up to {_share(t, t.limit)} is proven to turn it"
    held = "" if t.holds_at is None else f" (not yet at {_share(t, t.holds_at)})"
    return f"{fate} with {figure} {_share(t, t.turns_at)}{held}"


def _share(t: Turning, share: float) -> str:
    if share == 0:
        return "as it is"
    if t.figure == "ramp_up" and share > 0:
        return f"{share:.1%} closer to full from the first year"
    return f"{abs(share):.1%} {'higher' if share > 0 else 'lower'}"


def _name(i: Instance, place: str) -> str:
    name = i.names.get(place, place)
    return name if name == place else f"{name} ({place})"


def _score_note(bench: Workbench, why: Why) -> str:
    """Score and rank of the place's basin, where scores are known."""
    i, scores = bench.instance, bench.plan.scores
    basin = i.basins[i.site_basin[i.sites.index(why.sites[0])]]
    if "score" not in scores or basin not in scores.index:
        return ""
    ranks = scores["score"].rank(ascending=False, method="min")
    where = "" if why.place == basin else f"in {i.names.get(basin, basin)}, "
    value, rank = float(scores.loc[basin, "score"]), ranks[basin]
    if not np.isfinite(value):
        return ""
    return f", {where}score {value:.1f}, rank {int(rank)} of {len(scores)},"
