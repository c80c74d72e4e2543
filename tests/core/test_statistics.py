import numpy as np
import pytest

from cnnviz.core.statistics import BAND, statistics


def test_statistics_are_taken_over_finite_values():
    values = np.array([[[1.0, np.nan, np.inf, -np.inf, 4.0]]], np.float32)
    assert statistics(values) == {"min": 1.0, "max": 4.0, "mean": 2.5, "nan": 1, "inf": 2}
    assert statistics(np.full((1, 1, 2), np.nan)) == {"min": None, "max": None, "mean": None, "nan": 2, "inf": 0}


def test_the_mean_of_huge_values_is_finite():
    values = np.full((1, 2, 4), 3e38, np.float32)
    assert statistics(values)["mean"] == pytest.approx(3e38, rel=1e-6)


def test_the_mean_is_that_of_all_values_however_many_bands_they_fill():
    values = np.zeros((1, 1, 2 * BAND + 1), np.float32)
    values[0, 0, -1] = 2 * BAND + 1
    values[0, 0, 7] = np.nan
    assert statistics(values)["mean"] == pytest.approx((2 * BAND + 1) / (2 * BAND))


def test_bands_with_nothing_finite_do_not_count():
    values = np.full((1, 1, 3 * BAND), np.inf, np.float32)
    values[..., BAND : BAND + 2] = [5, 7]
    assert statistics(values) == {"min": 5.0, "max": 7.0, "mean": 6.0, "nan": 0, "inf": 3 * BAND - 2}
