"""Constraint families of people: staff, recruitment, talent, pools and training places."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from hubselect.instance import Instance, positions
from hubselect.model.rows import Row, terms
from hubselect.model.variables import Variables, employable


def jobs_from_staff(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_g e[r,s,g,t] = J[r,s,t]: every job is held by someone of a compatible profile."""
    able = employable(i)
    for (r, s, t), jobs in v.jobs.items():
        staff = [(1.0, v.staff[r, s, g, t]) for g in positions(able[s])]
        yield (i.basins[r], i.segments[s], i.years[t]), terms([*staff, (-1.0, jobs)]) == 0


def segment_mix(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_{g fills N} e[r,s,g,t] ≥ Σ_{n∈N} need[s,n]·J[r,s,t] for each set N of needed profiles.

    By Hall's theorem the staff can then be assigned to needs; a higher profile fills a lower one.
    """
    for s in range(len(i.segments)):
        for needs in binding_needs(i, s):
            fillers = positions(np.any(i.fills[:, needs], axis=1))
            share = float(i.skill_need[s, needs].sum())
            name = "_".join(i.skills[n] for n in needs)
            for r, basin in enumerate(i.basins):
                for t, year in enumerate(i.years):
                    staff = [(1.0, v.staff[r, s, g, t]) for g in fillers]
                    row = terms([*staff, (-share, v.jobs[r, s, t])]) >= 0
                    yield (basin, i.segments[s], name, year), row


def binding_needs(i: Instance, s: int) -> list[list[int]]:
    """Sets of needed profiles of segment s whose row no other rows imply."""
    needed = positions(i.skill_need[s] > 0)
    able = int(employable(i)[s].sum())
    found = []
    for size in range(1, len(needed) + 1):
        for needs in combinations(needed, size):
            fillers = i.fills[:, list(needs)].any(axis=1)
            if int(fillers.sum()) == able:
                continue  # everyone employed fills N: implied by jobs_from_staff
            others = [n for n in needed if n not in needs]
            if any(not (i.fills[:, n] & ~fillers).any() for n in others):
                continue  # the same profiles fill more needs: that row asks more of them
            parts = (
                (list(a), [n for n in needs if n not in a])
                for cut in range(1, size)
                for a in combinations(needs, cut)
            )
            separable = any(
                not (i.fills[:, a].any(axis=1) & i.fills[:, b].any(axis=1)).any() for a, b in parts
            )
            if not separable:
                found.append(list(needs))
    return found


def recruitment(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_r x[r,r',g,t] = Σ_s e[r',s,g,t]: a basin's staff lives on the arcs into it."""
    able = employable(i)
    into = _by_basin(i.arc_to, len(i.basins))
    for r, basin in enumerate(i.basins):
        for g, skill in enumerate(i.skills):
            for t, year in enumerate(i.years):
                arriving = [(1.0, v.recruits[a, g, t]) for a in into[r] if (a, g, t) in v.recruits]
                staff = [(-1.0, v.staff[r, s, g, t]) for s in positions(able[:, g])]
                if arriving or staff:
                    yield (basin, skill, year), terms(arriving + staff) == 0


def willing_talent(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_{r'} x[r,r',g,t] ≤ willing_g · S[r,g,t]: no one works twice, not everyone works."""
    out = _by_basin(i.arc_from, len(i.basins))
    for (r, g, t), talent in v.talent.items():
        leaving = [(1.0, v.recruits[a, g, t]) for a in out[r] if (a, g, t) in v.recruits]
        if leaving:
            row = terms([*leaving, (-float(i.willing[g]), talent)]) <= 0
            yield (i.basins[r], i.skills[g], i.years[t]), row


def arc_reach(i: Instance, v: Variables) -> Iterator[Row]:
    """x[r,r',g,t] ≤ reach[r,r',g] · willing_g · S[r,g,t]: distance limits who comes."""
    for (a, g, t), moving in v.recruits.items():
        reach = float(i.arc_reach[a, g])
        if reach < 1.0:
            origin, place = int(i.arc_from[a]), int(i.arc_to[a])
            talent = v.talent[origin, g, t]
            row = terms([(1.0, moving), (-reach * float(i.willing[g]), talent)]) <= 0
            yield (i.basins[origin], i.basins[place], i.skills[g], i.years[t]), row


def talent_balance(i: Instance, v: Variables) -> Iterator[Row]:
    """S[r,g,t] = (1−λ_g)·S[r,g,t−1] + inflow[r,g,t] + graduates − reskilled + returners.

    graduates: Σ_p Σ_τ finishing[p,t−τ]·completion_p·placement_p·n[r,p,τ] over p towards g;
    reskilled: Σ_p n[r,p,t] over p from profile g; returners: those of them who do not succeed.
    """
    moved = [_moved(i, g) for g in range(len(i.skills))]
    for (r, g, t), talent in v.talent.items():
        row = [(1.0, talent)]
        stay = 1.0 - float(i.leaving[g])
        constant = float(i.talent_inflow[r, g, t])
        if t > 0:
            row.append((-stay, v.talent[r, g, t - 1]))
        else:
            constant += stay * float(i.base_talent[r, g])
        for p, by_age in moved[g]:
            row += [(w, v.seats[r, p, u]) for u in range(t + 1) for w in by_age[t - u]]
        yield (i.basins[r], i.skills[g], i.years[t]), terms(row) == constant


def _moved(i: Instance, g: int) -> list[tuple[int, list[list[float]]]]:
    """Programmes towards or from profile g, with the weights of a seat by its age in years.

    Towards: minus the graduates; from: those sent, less those who come back.
    """
    found = []
    for p in range(len(i.programmes)):
        success = float(i.completion[p] * i.placement[p])
        by_age = []
        for age, share in enumerate(i.finishing[p]):
            ended = float(share)
            to = [-ended * success] if i.programme_target[p] == g else []
            away = [(age == 0) - ended * (1.0 - success)] if i.programme_skill[p] == g else []
            by_age.append([weight for weight in to + away if weight != 0.0])
        if any(by_age):
            found.append((p, by_age))
    return found


def reskilling(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_{p from g} n[r,p,t] ≤ (1−λ_g)·S[r,g,t−1]: only who is there can be retrained."""
    for (r, g, t), _ in v.talent.items():
        sent = [(1.0, v.seats[r, p, t]) for p in positions(i.programme_skill == g)]
        if sent:
            stay = 1.0 - float(i.leaving[g])
            place = (i.basins[r], i.skills[g], i.years[t])
            if t > 0:
                yield place, terms([*sent, (-stay, v.talent[r, g, t - 1])]) <= 0
            else:
                yield place, terms(sent) <= stay * float(i.base_talent[r, g])


def pool_balance(i: Instance, v: Variables) -> Iterator[Row]:
    """U[r,q,t] = (1−ω_q)·U[r,q,t−1] + inflow[r,q,t] − Σ_{p from q} n[r,p,t], U ≥ 0."""
    for (r, q, t), pool in v.pool.items():
        stay = 1.0 - float(i.pool_leaving[q])
        constant = float(i.pool_inflow[r, q, t])
        row = [(1.0, pool)]
        row += [(1.0, v.seats[r, p, t]) for p in positions(i.programme_pool == q)]
        if t > 0:
            row.append((-stay, v.pool[r, q, t - 1]))
        else:
            constant += stay * float(i.base_pool[r, q])
        yield (i.basins[r], i.pools[q], i.years[t]), terms(row) == constant


def training_places(i: Instance, v: Variables) -> Iterator[Row]:
    """Σ_{τ≤t} seated[p,t−τ]·n[r,p,τ] ≤ places[r,p,t] + Σ_{τ<t} m[r,p,τ]."""
    for (r, p, t), _ in v.seats.items():
        row = [
            (float(i.seated[p, t - u]), v.seats[r, p, u])
            for u in range(t + 1)
            if i.seated[p, t - u] > 0
        ]
        row += [(-1.0, v.places_added[r, p, u]) for u in range(t)]
        place = (i.basins[r], i.programmes[p], i.years[t])
        yield place, terms(row) <= float(i.places[r, p, t])


def place_growth(i: Instance, v: Variables) -> Iterator[Row]:
    """m[r,p,t] ≤ growth_p · (places[r,p,t] + Σ_{τ<t} m[r,p,τ]) + floor_p: schools grow slowly."""
    for (r, p, t), added in v.places_added.items():
        growth = float(i.place_growth[p])
        row = [(1.0, added), *((-growth, v.places_added[r, p, u]) for u in range(t))]
        limit = growth * float(i.places[r, p, t]) + float(i.place_floor[p])
        yield (i.basins[r], i.programmes[p], i.years[t]), terms(row) <= limit


def whole_cohorts(i: Instance, v: Variables) -> Iterator[Row]:
    """n[r,p,t] = cohort_p · classes[r,p,t], classes whole: seats start in whole classes."""
    for (r, p, t), classes in v.classes.items():
        row = [(1.0, v.seats[r, p, t]), (-float(i.cohort_size[p]), classes)]
        yield (i.basins[r], i.programmes[p], i.years[t]), terms(row) == 0


def _by_basin(ends: object, basins: int) -> list[list[int]]:
    """Arcs by the basin at one of their ends."""
    found: list[list[int]] = [[] for _ in range(basins)]
    for a, r in enumerate(np.asarray(ends)):
        found[int(r)].append(a)
    return found
