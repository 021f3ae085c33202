"""Location: what a location problem returns."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, Literal

from hubselect.instance import Bools, Floats, Ints

Outcome = Literal["proven", "feasible"]


@dataclass(frozen=True, eq=False)
class Location:
    """Which sites are open, who goes where, and what is proven of it.

    Rows are clients, columns are sites, in the order given. `objective` and `bound` have the unit
    of the costs or distances given (metres where they were measured), times weights.
    """

    problem: str
    outcome: Outcome
    objective: float
    bound: float  # no plan is better than this: below a minimum, above a maximum
    gap: float  # |objective − bound| / |objective|
    open: tuple[Hashable, ...]  # labels of the open sites: index of the frame, or positions
    is_open: Bools  # [sites]
    assignment: Ints  # [clients], position of the site with the largest share; −1: not covered
    shares: Floats | None  # [clients, sites], where demand may be split
    cost: Floats  # [clients], cost or distance of each client as given; nan: not covered
    seconds: float
    nodes: int
    measured: str  # 'given', 'plane' or 'ellipsoid'
    clients: Any = None  # the caller's GeoDataFrame with site, site_cost and site_share
    sites: Any = None  # the caller's GeoDataFrame with open and clients_served

    def __str__(self) -> str:
        where = ", ".join(map(str, self.open[:12])) + (" …" if len(self.open) > 12 else "")
        return (
            f"{self.problem}: {self.objective:,.6g}, bound {self.bound:,.6g} "
            f"({self.outcome}, gap {self.gap:.2%}), {len(self.open)} sites open: {where}"
        )
