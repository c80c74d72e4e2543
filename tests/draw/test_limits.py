import numpy as np
import pytest

from cnnviz.draw.limits import SAMPLE, choose, measure
from cnnviz.draw.palette import PALETTES
from cnnviz.errors import ArgumentError

RANDOM = np.random.default_rng(0)


def scales(*maps: np.ndarray, pictures: bool | list[bool] = False, **options):
    values = np.stack([np.atleast_2d(np.asarray(m, np.float32)) for m in maps])
    flags = [pictures] * len(maps) if isinstance(pictures, bool) else pictures
    return choose(values, [measure(v) for v in values], flags, **options)


def test_measure() -> None:
    stats = measure(np.array([[1.0, -3.0], [np.nan, np.inf], [-np.inf, 2.0]]))
    assert (stats.low, stats.high, stats.count, stats.nan, stats.inf) == (-3.0, 2.0, 3, 1, 2)
    assert not stats.finite
    nothing = measure(np.full((2, 2), np.nan))
    assert (nothing.low, nothing.high, nothing.count, nothing.nan) == (0.0, 0.0, 0, 4)
    late = np.zeros(200_000)
    late[-1] = np.nan
    assert measure(late.reshape(400, 500)).nan == 1


def test_signed_maps_are_symmetric_and_others_begin_at_zero() -> None:
    signed = scales([[-1, 3]]).each[0]
    assert (signed.low, signed.high, signed.palette) == (-3, 3, PALETTES["signed"])
    grey = scales([[2, 3]]).each[0]
    assert (grey.low, grey.high, grey.palette) == (0, 3, PALETTES["grey"])


def test_maps_of_one_kind_and_size_share_a_scale() -> None:
    assert scales([[-1, 3]], [[-2, 1]]).shared
    assert scales([[-1, 3]], [[-2, 1]]).each[1].high == 3
    assert scales([[-1, 4]], [[-1, 1]]).shared
    assert not scales([[-1, 4.1]], [[-1, 1]]).shared
    assert not scales([[-1, 3]], [[0, 3]]).shared
    assert not scales([[-1, 3]], [[0, 1]], pictures=[False, True]).shared
    assert scales([[0, 9]], [[0, 1]], pictures=True).shared


def test_one_scale_or_many_on_request() -> None:
    assert [s.high for s in scales([[-1, 3]], [[0, 9]], normalize="shared").each] == [9, 9]
    assert scales([[-1, 3]], [[0, 9]], normalize="shared").each[1].palette.signed
    assert [s.high for s in scales([[-1, 3]], [[-2, 1]], normalize="each").each] == [3, 2]


def test_a_map_of_rounding_errors_is_flat() -> None:
    result = scales([[-1, 3]], [[-1e-8, 1e-8]])
    assert result.shared
    assert not scales([[-1, 3]], [[-1e-2, 1e-2]]).shared
    apart = scales([[-1, 3]], [[-1e-8, 1e-8]], normalize="each")
    assert apart.each[1].high == 3
    assert scales([[0, 0]]).each[0].high == 1


def test_maps_of_one_cell_can_be_compared() -> None:
    result = scales([[0.5]], [[-2.0]], [[0.0]])
    assert result.shared
    assert result.each[0].low == -2


def test_an_outlier_does_not_set_the_limit() -> None:
    few = RANDOM.standard_normal((64, 64))
    few[0, 0] = 100
    assert scales(few).each[0].high == 100
    many = RANDOM.standard_normal((65, 64))
    many[0, 0] = 100
    result = scales(many)
    assert result.each[0].high == pytest.approx(np.quantile(np.abs(many), 0.995), rel=1e-6)
    assert result.outliers
    assert result.each[0].cut == (True, True)
    even = RANDOM.uniform(-1, 1, (70, 70))
    assert scales(even).each[0].high == pytest.approx(np.abs(even).max())
    assert not scales(even).outliers


def test_a_shared_limit_is_the_quantile_of_all_values_together() -> None:
    a, b = RANDOM.standard_normal((2, 300, 300)) ** 3
    together = np.quantile(np.abs([a, b / 2]), 0.995)
    assert scales(a, b / 2).each[0].high == pytest.approx(together, rel=1e-5)


def test_the_quantile_of_very_many_values_is_close() -> None:
    values = RANDOM.standard_normal((1200, 1000)).astype(np.float32) ** 3
    assert values.size > 2 * SAMPLE
    beyond = np.mean(np.abs(values) > scales(values).each[0].high)
    assert beyond == pytest.approx(0.005, abs=0.0005)


def test_a_sample_sees_every_column() -> None:
    stripes = np.ones((1100, 999), np.float32)
    stripes[:, 1::3] = 100  # every third value would miss them
    assert scales(stripes).each[0].high == 100


def test_pictures_run_from_black_to_white() -> None:
    scale = scales([[-0.2, 0.5]], pictures=True).each[0]
    assert (scale.low, scale.high, scale.palette) == (0, 1, PALETTES["grey"])
    assert scale.cut == (True, False)
    assert scale.picture


def test_fixed_ranges() -> None:
    result = scales([[-1, 3]], [[0, 0.5]], value_range=(0, 1))
    assert result.shared
    assert [s.cut for s in result.each] == [(True, True), (False, False)]
    assert result.each[0].palette is PALETTES["grey"]
    signed = scales([[-1, 3]], value_range=(-0.5, 0.25)).each[0]
    assert (signed.low, signed.high) == (-0.5, 0.5)
    other = scales([[-1, 3]], value_range=(-0.5, 0.25), palette="viridis").each[0]
    assert (other.low, other.high) == (-0.5, 0.25)


@pytest.mark.parametrize("bad", [(1, 1), (2, 1), (float("nan"), 1), (0, float("inf")), (1,), "ab"])
def test_bad_ranges(bad: object) -> None:
    with pytest.raises(ArgumentError) as caught:
        scales([[0, 1]], value_range=bad)
    assert caught.value.argument == "range"


def test_bad_names() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'each'") as caught:
        scales([[0, 1]], normalize="eech")
    assert caught.value.argument == "normalize"
    with pytest.raises(ArgumentError, match="palette"):
        scales([[0, 1]], palette="jet")
