"""A golden LP text for each family on the toy: a changed equation is seen in review.

To accept a change: `HUBSELECT_UPDATE_GOLDEN=1 pytest tests/golden`.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from hubselect.instance import Policy
from hubselect.model import FAMILIES, build
from toy import full_policy, toy

HERE = Path(__file__).parent
POLICY = {"floor_cover": full_policy(), "national_capacity": Policy(job_target=((1, 1700.0),))}


def lp_text(family: str, path: Path) -> str:
    instance = toy(policy=POLICY.get(family, full_policy()))
    if family == "floor_cover":
        instance = toy(policy=full_policy(), workstations=toy().workstations * 0.5)
    if family == "whole_cohorts":
        instance = toy(cohort_size=np.array([25.0, 0.0]))
    model = build(instance, without=[name for name in FAMILIES if name != family])
    if family != "objective":
        # one cost only: the objective has a file of its own
        model.problem.setObjective(model.variables.installed[0, 0, 0] + 0.0)
    model.problem.writeLP(str(path))
    return in_order(path.read_text(encoding="utf-8"))


def in_order(text: str) -> str:
    """PuLP 3 lists the binaries by name, PuLP 4 in order of creation: by name it is."""
    head, found, tail = text.partition("Binaries\n")
    names = "".join(f"{name}\n" for name in sorted(tail.split()[:-1]))
    return f"{head}{found}{names}End\n" if found else text


@pytest.mark.parametrize("family", [*FAMILIES, "objective"])
def test_family_writes_its_golden_lp(family: str, tmp_path: Path) -> None:
    text = lp_text(family, tmp_path / "family.lp")
    golden = HERE / f"{family}.lp"
    if os.environ.get("HUBSELECT_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    assert f"\n{family}_" in text or family in ("objective", "max_open")
    assert text == in_order(golden.read_text(encoding="utf-8"))


def test_every_golden_file_belongs_to_a_family() -> None:
    assert {p.stem for p in HERE.glob("*.lp")} == {*FAMILIES, "objective"}
