import numpy as np
import pytest

from cnnviz import FeatureMaps
from cnnviz.core.layer import Activation, Conv, Magnitude, Pool
from cnnviz.core.stack import Stack
from cnnviz.errors import ArgumentError

RAMP = FeatureMaps(np.tile(np.arange(6, dtype=np.float32), (1, 6, 1)), pictures=True)
SOBEL_X = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)
SOBEL = Conv(np.stack([SOBEL_X, SOBEL_X.T])[:, None], np.zeros(2, np.float32), ["s-x", "s-y"], name="conv s")


def run(maps, *layers):
    return list(Stack(layers).run(maps))


def test_layers_in_order_with_their_records():
    conv, pooled = run(RAMP, SOBEL, Pool("max", (2, 2)))
    assert conv.labels == pooled.labels == ["s-x", "s-y"]
    np.testing.assert_array_equal(conv.values[0], np.full((4, 4), 8))  # a ramp rises by 2 over two cells, times 1+2+1
    np.testing.assert_array_equal(conv.values[1], np.zeros((4, 4)))
    first, second = pooled.history
    assert (first.name, first.input_shape, first.output_shape) == ("conv s", (1, 6, 6), (2, 4, 4))
    assert (first.weights, first.biases, first.macs) == (18, 2, 18 * 16)
    assert (first.min, first.max, first.mean) == (0, 8, 4)
    assert (second.params, second.output_shape, second.receptive_field) == (0, (2, 2, 2), (4, 4))


def test_history_goes_along_into_the_next_stack():
    (conv,) = run(RAMP, SOBEL)
    (pooled,) = run(conv, Pool("avg", (2, 2)))
    assert [layer.name for layer in pooled.history] == ["conv s", "avg pool"]
    assert pooled.history[1].receptive_field == (4, 4)


def test_what_a_stride_leaves_uncovered():
    (record,) = Stack([Pool("max", (2, 2))]).describe((1, 7, 8))
    assert record.uncovered == (1, 0)
    (record,) = Stack([Conv(np.ones((1, 1, 1, 1)), stride=(4, 4), pad=(0, 3, 0, 0))]).describe((1, 8, 8))
    assert record.uncovered == (3, 3)  # The last window down reads only padding.


def test_a_global_pool_has_the_size_of_its_input():
    (pooled,) = run(RAMP, Pool("avg", None))
    assert pooled.shape == (1, 1, 1)
    assert pooled.values.item() == 2.5
    assert pooled.history[0].kernel_size == (6, 6)


def test_magnitude_joins_pairs_and_keeps_the_rest():
    maps = FeatureMaps(np.array([[[3.0]], [[1.0]], [[4.0]]]), ["s-x", "other", "s-y"])
    (joined,) = run(maps, Magnitude(maps.labels))
    assert joined.labels == ["s magnitude", "other"]
    assert joined.values.ravel().tolist() == [5.0, 1.0]


def test_a_magnitude_beyond_float32_is_infinite_and_no_warning(recwarn):
    maps = FeatureMaps(np.full((2, 1, 1), -3e38, np.float32), ["s-x", "s-y"])
    (joined,) = run(maps, Magnitude(maps.labels))
    assert joined.values.item() == np.inf
    assert not recwarn.list


def test_magnitude_without_a_pair_is_an_error():
    with pytest.raises(ArgumentError, match="pair"):
        Magnitude(["a-x", "b-y"])


@pytest.mark.parametrize(
    ("layer", "kept"),
    [
        (Conv(np.full((1, 1, 2, 2), 0.25, np.float32)), True),
        (Conv(np.full((1, 1, 2, 2), 0.25, np.float32), np.ones(1, np.float32)), False),
        (Conv(np.full((1, 1, 2, 2), 1, np.float32)), False),
        (Pool("max"), True),
        (Pool("lp"), False),
        (Activation("relu"), True),
        (Activation("sigmoid"), False),
    ],
)
def test_which_layers_leave_a_picture_a_picture(layer, kept):
    (after,) = run(RAMP, layer)
    assert after.pictures == (kept,)


def test_brightness_of_grouped_kernels_is_judged_group_by_group():
    maps = FeatureMaps(np.ones((2, 2, 2), np.float32), pictures=[True, False])
    (after,) = run(maps, Conv(np.ones((4, 1, 1, 1), np.float32), groups=2))
    assert after.pictures == (True, True, False, False)


def test_channels_that_do_not_fit():
    with pytest.raises(ArgumentError, match="takes 1 channels, the input has 3"):
        Stack([SOBEL]).describe((3, 6, 6))


def test_what_does_not_fit_is_called_by_its_name():
    with pytest.raises(ArgumentError, match="a window of 6 cells is larger than the input of 5"):
        Stack([Pool("max", (6, 6))]).describe((1, 5, 5))
    with pytest.raises(ArgumentError, match="a kernel of 6 cells is larger than the input of 5"):
        Stack([Conv(np.ones((1, 1, 6, 6)))]).describe((1, 5, 5))


def test_unknown_names():
    with pytest.raises(ArgumentError, match="unknown pooling 'mox'"):
        Stack([Pool("mox")]).describe((1, 4, 4))
    with pytest.raises(ArgumentError, match="unknown activation 'rely'"):
        Stack([Activation("rely")]).describe((1, 4, 4))
