import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubselect.cohorts import finishing_profile, seated_profile

lengths = st.floats(0, 4)


def test_half_year_course_ends_half_in_its_first_year() -> None:
    assert finishing_profile(0.5, 3).tolist() == [0.5, 0.5, 0.0]


def test_two_year_course_ends_in_its_third_calendar_year() -> None:
    assert finishing_profile(2.0, 4).tolist() == [0.0, 0.0, 1.0, 0.0]


def test_two_year_course_is_seated_half_one_half() -> None:
    assert seated_profile(2.0, 4) == pytest.approx([0.5, 1.0, 0.5, 0.0])


@given(lengths)
def test_a_whole_cohort_ends_once(length: float) -> None:
    assert finishing_profile(length, 6).sum() == pytest.approx(1.0)


@given(lengths)
def test_a_seat_occupies_its_place_for_the_length_of_the_course(length: float) -> None:
    assert seated_profile(length, 6).sum() == pytest.approx(length)


@given(lengths)
def test_profiles_agree_with_a_simulated_cohort(length: float) -> None:
    starts = (np.arange(2000) + 0.5) / 2000
    ends = starts + length
    years = range(6)
    ended = [np.mean((ends > a) & (ends <= a + 1)) for a in years]
    seated = [
        np.mean(np.clip(np.minimum(ends, a + 1) - np.maximum(starts, a), 0, 1)) for a in years
    ]
    assert finishing_profile(length, 6) == pytest.approx(ended, abs=1e-3)
    assert seated_profile(length, 6) == pytest.approx(seated, abs=1e-3)
