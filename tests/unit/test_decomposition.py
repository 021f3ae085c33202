"""A decomposition that is interrupted between two runs of a solver keeps what it found."""

from __future__ import annotations

import pytest

from checks import EXACT
from hubselect.arrays import compile_problem
from hubselect.model import build
from hubselect.solving import decomposition, highs
from toy import random_instance


@pytest.mark.parametrize("seed", range(6))
def test_an_interruption_between_solves_keeps_the_best_plan(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = compile_problem(build(random_instance(seed)).problem)
    whole = highs.run(arrays, EXACT)

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(decomposition._Search, "step", interrupted)
    found = decomposition.decompose(arrays, EXACT)
    if whole.x is None:
        assert found.x is None
        return
    if found.state == "optimal":  # proven before the first step
        return
    assert found.state == "interrupted"
    assert found.bound <= whole.objective + 1e-6 * max(1.0, abs(whole.objective))
    if found.x is not None:
        assert found.objective >= whole.objective - 1e-6 * max(1.0, abs(whole.objective))
        value = arrays.matrix @ found.x
        give = 1e-6 * abs(arrays.matrix) @ abs(found.x) + 1e-6
        assert (value >= arrays.row_lower - give).all()
        assert (value <= arrays.row_upper + give).all()
