"""Decision variables: dictionaries from set positions to PuLP variables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np

from hubselect.instance import PAYERS, Instance, yearly_budgets

Index = tuple[int, ...]
Column = Mapping[Index, Any]

WHOLE = frozenset({"installed", "classes"})  # integer
UNIT = frozenset({"installed", "grows", "covered"})  # at most 1


@dataclass(frozen=True)
class Variables:
    """Every decision, by name as in docs/model.md; keys are positions in the instance's sets.

    Below `carry` stand auxiliary columns that a plan does not hold, for its decisions imply them.
    """

    installed: Column  # z[h,k,t] ∈ {0,1}
    seats: Column  # n[r,p,t] heads started
    places_added: Column  # m[r,p,t]
    jobs: Column  # J[r,s,t] stock
    staff: Column  # e[r,s,g,t]
    recruits: Column  # x[a,g,t]
    talent: Column  # S[r,g,t] stock
    pool: Column  # U[r,q,t] stock
    hires: Column  # a[r,s,t]
    net_creations: Column  # c[r,s,t]
    carry: Column  # carry[payer,t] MMAD
    classes: Column  # classes[r,p,t] ∈ {0,1,2,…}; seats ÷ cohort size
    grows: Column  # grows[h,t] ∈ [0,1], whether an open hub is enlarged; implied by z
    covered: Column  # covered[c,r] ∈ [0,1], share of the basin near a hub; implied by z


def label(*parts: object) -> str:
    """Name of a row or column: its parts joined, in the characters every solver accepts."""
    return "_".join([_plain(str(part)) for part in parts])


@lru_cache(maxsize=100_000)
def _plain(part: str) -> str:
    return re.sub(r"\W+", "_", part)


def declare(problem: Any, i: Instance) -> Variables:
    """Add every decision variable of instance `i` to a PuLP problem."""
    sets, kept = _sets(i), kept_keys(i)

    def columns(name: str) -> Column:
        members = sets[name]
        keys = kept.get(name, product(*(range(len(s)) for s in members)))
        return {
            key: problem.add_variable(
                label(name, *(s[p] for s, p in zip(members, key, strict=True))),
                0,
                1 if name in UNIT else None,
                cat="Integer" if name in WHOLE else "Continuous",
            )
            for key in keys
        }

    return Variables(**{item.name: columns(item.name) for item in fields(Variables)})


def _sets(i: Instance) -> dict[str, tuple[Sequence[object], ...]]:
    """Members that name a column, by variable and axis."""
    arcs = tuple(f"{i.basins[f]}_{i.basins[t]}" for f, t in zip(i.arc_from, i.arc_to, strict=True))
    seats = (i.basins, i.programmes, i.years)
    jobs = (i.basins, i.segments, i.years)
    return {
        "installed": (i.sites, i.sizes, i.years),
        "seats": seats,
        "places_added": seats,
        "jobs": jobs,
        "staff": (i.basins, i.segments, i.skills, i.years),
        "recruits": (arcs, i.skills, i.years),
        "talent": (i.basins, i.skills, i.years),
        "pool": (i.basins, i.pools, i.years),
        "hires": jobs,
        "net_creations": jobs,
        "carry": (PAYERS, i.years),
        "classes": seats,
        "grows": (i.sites, i.years),
        "covered": (range(1, len(i.policy.coverage) + 1), i.basins),
    }


def kept_keys(i: Instance) -> dict[str, list[Index]]:
    """Keys of the variables that do not exist for every combination of their sets."""
    n, compatible = i.shape, employable(i)
    staff = product(*(range(n[x]) for x in "RSGT"))
    recruits = product(*(range(n[x]) for x in "AGT"))
    seats = product(*(range(n[x]) for x in "RPT"))
    carries = yearly_budgets(i.policy) if i.policy.carry_over else []
    return {
        "staff": [(r, s, g, t) for r, s, g, t in staff if compatible[s, g]],
        "recruits": [(a, g, t) for a, g, t in recruits if i.arc_reach[a, g] > 0],
        "carry": [(PAYERS.index(b.payer), b.year) for b in carries],
        "classes": [(r, p, t) for r, p, t in seats if i.cohort_size[p] > 0],
        "grows": [
            (h, t)
            for h, t in product(range(n["H"]), range(1, n["T"]))
            if i.policy.enlargements_per_year
        ],
        "covered": [
            (c, r)
            for c, row in enumerate(i.policy.coverage)
            for r, near in enumerate(row.near)
            if near and row.share is not None
        ],
    }


def employable(i: Instance) -> Any:
    """Which profile can work in which segment, shape [S,G]: it fills some need of it."""
    return np.asarray((i.skill_need[:, None, :] > 0) & i.fills[None, :, :]).any(axis=2)
