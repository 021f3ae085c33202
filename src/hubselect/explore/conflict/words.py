"""A diagnosis in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hubselect.explore.conflict.repairs import Repair

if TYPE_CHECKING:
    from hubselect.explore.conflict.diagnosis import Diagnosis


def lines(d: Diagnosis) -> list[str]:
    """What a diagnosis says, a line each."""
    if d.fits:
        return [f"{d.scenario}: a plan exists, nothing conflicts."]
    found = [f"{d.scenario}: " + ("no plan exists." if d.fits is False else "not known.")]
    found += [f"  refuted at once: {s.subject}: {s.arithmetic}" for s in d.contradictions]
    for n, c in enumerate(d.conflicts):
        if not c.clauses:
            found.append("The data alone admit no plan: no statement is to blame.")
            continue
        head = "These cannot hold together" if n == 0 else "Apart from them, these cannot either"
        size = "; no conflict has fewer" if c.smallest else ""
        doubt = "" if c.proven else " (not proven: a limit came first)"
        found.append(f"{head}, and none can be left out{size}{doubt}:")
        found += [f"  - {k.text}" for k in c.clauses]
    if d.repairs:
        found.append("Any one of these lines makes room (solved, audited):")
    found += [f"  {n}. {_told(r)}" for n, r in enumerate(d.repairs, 1)]
    if d.relaxation is not None:
        found.append("In the order of giving way, this is given up:")
        found += [f"  - {c.text}" for c in d.relaxation.changes]
        found.append(f"  the least-cost plan then costs {_cost(d.relaxation)}")
    if d.stopped_by:
        found.append(f"Stopped by the {d.stopped_by}; more may be possible.")
    return found


def _told(r: Repair) -> str:
    best = [c.at_best for c in r.changes if c.at_best is not None]
    proof = f"; proven limit {best[0]:,.7g}" if best else ""
    return f"{r.text}: costs {_cost(r)}{proof}"


def _cost(r: Repair) -> str:
    gap = r.plan.facts.gap
    return f"{r.plan.facts.objective_mad / 1e9:.3f} bn MAD" + (
        f" (gap {gap:.2%})" if gap is not None else ""
    )
