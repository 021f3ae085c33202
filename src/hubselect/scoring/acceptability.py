"""Robustness: who ranks where under thousands of weights and plausible data.

Stochastic multicriteria acceptability analysis (Lahdelma & Salminen 2001): rank acceptability,
central weights, pairwise winning, expected rank; memory does not grow with the number of draws.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hubselect.scoring.inputs import finite_matrix, refuse
from hubselect.scoring.ranking import block_order
from hubselect.scoring.sampling import CONCENTRATION, draw_weights, intervals, leaf_weights
from hubselect.scoring.tree import Node

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from hubselect.scoring.result import Scores

    Array = NDArray[np.float64]
    Integers = NDArray[np.int64]

DRAWS = 10_000
LOW, HIGH = 0.05, 0.95
_CELLS = 40_000
_PAIRS = 200
_GATHERED = 4096
_ONE_THREAD = 2**18
_LOG_OF_ZERO = -1e9


@dataclass(frozen=True, eq=False)
class Robustness:
    """What the draws say. Index: codes. Shares are in [0, 1]; ranks start at 1.

    `acceptability` (units × ranks) has rows and columns that sum to one; `pairwise[a, b]` is the
    share of draws in which a is ahead of b; `central_weights` is the mean weight vector of the
    draws in which a unit comes first (NaN where it never does).
    """

    acceptability: pd.DataFrame
    expected_rank: pd.Series[float]
    central_weights: pd.DataFrame
    pairwise: pd.DataFrame | None
    draws: int
    seed: int
    concentration: float | None

    @property
    def rank_low(self) -> pd.Series[int]:
        """Lower end of the 90 % rank interval (best rank)."""
        return self._quantile(LOW).rename("rank_low")

    @property
    def rank_high(self) -> pd.Series[int]:
        """Upper end of the 90 % rank interval (worst rank)."""
        return self._quantile(HIGH).rename("rank_high")

    @property
    def rankable(self) -> pd.Series[bool]:
        """False where the 90 % interval is wider than a third of the units."""
        width = self.rank_high - self.rank_low
        return (width <= len(self.acceptability) / 3).rename("rankable")

    def p_top(self, k: int) -> pd.Series[float]:
        """Probability of a rank of k or better."""
        if not 1 <= k <= len(self.acceptability):
            raise refuse("k", str(k), f"1 to {len(self.acceptability)}")
        return self.acceptability.iloc[:, :k].sum(axis=1).clip(upper=1.0).rename(f"p_top{k}")

    def gate(self, k: int, probability: float) -> tuple[str, ...]:
        """Codes of the units in the top k with at least this probability: a gate for a plan."""
        chance = self.p_top(k)
        return tuple(str(code) for code in chance.index[chance >= probability])

    @property
    def table(self) -> pd.DataFrame:
        """One row a unit: expected rank, 90 % interval, P(first), P(top 3), rankable."""
        return pd.DataFrame(
            {
                "expected_rank": self.expected_rank,
                "rank_low": self.rank_low,
                "rank_high": self.rank_high,
                "p_first": self.p_top(1),
                "p_top3": self.p_top(min(3, len(self.acceptability))),
                "rankable": self.rankable,
            }
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers for JSON."""
        return {
            "draws": self.draws,
            "seed": self.seed,
            "concentration": self.concentration,
            "regions": [
                {"code": str(code), **{str(k): _plain(v) for k, v in row.items()}}
                for code, row in self.table.iterrows()
            ],
        }

    def _quantile(self, share: float) -> pd.Series[int]:
        total = np.cumsum(self.acceptability.to_numpy(), axis=1)
        ranks = 1 + np.argmax(total >= share - 1e-12, axis=1)
        return pd.Series(ranks, index=self.acceptability.index)


def robustness(
    scores: Scores,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    concentration: float | None = CONCENTRATION,
    data: bool = True,
    pairwise: bool | None = None,
) -> Robustness:
    """Draws of weights (a Dirichlet at each node) and of uncertain data, ranked.

    `concentration` holds the draws around the stated weights: 10 gives a pillar of weight 0.4 among
    three a standard deviation of 0.09; None is flat, total ignorance. `data` draws the uncertain
    and the imputed values too. `pairwise` is left out by default above 200 units.
    """
    prepared = scores.prepared
    cells = intervals(prepared, scores.uncertainty, scores.source) if data else None
    root = scores.criteria.root
    block_values: Callable[[int, np.random.Generator], Array] | None = None
    if cells is not None and cells.count:
        found = cells

        def drawn(count: int, rng: np.random.Generator) -> Array:
            return prepared.ruler.scores(found.draw(prepared.filled, count, rng))

        block_values = drawn
    tally = rank_acceptability(
        root,
        prepared.scores,
        draws=draws,
        seed=seed,
        concentration=concentration,
        values=block_values,
        pairwise=pairwise,
    )
    units = scores.score.index
    ranks = pd.RangeIndex(1, len(units) + 1, name="rank")
    leaves = list(scores.criteria.leaf_names)
    return Robustness(
        acceptability=pd.DataFrame(tally.acceptability, index=units, columns=ranks),
        expected_rank=pd.Series(tally.expected_rank, index=units, name="expected_rank"),
        central_weights=pd.DataFrame(tally.central_weights, index=units, columns=leaves),
        pairwise=None
        if tally.pairwise is None
        else pd.DataFrame(tally.pairwise, index=units, columns=units),
        draws=draws,
        seed=seed,
        concentration=concentration,
    )


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts of the draws as shares: (units, ranks), (units,), (units, leaves), (units, units)."""

    acceptability: Array
    expected_rank: Array
    central_weights: Array
    pairwise: Array | None


def rank_acceptability(
    root: Node,
    x: Array,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    concentration: float | None = None,
    values: Callable[[int, np.random.Generator], Array] | None = None,
    pairwise: bool | None = None,
) -> Tally:
    """Rank acceptability of the units of `x` (units, leaves in the tree's order), in [0, 1].

    `values(count, rng)` gives drawn matrices (count, units, leaves) in place of `x`. Blocks of
    draws are scored by one matrix product a node and ranked by one sort; memory is flat in the
    draws.
    """
    x = finite_matrix(x, "scores")
    if draws < 1:
        raise refuse("draws", str(draws), "1 or more")
    units, leaves = x.shape
    rng = np.random.default_rng(seed)
    tally = _Counter(units, leaves, pairwise=units <= _PAIRS if pairwise is None else pairwise)
    scorer = BlockScorer(root, x)
    size = max(16, _CELLS // (units if values is None else units * leaves))
    for start in range(0, draws, size):
        count = min(size, draws - start)
        local = draw_weights(root, count, rng, concentration)
        drawn = None if values is None else values(count, rng)
        order = block_order(scorer.scores(local, drawn), rng)
        tally.add(order, leaf_weights(root, local))
    return tally.done(draws)


class BlockScorer:
    """Root values of a tree for blocks of local weights, up to an increasing function."""

    def __init__(self, root: Node, x: Array) -> None:
        self._root = root
        self._x = x
        self._spans = _spans(root)
        self._fixed = {
            node.name: _bent(x[:, self._spans[node.name]], node.power)
            for node in root.walk()
            if isinstance(node, Node) and not any(isinstance(c, Node) for c in node.children)
        }

    def scores(self, local: dict[str, Array], drawn: Array | None = None) -> Array:
        """Shape (draws, units), freshly made; the order of each row is that of the scores."""
        total = self._sum(self._root, local, drawn)
        return total if self._root.power >= 0 else -total

    def _sum(self, node: Node, local: dict[str, Array], drawn: Array | None) -> Array:
        weights = local[node.name]
        span = self._spans[node.name]
        if node.name in self._fixed:
            if drawn is None:
                return _product(weights, self._fixed[node.name].T)
            bent = _bent(drawn[:, :, span], node.power)
            return np.asarray(np.matmul(bent, weights[:, :, None])[:, :, 0])
        total: Array | None = None
        for j, child in enumerate(node.children):
            if isinstance(child, Node):
                part = self._sum(child, local, drawn)
                if child.power != node.power:
                    part = _bent(_straight(part, child.power), node.power)
            else:
                at = self._spans[child.name]
                part = _bent(
                    self._x[None, :, at.start] if drawn is None else drawn[:, :, at.start],
                    node.power,
                )
            part = part * weights[:, j, None]
            total = part if total is None else np.add(total, part, out=total)
        if total is None:
            raise refuse(f"criterion {node.name}", "has no children")
        return total


class _Counter:
    """Counts of ranks; entries are gathered until there are as many as cells, then added up."""

    def __init__(self, units: int, leaves: int, *, pairwise: bool) -> None:
        self._units = units
        self._counts: Integers = np.zeros(units * units, dtype=np.int64)
        self._central = np.zeros((units, leaves))
        self._pairs = np.zeros((units, units), dtype=np.int64) if pairwise else None
        self._waiting: list[Integers] = []
        self._places: list[NDArray[np.unsignedinteger[Any]]] = []

    def add(self, order: Integers, weights: Array) -> None:
        """One block: `order` (draws, units) from best to worst, `weights` (draws, leaves)."""
        first = order[:, 0]
        for unit in np.unique(first):
            self._central[unit] += weights[first == unit].sum(axis=0)
        if self._pairs is not None:
            self._add_pairs(order)
        order *= self._units
        order += np.arange(self._units)
        self._waiting.append(order)
        if sum(block.size for block in self._waiting) >= self._counts.size:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            flat = np.concatenate([block.ravel() for block in self._waiting])
            self._counts += np.bincount(flat, minlength=self._counts.size)
            self._waiting.clear()

    def _add_pairs(self, order: Integers) -> None:
        kind = np.uint8 if self._units <= 256 else np.uint16
        places = np.empty(order.shape, dtype=kind)
        np.put_along_axis(places, order, np.arange(self._units, dtype=kind)[None, :], axis=1)
        self._places.append(places)
        if sum(len(block) for block in self._places) >= _GATHERED:
            self._flush_pairs()

    def _flush_pairs(self) -> None:
        if self._pairs is None or not self._places:
            return
        columns = np.ascontiguousarray(np.concatenate(self._places).T)
        self._places.clear()
        draws = columns.shape[1]
        for i in range(self._units - 1):
            for j in range(i + 1, self._units):
                ahead = np.count_nonzero(columns[i] < columns[j])
                self._pairs[i, j] += ahead
                self._pairs[j, i] += draws - ahead

    def done(self, draws: int) -> Tally:
        """The shares."""
        self._flush()
        self._flush_pairs()
        shares = self._counts.reshape(self._units, self._units) / draws
        wins = self._counts.reshape(self._units, self._units)[:, 0]
        with np.errstate(invalid="ignore", divide="ignore"):
            central = self._central / wins[:, None]
        return Tally(
            acceptability=shares,
            expected_rank=shares @ np.arange(1, self._units + 1),
            central_weights=central,
            pairwise=None if self._pairs is None else self._pairs / draws,
        )


def _product(weights: Array, values: Array) -> Array:
    """weights @ values in pieces too small for the linear algebra library to start threads.

    Waking threads for products this small costs several times the products themselves.
    """
    out = np.empty((len(weights), values.shape[1]))
    rows = max(1, _ONE_THREAD // max(1, values.size))
    for start in range(0, len(weights), rows):
        np.dot(weights[start : start + rows], values, out=out[start : start + rows])
    return out


def _spans(node: Node, start: int = 0) -> dict[str, slice]:
    """Positions of the leaves under every node and of every leaf, in depth-first order."""
    spans: dict[str, slice] = {}
    at = start
    for child in node.children:
        if isinstance(child, Node):
            spans |= _spans(child, at)
            at = spans[child.name].stop
        else:
            spans[child.name] = slice(at, at + 1)
            at += 1
    spans[node.name] = slice(start, at)
    return spans


def _bent(x: Array, power: float) -> Array:
    """xᵖ, or ln x at p = 0; a zero at p ≤ 0 becomes so small that its mean is last."""
    if power == 1.0:
        return x
    if power > 0:
        return np.asarray(np.maximum(x, 0.0) ** power)
    if power == 0:
        return np.where(x > 0, np.log(np.where(x > 0, x, 1.0)), _LOG_OF_ZERO)
    return np.asarray(np.maximum(x, 1e-200 ** (1.0 / max(1.0, -power))) ** power)


def _straight(total: Array, power: float) -> Array:
    if power == 1.0:
        return total
    return np.exp(total) if power == 0 else np.asarray(total ** (1.0 / power))


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value
