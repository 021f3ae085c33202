"""What binds in a basin once the hubs stand: rows without slack and what one unit is worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from hubselect.arrays import Arrays
from hubselect.explore.workbench import Workbench, hub_map
from hubselect.instance import Floats, Instance, place_of
from hubselect.model import FAMILIES
from hubselect.model.variables import label
from hubselect.solving.live import LiveLp, Point

CAUSES = {
    "workstations": "desks",
    "willing_talent": "talent",
    "arc_reach": "talent",
    "training_places": "training places",
    "place_growth": "training places",
    "absorption": "growth",
    "minimum_use": "use of hubs",
    "regional_floor": "floor",
    "regional_ceiling": "ceiling",
}
UNITS = {
    "desks": "desk", "talent": "person", "training places": "place", "growth": "job",
    "use of hubs": "workstation owed", "floor": "job", "ceiling": "job",
}  # fmt: skip
COLUMNS = ["cause", "family", "rows", "binding", "year", "row", "mad_per_unit"]
NOTHING = 1e-7  # MMAD per unit: a dual below it is noise


def fixed_hubs(bench: Workbench, installed: Floats, arrays: Arrays | None = None) -> Arrays:
    """The linear program left once the hubs [H,K,T] are fixed, without strengthening rows.

    Those follow from the others, so that prices belong to the rows a planner knows.
    """
    arrays = bench.compiled.arrays if arrays is None else arrays
    values = hub_map(bench.compiled, installed)
    fixed = arrays.with_bounds(np.flatnonzero(arrays.hubs), values, values)
    implied = [n for name, f in FAMILIES.items() if f.kind == "strength"
               for n in bench.compiled.rows_of(name)]  # fmt: skip
    return fixed.with_row_bounds(implied, -np.inf, np.inf) if implied else fixed


def operated(bench: Workbench, installed: Floats) -> Point | None:
    """Optimum of the plan with these hubs, with prices of all rows; None: they cannot stand."""
    return LiveLp(fixed_hubs(bench, installed), bench.settings).solve()


def binding(bench: Workbench, basins: Sequence[int], point: Point) -> pd.DataFrame:
    """What binds in some basins, largest price first.

    Columns: cause, family, rows (of these basins), binding (of them), and of the dearest row its
    year, name and mad_per_unit: MAD of that year saved by one unit more of room.
    """
    i, found = bench.instance, []
    for family, cause in CAUSES.items():
        rows = list(rows_at(bench, family, basins))
        prices = np.array([abs(point.row_duals[n]) / i.discount[t] for n, t in rows])
        if not rows or prices.max() <= NOTHING:
            continue
        dearest, t = rows[int(prices.argmax())]
        found.append(
            {
                "cause": cause,
                "family": family,
                "rows": len(rows),
                "binding": int((prices > NOTHING).sum()),
                "year": i.years[t],
                "row": bench.compiled.arrays.rows[dearest],
                "mad_per_unit": float(prices.max()) * 1e6,
            }
        )
    table = pd.DataFrame(found, columns=COLUMNS)
    return table.sort_values("mad_per_unit", ascending=False, ignore_index=True)


def rows_at(bench: Workbench, family: str, basins: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(position, year) of a family's rows that speak of these basins."""
    i = bench.instance
    for t, year in enumerate(i.years):
        for labels in _labels(i, family, basins, t):
            position = bench.compiled.row.get(label(family, *labels, year))
            if position is not None:
                yield position, t


def _labels(i: Instance, family: str, basins: Sequence[int], t: int) -> Iterator[tuple[str, ...]]:
    """What stands between a family's name and the year in the names of its rows."""
    places = [i.basins[r] for r in basins]
    inner = {
        "willing_talent": i.skills, "training_places": i.programmes, "place_growth": i.programmes,
        "absorption": i.segments,
    }  # fmt: skip
    if family in ("workstations", "minimum_use"):
        yield from ((place,) for place in places)
    elif family in inner:
        yield from ((place, name) for place in places for name in inner[family])
    elif family == "arc_reach":
        ends = zip(i.arc_from, i.arc_to, strict=True)
        into = [(i.basins[a], i.basins[b]) for a, b in ends if b in basins and a != b]
        yield from ((*arc, skill) for arc in into for skill in i.skills)
    else:
        stated = i.policy.floors if family == "regional_floor" else i.policy.ceilings
        yield from (
            (place_of(i, row),) for row in stated if row.year == t and set(row.basins) & set(basins)
        )


@dataclass(frozen=True)
class Worth:
    """A hub against the desks it offers, at the prices of a plan; present value, MMAD.

    `hub`: its cost where it opens with this size in this year and stays. `desks`: its usable
    workstations times what a desk there is worth in each year. `full`: the same if it were full
    from its first year.
    """

    site: str
    size: str
    year: int
    hub: float
    desks: float
    full: float

    @property
    def binds(self) -> str:
        """Why the desks do not pay the hub: 'talent', 'ramp-up', 'cost'; 'nothing' if they do."""
        if self.desks >= self.hub:
            return "nothing"
        if self.full <= 0.1 * self.hub:
            return "talent"
        return "ramp-up" if self.full >= self.hub else "cost"


def worth(bench: Workbench, h: int, k: int, t: int, point: Point) -> Worth:
    """A hub of size k at site h from year t against its desks, at these prices."""
    i = bench.instance
    rows = [bench.compiled.row.get(label("workstations", i.basins[i.site_basin[h]], y))
            for y in i.years]  # fmt: skip
    price = np.array([0.0 if n is None else max(-point.row_duals[n], 0.0) for n in rows])
    desks = float(i.increment[: k + 1].sum())
    ages = i.ramp_up[h, : len(i.years) - t]
    return Worth(
        i.sites[h], i.sizes[k], i.years[t], hub_cost(bench, h, k, t),
        desks * float(ages @ price[t:]), desks * float(price[t:].sum()),
    )  # fmt: skip


def hub_cost(bench: Workbench, h: int, k: int, t: int) -> float:
    """Present cost of opening size k at site h in year t and keeping it, MMAD."""
    cost = bench.compiled.arrays.cost
    columns = bench.compiled.columns("installed")
    years = range(t, len(bench.instance.years))
    return float(sum(cost[columns[h, n, u]] for n in range(k + 1) for u in years))
