"""Decision variables: dictionaries from set positions to PuLP variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from hubselect.instance import PAYERS, Instance, yearly_budgets

Index = tuple[int, ...]
Column = Mapping[Index, Any]


@dataclass(frozen=True)
class Variables:
    """Every decision, by name as in docs/model.md; keys are positions in the instance's sets."""

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


def label(*parts: object) -> str:
    """Name of a row or column: its parts joined, in the characters every solver accepts."""
    return "_".join(re.sub(r"\W+", "_", str(part)) for part in parts)


def declare(problem: Any, i: Instance) -> Variables:
    """Add every decision variable of instance `i` to a PuLP problem."""
    n = i.shape

    def columns(name: str, *sets: tuple[object, ...], keep: Iterable[Index] | None = None) -> Any:
        keys = product(*(range(len(s)) for s in sets)) if keep is None else keep
        binary = name == "installed"
        return {
            key: problem.add_variable(
                label(name, *(s[p] for s, p in zip(sets, key, strict=True))),
                0,
                1 if binary else None,
                cat="Integer" if binary else "Continuous",
            )
            for key in keys
        }

    arcs = tuple(f"{i.basins[f]}_{i.basins[t]}" for f, t in zip(i.arc_from, i.arc_to, strict=True))
    compatible = employable(i)
    return Variables(
        installed=columns("installed", i.sites, i.sizes, i.years),
        seats=columns("seats", i.basins, i.programmes, i.years),
        places_added=columns("places_added", i.basins, i.programmes, i.years),
        jobs=columns("jobs", i.basins, i.segments, i.years),
        staff=columns(
            "staff", i.basins, i.segments, i.skills, i.years,
            keep=[
                (r, s, g, t)
                for r, s, g, t in product(*(range(n[x]) for x in "RSGT"))
                if compatible[s, g]
            ],
        ),
        recruits=columns(
            "recruits", arcs, i.skills, i.years,
            keep=[
                (a, g, t)
                for a, g, t in product(*(range(n[x]) for x in "AGT"))
                if i.arc_reach[a, g] > 0
            ],
        ),
        talent=columns("talent", i.basins, i.skills, i.years),
        pool=columns("pool", i.basins, i.pools, i.years),
        hires=columns("hires", i.basins, i.segments, i.years),
        net_creations=columns("net_creations", i.basins, i.segments, i.years),
        carry=columns("carry", PAYERS, i.years, keep=_carries(i)),
    )  # fmt: skip


def employable(i: Instance) -> Any:
    """Which profile can work in which segment, shape [S,G]: it fills some need of it."""
    return np.asarray((i.skill_need[:, None, :] > 0) & i.fills[None, :, :]).any(axis=2)


def _carries(i: Instance) -> list[Index]:
    if not i.policy.carry_over:
        return []
    return [(PAYERS.index(b.payer), b.year) for b in yearly_budgets(i.policy)]
