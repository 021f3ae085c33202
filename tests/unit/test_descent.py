"""Descents over maps of hubs: they end with a map that no move betters, or when patience ends."""

from __future__ import annotations

import numpy as np
import pytest

from checks import EXACT
from hubselect.arrays import Arrays
from hubselect.instance import Floats
from hubselect.solving import descent, highs
from hubselect.solving.descent import Descent
from hubselect.solving.known import Known
from hubselect.solving.lazy import LazyLP
from hubselect.solving.master import Master
from hubselect.solving.moves import PAIRED, Neighbours
from hubselect.solving.pricing import Pricing
from hubselect.solving.runner import Runner
from hubselect.solving.split import Split
from searches import alike, arrays_of


class Search:
    """A descent over a tiny model, and the maps it priced with what they cost in full."""

    def __init__(self, arrays: Arrays, without: list[str]) -> None:
        self.split, self.runner = Split.of(arrays), Runner(EXACT, None)
        root = highs.run(arrays, EXACT, relaxed=True)
        assert root.x is not None and root.row_duals is not None
        self.master = Master(self.split)
        self.master.cut(root.objective, np.zeros(len(self.split.hubs)), root.x[self.split.hubs])
        self.known = Known(
            self.master, None, EXACT, root.objective, root.row_duals, merged=False, without=without
        )
        lp = LazyLP(arrays, EXACT)
        self.pricing = Pricing(self.split, EXACT, lp, lambda duals: duals)
        self.maps: list[Floats] = []
        near = Neighbours.of(arrays, self.split.pure)
        self.descent = Descent(near, self.known, self.runner, self.price, 1e-6, PAIRED)

    def price(self, hubs: Floats) -> None:
        self.maps.append(hubs)
        priced = self.pricing.price(hubs, self.runner.run, dear=self.known.dear)
        self.known.learn(priced, plans=True)

    def begin(self) -> bool:
        """Price some map; False where there is none with a plan."""
        start = self.master.nearest(np.ones(len(self.split.hubs)) * -1.0, EXACT, self.runner.run)
        if start is not None:
            self.price(start)
        return self.known.centre is not None


def begun(without: list[str]) -> list[Search]:
    found = []
    for seed in range(740, 752):
        arrays = arrays_of(alike(seed))
        if highs.run(arrays, EXACT, relaxed=True).state == "optimal":
            search = Search(arrays, without)
            if search.begin():
                found.append(search)
    assert len(found) > 3
    return found


@pytest.mark.parametrize("without", [[], ["dear_maps"]])
def test_a_descent_ends_where_no_move_is_cheaper(without: list[str]) -> None:
    for search in begun(without):
        search.descent.from_cheapest()
        known, master = search.known, search.master
        assert len({z.tobytes() for z in search.maps}) == len(search.maps)
        goal = known.level - 1e-6 * abs(known.level)
        near = search.descent.neighbours
        assert near is not None and known.centre is not None
        left = near.cheapest(known.centre, master.known(), goal, known.tried, master.families)
        assert left is None or known.closed


def test_no_map_priced_is_left_below_the_cheapest() -> None:
    searches = begun([])
    for search in searches:
        search.descent.from_cheapest()
        known = search.known
        for z in search.maps:
            assert search.master.lowest(z) >= known.level - 1e-6 * abs(known.level)
    assert sum(len(search.maps) for search in searches) > 2 * len(searches)


def test_patience_ends_a_descent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descent, "PATIENCE", 1)
    for search in begun([]):
        search.descent.from_cheapest()
        costs = [search.master.lowest(z) for z in search.maps]
        # all but the last are cheaper than those before
        assert (np.diff(costs[:-1]) < 0).all()


def test_a_descent_from_elsewhere_keeps_the_cheapest_map() -> None:
    for search in begun([]):
        search.descent.from_cheapest()
        level = search.known.level
        away = search.master.nearest(np.ones(len(search.split.hubs)), EXACT, search.runner.run)
        search.descent.from_elsewhere(away)
        search.descent.from_elsewhere(None)
        assert search.known.level <= level
