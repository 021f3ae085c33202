"""Agreement with pymcdm and AHPy on 200 random cases each."""

from __future__ import annotations

import itertools

import ahpy
import numpy as np
import pytest
from pymcdm import methods, normalizations
from pymcdm import weights as peer_weights

from hubselect.scoring import aggregation, crosschecks, normalisation, pairwise, weights

CASES = range(200)
pytestmark = pytest.mark.filterwarnings("ignore:Alternatives with indices:UserWarning")


def _case(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    units, leaves = int(rng.integers(3, 13)), int(rng.integers(2, 9))
    x = rng.uniform(0.5, 100, (units, leaves))
    return x, rng.dirichlet(np.ones(leaves)), rng.choice([1, -1], leaves)


def test_topsis() -> None:
    for seed in CASES:
        x, w, d = _case(seed)
        peer = methods.TOPSIS(normalizations.vector_normalization)
        ours = crosschecks.topsis(x, w, d)
        np.testing.assert_allclose(ours, peer(x, w, d), atol=1e-10)
        peer = methods.TOPSIS(normalizations.minmax_normalization)
        ours = crosschecks.topsis(x, w, d, normalisation="min_max")
        np.testing.assert_allclose(ours, peer(x, w, d), atol=1e-10)


def test_vikor() -> None:
    for seed in CASES:
        x, w, d = _case(seed)
        ours = crosschecks.vikor(x, w, d).compromise_value
        np.testing.assert_allclose(ours, methods.VIKOR()(x, w, d), atol=1e-10)


def test_promethee_ii() -> None:
    for seed in CASES:
        x, w, d = _case(seed)
        ours = crosschecks.promethee_ii(x, w, d)
        np.testing.assert_allclose(ours, methods.PROMETHEE_II("usual")(x, w, d), atol=1e-10)


def test_weighted_sum() -> None:
    for seed in CASES:
        x, w, d = _case(seed)
        ours = aggregation.arithmetic_mean(normalisation.min_max(x, d), w)
        peer = methods.WSM(normalizations.minmax_normalization)(x, w, d)
        np.testing.assert_allclose(ours, peer, atol=1e-10)


def test_weighted_product() -> None:
    """pymcdm multiplies x^(±w) of sum-normalised values; the geometric mean of the same."""
    for seed in CASES:
        x, w, _ = _case(seed)
        d = np.ones(x.shape[1])
        ours = aggregation.geometric_mean(x / x.sum(axis=0), w)
        peer = methods.WPM(normalizations.sum_normalization)(x, w, d)
        np.testing.assert_allclose(ours, peer, atol=1e-10)


def test_entropy_and_critic() -> None:
    for seed in CASES:
        x, _, _ = _case(seed)
        np.testing.assert_allclose(
            weights.entropy_weights(x), peer_weights.entropy_weights(x), atol=1e-10
        )
        np.testing.assert_allclose(
            weights.critic_weights(x), peer_weights.critic_weights(x), atol=1e-10
        )


def _comparisons(seed: int, missing: int) -> tuple[list[str], dict[tuple[str, str], float]]:
    rng = np.random.default_rng(seed)
    names = [f"c{i}" for i in range(int(rng.integers(3, 8)))]
    scale = np.r_[1 / np.arange(9, 1, -1), np.arange(1, 10)]
    pairs = {pair: float(rng.choice(scale)) for pair in itertools.combinations(names, 2)}
    chain = set(itertools.pairwise(names))
    spare = [pair for pair in pairs if pair not in chain]
    for k in rng.permutation(len(spare))[:missing]:
        del pairs[spare[k]]
    return names, pairs


def test_ahp() -> None:
    for seed in CASES:
        names, pairs = _comparisons(seed, 0)
        matrix = pairwise.comparison_matrix(names, [(a, b, v) for (a, b), v in pairs.items()])
        ours = pairwise.ahp(matrix)
        peer = ahpy.Compare("x", pairs, precision=8, random_index="saaty")
        expected = [peer.local_weights[name] for name in names]
        np.testing.assert_allclose(ours.weights, expected, atol=2e-7)


@pytest.mark.parametrize("missing", [1, 2])
def test_ahp_incomplete(missing: int) -> None:
    """AHPy completes by cyclic coordinates; both look for the least λmax."""
    for seed in range(missing, 200, 2):
        names, pairs = _comparisons(seed, missing)
        matrix = pairwise.comparison_matrix(names, [(a, b, v) for (a, b), v in pairs.items()])
        ours = pairwise.ahp(matrix)
        peer = ahpy.Compare("x", pairs, precision=6, random_index="saaty")
        expected = [peer.local_weights[name] for name in names]
        np.testing.assert_allclose(ours.weights, expected, atol=2e-4)
