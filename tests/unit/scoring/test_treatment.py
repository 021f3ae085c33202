"""Raw values: denominators, coverage, imputation, outliers; and normalisations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hubselect.errors import DataError
from hubselect.scoring import normalisation, treatment

HOLES = np.array([[1.0, 10.0], [2.0, np.nan], [6.0, 30.0], [np.nan, 50.0]])


def test_divide() -> None:
    assert treatment.divide(np.array([4.0, 6.0]), np.array([2.0, 3.0])).tolist() == [2, 2]
    assert np.isnan(treatment.divide(np.array([4.0]), np.array([np.nan])))[0]
    with pytest.raises(DataError, match="zero or negative"):
        treatment.divide(np.array([4.0]), np.array([0.0]))


def test_coverage_is_counted_three_ways_and_refused_at_once() -> None:
    found = treatment.coverage(~np.isnan(HOLES), {"p": [0], "q": [1]})
    assert found.units.tolist() == [1, 0.5, 1, 0.5]
    assert found.leaves.tolist() == [0.75, 0.75]
    assert found.pillars["q"].tolist() == [1, 0, 1, 1]
    with pytest.raises(DataError) as caught:
        treatment.refuse_thin(found, 0.8, ["u1", "u2", "u3", "u4"], ["a", "b"])
    assert len(caught.value.problems) == 6
    assert "pillar q of unit u2: 0% present" in str(caught.value)
    treatment.refuse_thin(found, 0.0, ["u1", "u2", "u3", "u4"], ["a", "b"])


@pytest.mark.parametrize(
    ("rule", "filled"),
    [("mean", (30.0, 3.0)), ("median", (30.0, 2.0)),
     ("group_mean", (10.0, 6.0)), ("group_median", (10.0, 6.0))],
)  # fmt: skip
def test_imputation(rule: str, filled: tuple[float, float]) -> None:
    done = treatment.impute(HOLES, rule, ["a", "a", "b", "b"])
    assert (done[1, 1], done[3, 0]) == filled
    assert np.isnan(HOLES).sum() == 2
    np.testing.assert_array_equal(done[~np.isnan(HOLES)], HOLES[~np.isnan(HOLES)])


def test_a_group_without_a_value_falls_back_on_all() -> None:
    assert treatment.impute(HOLES, "group_mean", [1, 2, 3, 4])[1, 1] == 30


def test_nearest_neighbours_look_alike() -> None:
    x = np.array([[1.0, 1, 5], [1, 1.1, 6], [9, 9, 50], [9, 9.2, 60], [1.0, 1.05, np.nan]])
    assert treatment.impute_nearest(x, 2)[4, 2] == 5.5
    assert treatment.impute(x, "knn")[4, 2] == np.mean([5, 6, 50, 60])


def test_imputation_refuses_what_it_cannot_fill() -> None:
    with pytest.raises(DataError, match="no value at all"):
        treatment.impute(np.array([[np.nan], [np.nan]]), "mean")
    with pytest.raises(DataError, match="needs a group"):
        treatment.impute(HOLES, "group_mean")


def test_skewness_and_kurtosis_are_the_sample_ones() -> None:
    x = np.random.default_rng(0).lognormal(size=40)
    assert treatment.skewness(x) == pytest.approx(stats.skew(x, bias=False))
    assert treatment.kurtosis(x) == pytest.approx(stats.kurtosis(x, bias=False))
    assert treatment.skewness([1, 1, 1]) == treatment.kurtosis([2.0]) == 0


def test_winsorise_as_practice_has_it() -> None:
    x = [*range(1, 11), 30, 100]
    done = treatment.winsorise(x)
    assert done.values.tolist() == [*range(1, 11), 30, 30]
    assert (done.step, done.points, done.high) == ("winsorised", 1, 30)
    low = treatment.winsorise([-v for v in x])
    assert low.values.tolist() == [-v for v in (*range(1, 11), 30, 30)]
    assert treatment.winsorise(range(10)).step == "none"


def test_at_most_five_points_then_a_log() -> None:
    x = np.sort(np.random.default_rng(0).lognormal(0, 1.5, 200))
    assert treatment.winsorise(x).points == 5
    done = treatment.winsorise_then_log(x)
    assert done.step == "log"
    np.testing.assert_allclose(done.values, np.log(x + 0.01 * np.ptp(x) - x.min()))
    assert (np.diff(done.values) > 0).all()
    hopeless = np.r_[np.zeros(60), 1e3, 1e6, 1e9, 1e12, 1e15, 1e18, 1e21]
    assert treatment.winsorise_then_log(hopeless).step == "failed"
    assert treatment.shifted_log([3.0, 3.0]).step == "none"


def test_normalisations() -> None:
    x = np.array([[0.0, 4.0], [5.0, 4.0], [20.0, 4.0]])
    d = np.array([1, -1])
    posts = normalisation.goalposts(x, [0, 0], [10, 8], d)
    assert posts.tolist() == [[0, 0.5], [0.5, 0.5], [1, 0.5]]
    assert normalisation.min_max(x, d).tolist() == [[0, 0.5], [0.25, 0.5], [1, 0.5]]
    assert normalisation.rank(x, d).tolist() == [[0, 0.5], [0.5, 0.5], [1, 0.5]]
    np.testing.assert_allclose(normalisation.percentile(x)[:, 0], [1 / 6, 0.5, 5 / 6])
    z = normalisation.z_score(x, d)
    assert z[:, 0].mean() == pytest.approx(0) and z[:, 0].std(ddof=1) == pytest.approx(1)
    assert (z[:, 1] == 0).all()
    assert normalisation.z_scale(x)[0, 1] == 0.5
    near = normalisation.target_distance(x, [5, 4], [10, 1])
    assert near.tolist() == [[0.5, 1], [1, 1], [0, 1]]


def test_one_unit_sits_in_the_middle() -> None:
    one = np.array([[3.0]])
    for scale in (normalisation.min_max, normalisation.rank, normalisation.percentile):
        assert scale(one).tolist() == [[0.5]]
    assert normalisation.z_score(one).tolist() == [[0]]


def test_normalisations_refuse() -> None:
    with pytest.raises(DataError, match="inverted"):
        normalisation.goalposts([[1.0]], [2.0], [1.0])
    with pytest.raises(DataError, match="log"):
        normalisation.log_goalposts([[0.0]], [1.0], [2.0])
    with pytest.raises(DataError, match="reach"):
        normalisation.target_distance([[1.0]], [1.0], [0.0])
