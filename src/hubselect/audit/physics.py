"""Checks of the physics families, written from docs/model.md."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from hubselect.audit.sheet import Checked, Sheet, eq, le, rows_of


def _domain(s: Sheet) -> Checked:
    """Every decision is a number, and none is negative."""
    values = {name: getattr(s, name).ravel() for name in Sheet.DECIDED}
    gaps = np.concatenate([np.where(np.isfinite(v), -v, np.inf) for v in values.values()])
    names = [name for name, v in values.items() for _ in v]
    return gaps, lambda n: names[n]


def _ladder(s: Sheet) -> Checked:
    i = s.i
    return le(s.z[:, 1:], s.z[:, :-1], i.sites, i.sizes[1:], i.years)


def _permanence(s: Sheet) -> Checked:
    i = s.i
    return le(s.z[:, :, :-1], s.z[:, :, 1:], i.sites, i.sizes, i.years)


def _status(s: Sheet) -> Checked:
    i = s.i
    early = np.arange(len(i.years))[None, None, :] < i.first_year[:, None, None]
    large = np.arange(len(i.sizes))[None, :, None] > i.largest_size[:, None, None]
    whole = np.abs(s.z - np.rint(s.z))
    return le(np.where(early | large, s.z, whole), np.zeros_like(s.z), i.sites, i.sizes, i.years)


def _workstations(s: Sheet) -> Checked:
    return le(s.used, s.i.workstations + s.offered(), s.i.basins, s.i.years)


def _jobs_from_staff(s: Sheet) -> Checked:
    return eq(s.e.sum(axis=2), s.J, s.i.basins, s.i.segments, s.i.years)


def _segment_mix(s: Sheet) -> Checked:
    """Hall's condition for every set of needs, and no staff that fills none."""
    i, found = s.i, []
    for q, segment in enumerate(i.segments):
        needs = np.flatnonzero(i.skill_need[q] > 0)
        idle = ~i.fills[:, needs].any(axis=1)
        found.append((float(s.e[:, q, idle].sum()), 0.0, f"{segment} unfit staff"))
        for size in range(1, len(needs) + 1):
            for group in combinations(needs, size):
                fit = i.fills[:, list(group)].any(axis=1)
                need = i.skill_need[q, list(group)].sum() * s.J[:, q]
                have = s.e[:, q, fit].sum(axis=1)
                for r, t in np.ndindex(need.shape):
                    place = f"{i.basins[r]} {segment} {i.years[t]}"
                    found.append((float(need[r, t] - have[r, t]), 0.0, place))
    scale = max(1.0, float(s.J.max(initial=0.0)))
    return rows_of([(a / scale, b, place) for a, b, place in found])


def _recruitment(s: Sheet) -> Checked:
    arrived = np.zeros_like(s.S)
    np.add.at(arrived, s.i.arc_to, s.x)
    return eq(arrived, s.e.sum(axis=1), s.i.basins, s.i.skills, s.i.years)


def _willing_talent(s: Sheet) -> Checked:
    drawn = np.zeros_like(s.S)
    np.add.at(drawn, s.i.arc_from, s.x)
    return le(drawn, s.i.willing[None, :, None] * s.S, s.i.basins, s.i.skills, s.i.years)


def _arc_reach(s: Sheet) -> Checked:
    i = s.i
    limit = i.arc_reach[:, :, None] * i.willing[None, :, None] * s.S[i.arc_from]
    arcs = [f"{i.basins[a]}→{i.basins[b]}" for a, b in zip(i.arc_from, i.arc_to, strict=True)]
    return le(s.x, limit, arcs, i.skills, i.years)


def _talent_balance(s: Sheet) -> Checked:
    i = s.i
    expected = np.zeros_like(s.S)
    before = i.base_talent
    for t in range(len(i.years)):
        stock = before * (1.0 - i.leaving) + i.talent_inflow[:, :, t]
        for p in range(len(i.programmes)):
            ended = sum(s.n[:, p, u] * i.finishing[p, t - u] for u in range(t + 1))
            success = i.completion[p] * i.placement[p]
            stock[:, i.programme_target[p]] += success * ended
            if i.programme_skill[p] >= 0:
                stock[:, i.programme_skill[p]] += (1.0 - success) * ended - s.n[:, p, t]
        expected[:, :, t] = stock
        before = s.S[:, :, t]
    return eq(s.S, expected, i.basins, i.skills, i.years)


def _reskilling(s: Sheet) -> Checked:
    i = s.i
    sent = np.zeros_like(s.S)
    for p in np.flatnonzero(i.programme_skill >= 0):
        sent[:, i.programme_skill[p]] += s.n[:, p]
    before = np.concatenate([i.base_talent[:, :, None], s.S[:, :, :-1]], axis=2)
    return le(sent, before * (1.0 - i.leaving)[None, :, None], i.basins, i.skills, i.years)


def _pool_balance(s: Sheet) -> Checked:
    i = s.i
    taken = np.zeros_like(s.U)
    for p in np.flatnonzero(i.programme_pool >= 0):
        taken[:, i.programme_pool[p]] += s.n[:, p]
    before = np.concatenate([i.base_pool[:, :, None], s.U[:, :, :-1]], axis=2)
    expected = before * (1.0 - i.pool_leaving)[None, :, None] + i.pool_inflow - taken
    return eq(s.U, expected, i.basins, i.pools, i.years)


def _training_places(s: Sheet) -> Checked:
    i = s.i
    seated = np.zeros_like(s.n)
    for t in range(len(i.years)):
        for u in range(t + 1):
            seated[:, :, t] += i.seated[:, t - u] * s.n[:, :, u]
    added = np.cumsum(s.m, axis=2) - s.m
    return le(seated, i.places + added, i.basins, i.programmes, i.years)


def _place_growth(s: Sheet) -> Checked:
    i = s.i
    existing = i.places + np.cumsum(s.m, axis=2) - s.m
    limit = i.place_growth[None, :, None] * existing + i.place_floor[None, :, None]
    return le(s.m, limit, i.basins, i.programmes, i.years)


def _hires(s: Sheet) -> Checked:
    stay = (1.0 - s.i.attrition)[None, :, None]
    return le(s.J - stay * s.J0, s.a, s.i.basins, s.i.segments, s.i.years)


def _net_creations(s: Sheet) -> Checked:
    return le(s.J - s.J0, s.c, s.i.basins, s.i.segments, s.i.years)


def _absorption(s: Sheet) -> Checked:
    i = s.i
    limit = (1.0 + i.absorption_growth)[None, :, None] * s.J0 + i.absorption_floor[None, :, None]
    return le(s.J, limit, i.basins, i.segments, i.years)


# the domain, then one check a physics family of docs/model.md, in its order
PHYSICS = (
    _domain, _ladder, _permanence, _status, _workstations, _jobs_from_staff, _segment_mix,
    _recruitment, _willing_talent, _arc_reach, _talent_balance, _reskilling, _pool_balance,
    _training_places, _place_growth, _hires, _net_creations, _absorption,
)  # fmt: skip
