import numpy as np
import pytest

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.core.layer import Conv, Pool
from cnnviz.draw import scene, style
from cnnviz.draw.blocks import channels_figure, filters_figure, pooling_figure, settings
from cnnviz.draw.patch import fits, patch_figure
from cnnviz.draw.png import render


def conv(shape, filters=1, kernel=(3, 3), **more):
    weight = np.zeros((filters, shape[0], *kernel), np.float32)
    return Conv(weight, np.zeros(filters, np.float32), **more).describe(shape)


def words(figure):
    return [text.string.replace("\u00a0", " ") for text in figure.texts()]


def sheets(figure, colour):
    return [i for i in figure.items if isinstance(i, scene.Rect) and i.stroke == colour and i.line == style.THUMB_FRAME]


SHAPES = [(3, 224, 224), (1, 5, 5), (512, 14, 40), (2048, 7, 7), (4, 300, 20), (2, 3, 900)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("more", [{}, {"pad": (1, 0, 2, 0), "stride": (2, 1)}, {"dilation": (1, 1), "pad": 1}])
def test_every_text_can_be_read(shape, more, legible):
    legible(channels_figure(conv(shape, **more)))
    for filters in (1, 4, 8, 4096 // shape[0]):
        legible(filters_figure(conv(shape, filters, **more)))
    for pool in (Pool(), Pool("avg", None), Pool("max", (3, 3), stride=(1, 1), pad=1)):
        legible(pooling_figure(pool.describe(shape)))


def test_the_shapes_of_a_bank_are_written_on_it():
    text = words(filters_figure(conv((3, 224, 224), 8)))
    for expected in (
        "8 kernels give 8 maps",
        "conv 3×3, 8 filters, no padding, stride 1",
        "3×224×224",
        "8×3×3×3 weights + 8 biases = 224 parameters",
        "8×222×222",
        "kernel 0",
        "kernel 7",
        "map 7",
    ):
        assert expected in text
    assert "kernel 3" not in text


def test_one_kernel_spans_all_channels():
    figure = channels_figure(conv((3, 224, 224)))
    assert {"3×3×3 = 27 weights", "27 products + 1 bias", "1×222×222"} <= set(words(figure))
    assert len(sheets(figure, style.INPUT)) == 3
    assert len(sheets(figure, style.OUTPUT)) == 1


def test_pooling_leaves_the_channels_alone():
    figure = pooling_figure(Pool().describe((8, 222, 222)))
    assert {"max of 4 values", "0 parameters, 8 channels stay 8", "8×111×111"} <= set(words(figure))
    before, after = sheets(figure, style.INPUT), sheets(figure, style.OUTPUT)
    assert len(before) == len(after) == 8
    assert after[0].width == pytest.approx(before[0].width / 2, rel=0.01)


def test_more_than_eight_sheets_are_said_in_words():
    figure = pooling_figure(Pool().describe((64, 8, 8)))
    assert len(sheets(figure, style.INPUT)) == 8
    assert words(figure).count("8 of 64 drawn") == 2


def test_settings_name_what_was_not_left_as_usual():
    layer = conv((1, 9, 9), pad=(1, 0, 2, 0), stride=(2, 1), dilation=(1, 2))
    assert settings(layer) == "conv 3×3, padding top 1 bottom 0 left 2 right 0, stride 2×1, dilation 1×2"


def test_real_maps_are_drawn_on_the_sheets(legible):
    layer = Conv(np.ones((2, 3, 3, 3), np.float32), map_labels=["first", "second"])
    picture = FeatureMaps(np.random.default_rng(0).random((3, 40, 60), np.float32), pictures=True)
    maps = FeatureMaps(layer.forward(picture.values), ["first", "second"])
    kernels = [FeatureMaps(weight) for weight in layer.weight]
    figure = filters_figure(layer.describe(picture.shape), input=picture, maps=maps, kernels=kernels)
    legible(figure)
    assert {"first", "second"} <= set(words(figure))
    images = [item for item in figure.items if isinstance(item, scene.Image)]
    assert len(images) == 3 + 2 + 2 * 3 + 2
    assert images[0].pixels.shape == (40, 60, 3)
    grey = images[2].pixels.astype(int)  # the front sheet, drawn last
    assert np.abs(grey[..., 0] - 255 * picture.values[0]).max() < 1
    assert render(figure).getbbox()


@pytest.mark.parametrize("shape", [(1, 7, 7), (3, 5, 5), (1, 5, 9), (1, 1, 1), (9, 6, 6)], ids=str)
@pytest.mark.parametrize(
    "more", [{}, {"pad": 1}, {"pad": 2, "dilation": (2, 2), "stride": (2, 2)}, {"pad": (0, 1, 2, 0)}]
)
def test_the_figure_of_one_patch_can_be_read(shape, more, legible):
    kernel = (1, 1) if shape == (1, 1, 1) else (3, 3)
    layer = conv(shape, kernel=kernel, **more)
    assert fits(layer)
    legible(patch_figure(layer))


def test_the_patch_lies_where_its_output_reads():
    figure = patch_figure(conv((1, 7, 7), stride=(2, 2)))
    taps = [i for i in figure.items if isinstance(i, scene.Rect) and i.width == i.height == 44 and not i.stroke]
    # Output (1, 1) of 3×3 reads input cells 2 … 4; the input begins at the margin.
    lefts = sorted({tap.x for tap in taps[:9]})
    tops = sorted({tap.y for tap in taps[:9]})
    assert lefts == [style.MARGIN + 44 * i for i in (2, 3, 4)]
    assert tops == [120 + 44 * i for i in (2, 3, 4)]
    assert "9 products" in words(figure)


def test_an_input_with_cells_too_small_to_see_does_not_fit():
    assert not fits(conv((3, 224, 224)))
