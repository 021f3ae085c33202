"""Hub maps put together site by site: all that a few cuts leave, found without a solver.

What one site may do over the years, its build-outs, are few: sizes contain the smaller ones and
hubs last, so there are 126 for 4 sizes and 5 years. A hub map is one build-out a site; cuts and
the rows that several sites share are sums over sites. Sites are taken in one after the other, and
what even the best build-outs of the other sites cannot bring below the level asked for is dropped.
The duals of the shared rows make one more such sum, whose least value is that of the relaxation:
it drops almost everything. Sites that nothing tells apart are taken in one order only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from hubselect.arrays import Arrays
from hubselect.instance import Bools, Floats, Ints
from hubselect.solving.alike import OWN, site_columns

MOST = 5000  # build-outs of a site
WIDEST = 2_000_000  # pairs of a partial map and a build-out looked at for one site
DEEPEST = 100_000  # partial maps kept
SLACK = 1e-6  # of a row of hubs: whole numbers


class TooManyError(Exception):
    """There are too many build-outs or partial maps to look at each."""


@dataclass(frozen=True, eq=False)
class Cut:
    """cost ≥ constant + slope·hubs; or 0 ≥ constant + slope·hubs where it does not price."""

    constant: float
    slope: Floats
    prices: bool = True

    def at(self, hubs: Floats) -> float:
        """The right side at a hub map."""
        return self.constant + float(self.slope @ hubs)


@dataclass(frozen=True, eq=False)
class HubRows:
    """The rows that hold hubs alone, over the hub columns, and the bounds of these."""

    matrix: sparse.csr_array  # [rows, hubs]
    lower: Floats
    upper: Floats
    places: Ints  # positions in the model's rows
    low: Floats  # [hubs]
    high: Floats
    sites: tuple[Ints, ...]  # hubs of each site
    own: Bools  # [rows] of one site

    @classmethod
    def of(cls, a: Arrays) -> HubRows:
        """Those of a model."""
        hubs = np.flatnonzero(a.hubs)
        continuous = a.matrix[:, np.flatnonzero(~a.hubs)]
        places = np.flatnonzero(np.diff(continuous.indptr) == 0)
        matrix = sparse.csr_array(a.matrix[places][:, hubs])
        tied = np.array([a.rows[r].startswith(OWN) for r in places], dtype=bool)
        sites = site_columns(matrix[np.flatnonzero(tied)])
        site = np.zeros(len(hubs), dtype=int)
        for s, columns in enumerate(sites):
            site[columns] = s
        held = matrix.astype(bool) @ sparse.csr_array(
            (np.ones(len(hubs)), (np.arange(len(hubs)), site)), shape=(len(hubs), len(sites))
        )
        return cls(
            matrix, a.row_lower[places], a.row_upper[places], places, a.lower[hubs],
            a.upper[hubs], tuple(sites), np.diff(held.indptr) <= 1,
        )  # fmt: skip

    def allow(self, hubs: Floats) -> bool:
        """Whether rows and bounds allow a hub map."""
        value = self.matrix @ hubs
        held = (value >= self.lower - SLACK) & (value <= self.upper + SLACK)
        inside = (hubs >= self.low - SLACK) & (hubs <= self.high + SLACK)
        return bool(held.all() and inside.all())

    @property
    def key(self) -> tuple[bytes, ...]:
        """What the build-outs follow from: rows of one site, and bounds."""
        own = self.matrix[np.flatnonzero(self.own)]
        sides = self.lower[self.own], self.upper[self.own], self.low, self.high
        parts = own.indptr, own.indices, own.data, *sides, *self.sites
        return tuple(part.tobytes() for part in parts)


@dataclass(frozen=True, eq=False)
class Buildouts:
    """Of each site its build-outs: whole numbers [build-outs, columns of the site], ascending."""

    choices: tuple[Floats, ...]
    key: tuple[bytes, ...]

    @classmethod
    def of(cls, rows: HubRows) -> Buildouts:
        """All that bounds and rows of one site allow.

        Raises:
            TooManyError: a site has more than `MOST`.
        """
        own = sparse.csr_array(rows.matrix[np.flatnonzero(rows.own)])
        lower, upper = rows.lower[rows.own], rows.upper[rows.own]
        known: dict[bytes, Floats] = {}
        choices = []
        for site in rows.sites:
            part = own[:, site].toarray()
            used = part.any(axis=1)
            stated = (part[used], lower[used], upper[used], rows.low[site], rows.high[site])
            key = b"|".join(np.ascontiguousarray(p).tobytes() for p in stated)
            if key not in known:
                known[key] = _choices(*stated)
            choices.append(known[key])
        return cls(tuple(choices), rows.key)


def _choices(matrix: Floats, lower: Floats, upper: Floats, low: Floats, high: Floats) -> Floats:
    """All whole vectors within bounds and rows, column by column."""
    found = np.zeros((1, 0))
    last = np.array([np.flatnonzero(row)[-1] for row in matrix], dtype=int)
    for j in range(matrix.shape[1]):
        values = np.arange(np.ceil(low[j] - SLACK), np.floor(high[j] + SLACK) + 1) + 0.0  # not −0
        count = len(found)
        found = np.column_stack([np.repeat(found, len(values), axis=0), np.tile(values, count)])
        due = last == j
        value = found @ matrix[due, : j + 1].T
        held = (value >= lower[due] - SLACK) & (value <= upper[due] + SLACK)
        found = found[held.all(axis=1)]
        if len(found) > MOST:
            raise TooManyError
    return found


def interchangeable(a: Arrays, rows: HubRows, b: Buildouts) -> list[list[int]]:
    """Sites in groups that neither cost, coefficients nor build-outs tell apart."""
    hubs = np.flatnonzero(a.hubs)
    matrix, own = sparse.csc_array(a.matrix[:, hubs]), np.zeros(len(a.rows), dtype=bool)
    own[rows.places[rows.own]] = True
    shared = ~own[matrix.indices]
    column = np.repeat(np.arange(len(hubs)), np.diff(matrix.indptr))[shared]
    starts = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=len(hubs)))])
    index, data, cost = matrix.indices[shared], matrix.data[shared], a.cost[hubs]
    groups: dict[tuple[int, bytes], list[int]] = {}
    for s, (site, choices) in enumerate(zip(rows.sites, b.choices, strict=True)):
        told = [cost[site].tobytes()]
        for first, end in zip(starts[site], starts[site + 1], strict=True):
            told += [index[first:end].tobytes(), data[first:end].tobytes()]
        groups.setdefault((id(choices), b"|".join(told)), []).append(s)
    return list(groups.values())


@dataclass(frozen=True, eq=False)
class Search:
    """Maps of one instance: its hub rows, build-outs, groups of sites that are alike."""

    rows: HubRows
    buildouts: Buildouts
    groups: list[list[int]]

    @classmethod
    def of(cls, arrays: Arrays, rows: HubRows, known: Buildouts | None = None) -> Search:
        """Over a model; build-outs known from another one are taken where they are the same.

        Raises:
            TooManyError: there are too many build-outs.
        """
        b = known if known is not None and known.key == rows.key else Buildouts.of(rows)
        return cls(rows, b, interchangeable(arrays, rows, b))

    def in_order(self, hubs: Floats) -> Floats:
        """The same hub map with sites that are alike in the order in which they are found."""
        same, sites = hubs.copy(), self.rows.sites
        for group in self.groups:
            if len(group) > 1:
                held = sorted(tuple(hubs[sites[s]]) for s in group)
                for s, values in zip(group, held, strict=True):
                    same[sites[s]] = values
        return same

    def cheapest(
        self, cuts: Sequence[Cut], duals: Floats, level: float, known: set[bytes]
    ) -> Floats | None:
        """A map that the cuts leave cheapest, not above `level` and not `known`.

        None where every map that is not known costs more. `duals` are those of the hub rows in
        the relaxation, whose cut comes first.

        Raises:
            TooManyError: there are too many partial maps below the level.
        """
        lines, right = self._lines(cuts, duals, level)
        choices, sites = self.buildouts.choices, self.rows.sites
        values = [c @ lines[:, site].T for c, site in zip(choices, sites, strict=True)]
        kept = _kept(values, right)
        if kept is None:
            return None
        sums, picked = _sums(values, kept, right, self.groups)
        priced = np.array([c.prices for c in cuts])
        constants = np.array([c.constant for c in cuts])[priced]
        costs = (sums[:, 1 : 1 + len(cuts)][:, priced] + constants).max(axis=1)
        for n in np.argsort(costs, kind="stable"):
            hubs = np.zeros(lines.shape[1])
            for s, site in enumerate(sites):
                hubs[site] = choices[s][picked[n, s]]
            if hubs.tobytes() not in known:
                return hubs
        return None

    def _lines(self, cuts: Sequence[Cut], duals: Floats, level: float) -> tuple[Floats, Floats]:
        """Rows line·hubs ≤ right: the relaxation with its duals, cuts, shared rows both ways."""
        shared = np.flatnonzero(~self.rows.own)
        matrix, y = self.rows.matrix[shared], duals[shared]
        lower, upper = self.rows.lower[shared], self.rows.upper[shared]
        up, down = np.isfinite(upper), np.isfinite(lower)
        y = np.where(np.where(y > 0, down, up), y, 0.0)
        owed = float(y[y > 0] @ lower[y > 0]) + float(y[y < 0] @ upper[y < 0])
        give = 1e-9 * max(1.0, abs(level))
        lines = [
            (cuts[0].slope - matrix.T @ y)[None],
            np.array([c.slope for c in cuts]),
            matrix[np.flatnonzero(up)].toarray(),
            -matrix[np.flatnonzero(down)].toarray(),
        ]
        right = [
            np.array([level - cuts[0].constant - owed + give]),
            np.array([(level if c.prices else 0.0) - c.constant + give for c in cuts]),
            upper[up] + SLACK,
            SLACK - lower[down],
        ]
        return np.vstack(lines), np.concatenate(right)


def _kept(values: Sequence[Floats], right: Floats) -> list[Ints] | None:
    """Of each site the build-outs that fit with the least of all others; None where none does."""
    kept = [np.arange(len(v)) for v in values]
    for _ in range(2):
        if not all(len(k) for k in kept):
            return None
        least = np.array([v[k].min(axis=0) for v, k in zip(values, kept, strict=True)])
        room = right - least.sum(axis=0)
        kept = [
            k[(v[k] - low <= room).all(axis=1)]
            for v, k, low in zip(values, kept, least, strict=True)
        ]
    return kept if all(len(k) for k in kept) else None


def _sums(
    values: Sequence[Floats], kept: Sequence[Ints], right: Floats, groups: Sequence[Sequence[int]]
) -> tuple[Floats, Ints]:
    """Sums over sites that stay at or below `right`, and the build-out of each site in them."""
    order = sorted(groups, key=lambda g: (len(kept[g[0]]) > 1, -len(g), -len(kept[g[0]])))
    least = [v[k].min(axis=0) for v, k in zip(values, kept, strict=True)]
    rest = np.sum(least, axis=0)
    sums, picked = np.zeros((1, len(right))), np.zeros((1, len(values)), dtype=int)
    for group in order:
        for before, s in zip([None, *group[:-1]], group, strict=True):
            rest, own = rest - least[s], values[s][kept[s]]
            if len(sums) * len(own) > WIDEST:
                raise TooManyError
            held = sums[:, 0, None] + own[:, 0] + rest[0] <= right[0]
            if before is not None:  # one order of sites that are alike
                held &= kept[s] >= picked[:, before, None]
            old, new = np.nonzero(held)
            joined = sums[old] + own[new]
            fits = np.flatnonzero((joined + rest <= right).all(axis=1))
            if len(fits) > DEEPEST:
                raise TooManyError
            sums, picked = joined[fits], picked[old[fits]]
            picked[:, s] = kept[s][new[fits]]
    return sums, picked
