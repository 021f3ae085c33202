"""Sobol indices: which input moves the output, alone (first order) and with all others (total).

Two roads. `sobol_indices` estimates them from model runs on Saltelli's design, all outputs at once;
`factorial_indices` computes them exactly where every combination of a few choices has been run.
Sources: Saltelli et al. (2010) for the design and the first-order estimator, Jansen (1999) for the
total one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from hubselect.scoring.inputs import refuse

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Indices:
    """First-order and total indices, (inputs,) or (inputs, outputs); 0 where nothing varies."""

    first: Array
    total: Array


def saltelli_design(inputs: int, runs: int, seed: int = 0) -> Array:
    """Points in the unit cube: A, B, then A with one column of B each. ((inputs + 2)·runs, inputs).

    `runs` is a power of two: the points are a scrambled Sobol sequence.
    """
    from scipy.stats import qmc

    if inputs < 1 or runs < 2 or runs & (runs - 1):
        raise refuse("design", f"{inputs} inputs, {runs} runs", "inputs ≥ 1, runs a power of two")
    both = qmc.Sobol(2 * inputs, rng=np.random.default_rng(seed)).random(runs)
    a, b = both[:, :inputs], both[:, inputs:]
    design = np.empty((inputs + 2, runs, inputs))
    design[0], design[1], design[2:] = a, b, a
    for j in range(inputs):
        design[2 + j, :, j] = b[:, j]
    return design.reshape(-1, inputs)


def sobol_indices(outputs: ArrayLike, inputs: int) -> Indices:
    """Indices from the outputs of `saltelli_design`'s points, in its order.

    `outputs` ((inputs + 2)·runs,) or ((inputs + 2)·runs, outputs). S = E[B(AB − A)] / V and
    T = E[(A − AB)²] / 2V, V the variance of A and B together.
    """
    y = np.asarray(outputs, dtype=np.float64)
    if y.shape[0] % (inputs + 2) or y.shape[0] == 0:
        raise refuse("outputs", f"{y.shape[0]} rows", f"a multiple of {inputs + 2}")
    y = y.reshape(inputs + 2, -1, *y.shape[1:])
    runs = y.shape[1]
    both = y[:2].reshape(2 * runs, *y.shape[2:])
    centre, variance = both.mean(axis=0), both.var(axis=0)
    scale = np.where(variance > 0, variance, 1.0)
    a, b = y[0], y[1] - centre
    first, total = np.empty((inputs, *y.shape[2:])), np.empty((inputs, *y.shape[2:]))
    for j in range(inputs):
        gap = y[2 + j] - a
        first[j] = np.einsum("r...,r...->...", b, gap) / runs
        total[j] = np.einsum("r...,r...->...", gap, gap) / (2 * runs)
    keep = variance > 0
    return Indices(np.where(keep, first / scale, 0.0), np.where(keep, total / scale, 0.0))


def sobol(
    model: Callable[[Array], Array], inputs: int, *, runs: int = 1024, seed: int = 0
) -> Indices:
    """Indices of a vectorised model on the unit cube: (points, inputs) → (points[, k])."""
    return sobol_indices(model(saltelli_design(inputs, runs, seed)), inputs)


def factorial_indices(outputs: ArrayLike, weights: Sequence[ArrayLike] | None = None) -> Indices:
    """Exact indices from a full factorial: one axis of `outputs` an input, one entry a level.

    `weights`: the probability of each level of each input (equal where None). First order:
    Var(E[y | x_j]) / V; total: 1 − Var(E[y | all but x_j]) / V. Inputs are independent.
    """
    y = np.asarray(outputs, dtype=np.float64)
    chances = [
        np.full(n, 1.0 / n) if weights is None else np.asarray(weights[j], dtype=np.float64)
        for j, n in enumerate(y.shape)
    ]
    mean = _averaged(y, chances, range(y.ndim))
    variance = _averaged((y - mean) ** 2, chances, range(y.ndim)).item()
    if not variance > 0:
        return Indices(np.zeros(y.ndim), np.zeros(y.ndim))
    first, total = np.empty(y.ndim), np.empty(y.ndim)
    for j in range(y.ndim):
        others = [k for k in range(y.ndim) if k != j]
        alone = _averaged(y, chances, others)
        rest = _averaged(y, chances, [j])
        first[j] = _averaged((alone - mean) ** 2, chances, range(y.ndim)).item() / variance
        total[j] = 1.0 - _averaged((rest - mean) ** 2, chances, range(y.ndim)).item() / variance
    return Indices(first, total)


def _averaged(y: Array, chances: Sequence[Array], axes: Sequence[int] | range) -> Array:
    """Expectation over some axes, which are kept with length one."""
    for axis in axes:
        if y.shape[axis] == len(chances[axis]):
            shape = [1] * y.ndim
            shape[axis] = len(chances[axis])
            y = (y * chances[axis].reshape(shape)).sum(axis=axis, keepdims=True)
    return y
