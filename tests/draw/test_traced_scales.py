import numpy as np

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.draw import traced_scales
from cnnviz.draw.palette import PALETTES

POSITIVE = np.array([[0.0, 1.0], [2.0, 3.0]])


def test_an_output_is_signed_as_soon_as_a_weight_is_negative():
    assert traced_scales.of_output(POSITIVE, np.array([1.0, -1.0])).palette is PALETTES["signed"]
    assert traced_scales.of_output(POSITIVE, np.array([1.0, 1.0])).palette is PALETTES["grey"]
    assert traced_scales.of_output(-POSITIVE, None).palette is PALETTES["signed"]
    scale = traced_scales.of_output(POSITIVE, np.array([-1.0]))
    assert (scale.low, scale.high) == (-3, 3)


def test_a_picture_keeps_its_brightness():
    scale = traced_scales.of_output(POSITIVE, np.array([5.0, -4.0]), picture=True)
    assert (scale.low, scale.high, scale.palette) == (0, 1, PALETTES["grey"])


def test_an_outlier_of_a_large_map_does_not_leave_the_rest_pale():
    values = np.random.default_rng(0).uniform(-1, 1, (100, 100))
    values[3, 3] = 50
    assert traced_scales.of_output(values, None).high < 1.1


def test_several_maps_share_a_scale():
    assert traced_scales.of_output(np.stack([POSITIVE, -2 * POSITIVE]), None).high == 6


def test_weights_reach_their_largest_magnitude_and_zero_stays_in_the_middle():
    scale = traced_scales.signed(np.array([1.0, -2.0]), np.array([np.nan, 0.5]))
    assert (scale.low, scale.high) == (-2, 2)
    assert traced_scales.signed(np.zeros(3)).high == 1


def test_channels_of_a_picture_are_brightness():
    maps = FeatureMaps(np.full((3, 2, 2), 0.25, np.float32), pictures=True)
    assert [scale.high for scale in traced_scales.of_channels(maps, [0, 2])] == [1, 1]
