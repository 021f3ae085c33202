"""Every published example of the scoring room, to its printed digits."""

from __future__ import annotations

import numpy as np
import pytest

from hubselect.scoring import aggregation, crosschecks, normalisation, pairwise, sobol, weights
from hubselect.scoring.acceptability import rank_acceptability
from hubselect.scoring.tree import Leaf, Node


def _reciprocal(rows: list[list[float]]) -> np.ndarray:
    n = len(rows) + 1
    a = np.eye(n)
    for i, row in enumerate(rows):
        a[i, i + 1 :] = row
        a[i + 1 :, i] = 1 / np.array(row)
    return a


def test_ahp_saaty_house() -> None:
    """Saaty (1990), choosing a house: 8 criteria, an inconsistent matrix."""
    rows = [
        [5, 3, 7, 6, 6, 1 / 3, 1 / 4],
        [1 / 3, 5, 3, 3, 1 / 5, 1 / 7],
        [6, 3, 4, 6, 1 / 5],
        [1 / 3, 1 / 4, 1 / 7, 1 / 8],
        [1 / 2, 1 / 5, 1 / 6],
        [1 / 5, 1 / 6],
        [1 / 2],
    ]
    found = pairwise.ahp(_reciprocal(rows))
    expected = [0.173, 0.054, 0.188, 0.018, 0.031, 0.036, 0.167, 0.333]
    np.testing.assert_allclose(found.weights, expected, atol=5e-4)
    assert round(found.eigenvalue, 3) == 9.669
    assert round(found.consistency_ratio, 3) == 0.169
    assert not found.consistent


def test_ahp_wang_and_chin() -> None:
    """Wang & Chin (2011): the inconsistency must be flagged."""
    matrix = [
        [1, 4, 3, 1, 3, 4],
        [1 / 4, 1, 7, 3, 1 / 5, 1],
        [1 / 3, 1 / 7, 1, 1 / 5, 1 / 5, 1 / 6],
        [1, 1 / 3, 5, 1, 1, 1 / 3],
        [1 / 3, 5, 5, 1, 1, 3],
        [1 / 4, 1, 6, 3, 1 / 3, 1],
    ]
    found = pairwise.ahp(matrix)
    assert found.weights.round(4).tolist() == [0.3208, 0.1395, 0.0348, 0.1285, 0.2374, 0.1391]
    assert round(found.consistency_ratio, 3) == 0.229
    assert not found.consistent


def test_rank_reversal_belton_and_gear() -> None:
    """Belton & Gear (1983): a copy of B added reverses A and B under sum normalisation."""
    shares = np.array([[1, 9, 1], [9, 1, 1], [8, 9, 1]], dtype=float).T
    three = aggregation.arithmetic_mean(shares / shares.sum(axis=0), np.ones(3))
    assert three.round(2).tolist() == [0.45, 0.47, 0.08]
    shares = np.vstack([shares, shares[1]])
    four = aggregation.arithmetic_mean(shares / shares.sum(axis=0), np.ones(3))
    assert four.round(2).tolist() == [0.37, 0.29, 0.06, 0.29]


def test_topsis_hwang_and_yoon() -> None:
    """Hwang & Yoon (1981), fighter aircraft; the third is 0.6135, printed .613 there."""
    x = [
        [2.0, 1500, 20000, 5.5, 5, 9],
        [2.5, 2700, 18000, 6.5, 3, 5],
        [1.8, 2000, 21000, 4.5, 7, 7],
        [2.2, 1800, 20000, 5.0, 5, 5],
    ]
    w = [0.2, 0.1, 0.1, 0.1, 0.2, 0.3]
    found = crosschecks.topsis(x, w, [1, 1, 1, -1, 1, 1])
    np.testing.assert_allclose(found, [0.643, 0.268, 0.613, 0.312], atol=6e-4)


def test_topsis_tzeng_and_huang() -> None:
    """Tzeng & Huang (2011)."""
    found = crosschecks.topsis([[5, 8, 4], [7, 6, 8], [8, 8, 6], [7, 4, 6]], [0.3, 0.4, 0.3])
    assert found.round(4).tolist() == [0.5037, 0.6581, 0.7482, 0.3340]


def test_entropy_elsayed() -> None:
    """Elsayed et al. (2017)."""
    x = [
        [7, 312, 1891, 6613, 163],
        [72, 88, 728, 941804, 1078],
        [10, 252, 2594, 3466, 117471],
        [10, 145, 980, 2371, 86329],
        [65, 54, 350, 501, 29897],
        [29, 48, 380, 912, 34051],
        [7, 476, 3300, 78470, 2212],
        [70, 87, 650, 733, 819000],
        [4, 86, 591, 3015, 103],
        [12, 79, 579, 3240, 96098],
        [21, 45, 261, 1253, 453],
        [1, 72, 530, 4333, 0.104800],
    ]
    found = weights.entropy_weights(x)
    assert found.round(6).tolist() == [0.104991, 0.069124, 0.071373, 0.449937, 0.304575]


def test_critic_diakoulaki() -> None:
    """Diakoulaki et al. (1995), eight firms."""
    x = [
        [61, 1.08, 4.33],
        [20.7, 0.26, 4.34],
        [16.3, 1.98, 2.53],
        [9, 3.29, 1.65],
        [5.4, 2.77, 2.33],
        [4, 4.12, 1.21],
        [-6.1, 3.52, 2.10],
        [-34.6, 3.31, 0.98],
    ]
    found = weights.critic_weights(x)
    np.testing.assert_allclose(found, [0.20222554, 0.48090173, 0.31687273], atol=5e-9)


@pytest.mark.parametrize("rescaled", [False, True])
def test_vikor_opricovic_and_tzeng(rescaled: bool) -> None:
    """Opricovic & Tzeng (2004), climbing: the same in other units."""
    x = np.array([[1.0, 3000.0], [2.0, 3750.0], [5.0, 4500.0]])
    if rescaled:
        x = np.column_stack([x[:, 0] + 5, x[:, 1] / 1000 - 1])
    found = crosschecks.vikor(x, [0.5, 0.5], [-1, 1])
    np.testing.assert_allclose(found.utility, [0.5, 0.375, 0.5], atol=1e-12)
    np.testing.assert_allclose(found.regret, [0.5, 0.25, 0.5], atol=1e-12)
    np.testing.assert_allclose(found.compromise_value, [1, 0, 1], atol=1e-12)
    assert found.compromise == (1,)


@pytest.mark.parametrize(
    ("weights_", "regret", "utility", "compromise_value", "compromise"),
    [
        (
            [1] * 8,
            [0.125, 0.125, 0.121, 0.125, 0.067, 0.125],
            [0.692, 0.7, 0.29, 0.423, 0.28, 0.346],
            [0.991, 1.0, 0.473, 0.670, 0.0, 0.578],
            {4},
        ),
        (
            [1, 1, 1, 1, 2, 2, 2, 2],
            [0.113, 0.167, 0.08, 0.122, 0.044, 0.083],
            [0.683, 0.8, 0.193, 0.48, 0.243, 0.232],
            [0.684, 1.0, 0.147, 0.554, 0.041, 0.191],
            {2, 4, 5},
        ),
    ],
)
def test_vikor_opricovic_and_tzeng_hydropower(
    weights_: list[float],
    regret: list[float],
    utility: list[float],
    compromise_value: list[float],
    compromise: set[int],
) -> None:
    """Opricovic & Tzeng (2007), six hydropower schemes on the Drina."""
    x = [
        [4184.3, 2914.0, 407.2, 251.0, 195, 244, 15, 2.41],
        [5211.9, 3630.0, 501.7, 308.3, 282, 346, 21, 1.41],
        [5021.3, 3920.5, 504.0, 278.6, 12, 56, 3, 4.42],
        [5566.1, 3957.9, 559.5, 335.3, 167, 268, 16, 3.36],
        [5060.5, 3293.5, 514.1, 284.2, 69, 90, 7, 4.04],
        [4317.9, 2925.9, 432.8, 239.3, 12, 55, 3, 4.36],
    ]
    found = crosschecks.vikor(x, weights_, [1, -1, 1, 1, -1, -1, -1, 1])
    np.testing.assert_allclose(found.regret, regret, atol=1e-3)
    np.testing.assert_allclose(found.utility, utility, atol=1e-3)
    np.testing.assert_allclose(found.compromise_value, compromise_value, atol=1.5e-3)
    assert set(found.compromise) == compromise


def test_promethee_zhao() -> None:
    """Zhao et al. (2013), usual preference."""
    found = crosschecks.promethee_ii([[4, 3, 2], [3, 2, 4], [5, 1, 3]], [0.5, 0.3, 0.2])
    assert found.round(6).tolist() == [0.1, -0.3, 0.2]


def test_hdi_goalposts() -> None:
    """UNDP's technical note: geometric mean of dimension indices, log income index."""
    hdi = aggregation.geometric_mean([[0.6971, 0.3447, 0.5506]], np.ones(3))
    assert round(float(hdi[0]), 3) == 0.510
    income = normalisation.log_goalposts([[3829.0]], [100.0], [75000.0])
    assert round(float(income[0, 0]), 4) == 0.5506


def test_rank_order_centroid() -> None:
    """Barron & Barrett (1996)."""
    assert weights.rank_order_centroid(3).round(4).tolist() == [0.6111, 0.2778, 0.1111]
    assert weights.rank_order_centroid(4).round(4).tolist() == [0.5208, 0.2708, 0.1458, 0.0625]


def test_tennessee() -> None:
    """Where Tennessee puts its capital: Borda's and Copeland's winner is Nashville."""
    ballots = [
        (42, ["Memphis", "Nashville", "Chattanooga", "Knoxville"]),
        (26, ["Nashville", "Chattanooga", "Knoxville", "Memphis"]),
        (15, ["Chattanooga", "Knoxville", "Nashville", "Memphis"]),
        (17, ["Knoxville", "Chattanooga", "Nashville", "Memphis"]),
    ]
    points = {"Memphis": 126, "Nashville": 194, "Chattanooga": 173, "Knoxville": 107}
    assert crosschecks.borda(ballots) == points
    duels = {"Nashville": 3, "Chattanooga": 1, "Knoxville": -1, "Memphis": -3}
    assert crosschecks.copeland(ballots) == duels


def test_smaa_exact() -> None:
    """(1, 0), (0, 1), (.6, .6) with any weights: first in .4, .4 and .2 of the simplex."""
    root = Node("index", (Leaf("a", "a"), Leaf("b", "b")))
    found = rank_acceptability(root, np.array([[1, 0], [0, 1], [0.6, 0.6]]), draws=200_000, seed=1)
    assert found.acceptability[:, 0].round(2).tolist() == [0.4, 0.4, 0.2]


ISHIGAMI = ([0.3139, 0.4424, 0.0], [0.5576, 0.4424, 0.2437])


def _ishigami(cube: np.ndarray) -> np.ndarray:
    x = np.pi * (2 * cube - 1)
    y = np.sin(x[..., 0]) + 7 * np.sin(x[..., 1]) ** 2
    return np.asarray(y + 0.1 * x[..., 2] ** 4 * np.sin(x[..., 0]))


def test_sobol_ishigami_by_quadrature() -> None:
    """Ishigami & Homma (1990), exactly: a full factorial on Gauss–Legendre nodes."""
    nodes, mass = np.polynomial.legendre.leggauss(24)
    grid = np.stack(np.meshgrid(*[(nodes + 1) / 2] * 3, indexing="ij"), axis=-1)
    found = sobol.factorial_indices(_ishigami(grid), [mass / 2] * 3)
    np.testing.assert_allclose(found.first, ISHIGAMI[0], atol=5e-5)
    np.testing.assert_allclose(found.total, ISHIGAMI[1], atol=5e-5)


def test_sobol_ishigami_by_sampling() -> None:
    """The same from Saltelli's design."""
    found = sobol.sobol(_ishigami, 3, runs=2**16)
    np.testing.assert_allclose(found.first, ISHIGAMI[0], atol=2e-4)
    np.testing.assert_allclose(found.total, ISHIGAMI[1], atol=2e-4)
