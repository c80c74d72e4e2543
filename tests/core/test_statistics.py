import numpy as np
import pytest

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.layer import Pool
from cnnviz.core.stack import Stack
from cnnviz.core.statistics import BAND, Stats, measure, summary


def statistics(values):
    return summary(measure(values))


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


@pytest.mark.parametrize("shape", [(5, 1, 3), (700, 3, 70), (3, 40, 50), (2, 300, 500), (1, 1, 1)])
@pytest.mark.parametrize("special", [False, True])
@pytest.mark.parametrize("shared", [0, 1 << 60])
def test_every_map_by_itself(monkeypatch, shape, special, shared):
    monkeypatch.setattr("cnnviz.core.statistics.SHARED", shared)
    monkeypatch.setattr("cnnviz.core.statistics.processors", lambda: 2)
    random = np.random.default_rng(0)
    values = random.normal(1, 3, shape).astype(np.float32)
    if special:
        for strange in (np.nan, np.inf, -np.inf):
            values[random.random(shape) < 0.2] = strange
        values[-1] = np.nan
    for found, one in zip(measure(values), values, strict=True):
        kept = one[np.isfinite(one)]
        low, high, mean = (kept.min(), kept.max(), kept.mean(dtype=float)) if kept.size else (0, 0, 0)
        nan = np.isnan(one).sum()
        assert found == Stats(low, high, kept.size, nan, one.size - kept.size - nan, found.mean)
        assert found.mean == pytest.approx(mean, rel=1e-5, abs=1e-6)


def test_channels_that_lie_last_are_summed_as_well_as_others():
    values = np.full((400, 400, 3), 0.1, np.float32).transpose(2, 0, 1)
    assert [s.mean for s in measure(values)] == pytest.approx([0.1] * 3, rel=1e-6)


def test_maps_know_what_their_layer_gave():
    maps = FeatureMaps(np.arange(12.0).reshape(3, 2, 2))
    assert maps.stats is None
    (after,) = Stack([Pool()]).run(maps)
    assert after.stats == [Stats(3, 3, 1, mean=3), Stats(7, 7, 1, mean=7), Stats(11, 11, 1, mean=11)]
