"""Location problems as sparse arrays, for peers: written without hubselect.

An instance is a dict of arrays as in `benchmarks.published.Published`, with `problem`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import sparse


class Rows(NamedTuple):
    """min cost·x, lower ≤ matrix·x ≤ upper, 0 ≤ x ≤ high; integer marks columns."""

    cost: Any
    matrix: Any
    lower: Any
    upper: Any
    high: Any
    integer: Any
    sign: float  # −1 where the problem is a maximum
    offset: float


def rows_of(data: dict[str, Any]) -> Rows:
    """The usual strong formulation of the instance's problem."""
    return {"cover": _cover, "max_cover": _max_cover, "p_center": _centre}.get(
        data["problem"], _assignment
    )(data)


def _assignment(data: dict[str, Any]) -> Rows:
    """x by client and site, then y: Σ_i x = 1, x ≤ y, loads, number of sites."""
    cost = data["cost"]
    n, m = cost.shape
    count = n * m
    client, site = np.divmod(np.arange(count), m)
    each = np.arange(count)
    fixed = data.get("fixed", np.zeros(m))
    blocks = [sparse.csr_array((np.ones(count), (client, each)), (n, count + m))]
    link = (np.r_[np.ones(count), -np.ones(count)], (np.r_[each, each], np.r_[each, count + site]))
    blocks.append(sparse.csr_array(link, (count, count + m)))
    lower, upper = [np.ones(n), np.full(count, -np.inf)], [np.ones(n), np.zeros(count)]
    if "capacity" in data and data["problem"] != "uncapacitated":
        load = (
            np.r_[data["demand"][client], -data["capacity"]],
            (np.r_[site, np.arange(m)], np.arange(count + m)),
        )
        blocks.append(sparse.csr_array(load, (m, count + m)))
        lower.append(np.full(m, -np.inf))
        upper.append(np.zeros(m))
    if data["problem"] == "p_median":
        blocks.append(sparse.csr_array(np.r_[np.zeros(count), np.ones(m)][None, :]))
        lower.append(np.array([float(data["p"])]))
        upper.append(np.array([float(data["p"])]))
    whole = data["problem"] == "single_source"
    return Rows(
        np.r_[(cost * data["weights"][:, None] if "weights" in data else cost).ravel(), fixed],
        sparse.csr_array(sparse.vstack(blocks)),
        np.concatenate(lower),
        np.concatenate(upper),
        np.ones(count + m),
        np.r_[np.full(count, whole), np.ones(m, dtype=bool)],
        1.0,
        0.0,
    )


def _cover(data: dict[str, Any]) -> Rows:
    covers = (data["cost"] <= data["radius"]).astype(float)
    n, m = covers.shape
    top = np.full(n, np.inf)
    whole = np.ones(m, dtype=bool)
    return Rows(np.ones(m), sparse.csr_array(covers), np.ones(n), top, np.ones(m), whole, 1.0, 0.0)


def _max_cover(data: dict[str, Any]) -> Rows:
    covers = (data["cost"] <= data["radius"]).astype(float)
    n, m = covers.shape
    reach = sparse.hstack([sparse.csr_array(covers), -sparse.eye_array(n)])
    number = sparse.csr_array(np.r_[np.ones(m), np.zeros(n)][None, :])
    p = float(data["p"])
    return Rows(
        np.r_[np.zeros(m), -data["weights"]],
        sparse.csr_array(sparse.vstack([reach, number])),
        np.r_[np.zeros(n), p],
        np.r_[np.full(n, np.inf), p],
        np.ones(m + n),
        np.r_[np.ones(m, dtype=bool), np.zeros(n, dtype=bool)],
        -1.0,
        0.0,
    )


def _centre(data: dict[str, Any]) -> Rows:
    base = _assignment({**data, "problem": "p_median"})
    n, m = data["cost"].shape
    far = sparse.csr_array(
        (data["cost"].ravel(), (np.repeat(np.arange(n), m), np.arange(n * m))), (n, n * m + m)
    )
    wide = sparse.hstack([base.matrix, sparse.csr_array((base.matrix.shape[0], 1))])
    last = sparse.hstack([far, sparse.csr_array(-np.ones((n, 1)))])
    return Rows(
        np.r_[np.zeros(n * m + m), 1.0],
        sparse.csr_array(sparse.vstack([wide, last])),
        np.r_[base.lower, np.full(n, -np.inf)],
        np.r_[base.upper, np.zeros(n)],
        np.r_[base.high, np.inf],
        np.r_[base.integer, False],
        1.0,
        0.0,
    )
