import numpy as np

from cnnviz import FeatureMaps
from cnnviz.core.explain import explain, never_read
from cnnviz.core.layer import Activation, Conv, Pool
from cnnviz.core.stack import Stack


def sentences(*layers, shape=(3, 8, 9)):
    return [text for e in explain(Stack(layers).describe(shape)) for text in e.sentences]


def conv(maps=2, channels=3, size=(3, 3), **options):
    return Conv(np.ones((maps, channels, *size), np.float32), np.zeros(maps, np.float32), **options)


def has(texts, *parts):
    assert any(all(part in text for part in parts) for text in texts), "\n".join(texts)


def test_the_size_formula_is_filled_in_for_each_axis():
    texts = sentences(conv(stride=(2, 1), pad=(1, 1, 0, 2)))
    assert "  height: floor((8 + 1 + 1 − 3) ÷ 2) + 1 = 4" in texts
    assert "  width: floor((9 + 0 + 2 − 3) ÷ 1) + 1 = 9" in texts


def test_the_formula_says_what_dilation_and_ceil_do():
    has(sentences(conv(dilation=(2, 2))), "height: floor((8 + 0 + 0 − 5)", "2·(3 − 1) + 1 = 5")
    has(sentences(Pool("max", (2, 2), ceil=True)), "width: ceil((9 + 0 + 0 − 2) ÷ 2) + 1 = 5")
    has(sentences(Pool("max", (2, 2), stride=(2, 2), pad=(1, 1), ceil=True)), "+ 1 − 1 = 5", "beyond the input")


def test_filled_in_formulas_are_true():
    for layer in (conv(stride=(3, 2), pad=1), Pool("avg", (3, 2), stride=(2, 3), ceil=True), conv(dilation=(2, 3))):
        for text in sentences(layer, shape=(3, 11, 14)):
            if ": floor(" in text or ": ceil(" in text:
                formula, _, result = text.split(": ")[1].split("   ")[0].rpartition(" = ")
                room, stride = formula.split("((")[1].split(") ÷ ")
                quotient = eval(room.replace("−", "-")) / int(stride.split(")")[0])
                whole = np.ceil(quotient) if "ceil" in formula else np.floor(quotient)
                assert whole + 1 - formula.endswith("− 1") == int(result)


def test_one_kernel_gives_one_map_and_sharing_saves():
    texts = sentences(conv(pad=1, channels=3))
    has(texts, "a slice for each of 3 channels", "added up", "one kernel gives one map")
    has(texts, "2 kernels give 2 output feature maps")
    has(texts, "27 weights", "72 places", "54 + 2 = 56 parameters")
    # 2·8·9 outputs: each with 27 weights and a bias of its own, or with all 216 inputs and a bias.
    has(texts, "4\u00a0032", "31\u00a0248")


def test_padding_and_stride_in_words():
    has(sentences(conv(pad=1)), "a ring of 1 cell", "the fixed value 0", "8×9 becomes 10×11", "keep the size")
    has(sentences(conv(pad=(0, 1, 0, 0), pad_mode="reflect")), "1 at the bottom", "mirrored")
    has(sentences(conv()), "No padding")
    has(sentences(conv(stride=(2, 2))), "Stride 2")
    has(sentences(conv(stride=(2, 2))), "The last row is never read")


def test_depthwise():
    depthwise = Conv(np.ones((6, 1, 3, 3), np.float32), groups=3)
    has(sentences(depthwise), "each of the 3 channels is filtered by itself", "2 kernels each", "6 output feature maps")


def test_pooling_has_no_weights_and_keeps_channels():
    texts = sentences(Pool("max"))
    has(texts, "3 maps in, 3 out")
    has(texts, "no weights", "0 parameters")
    has(texts, "one value stands for each 2×2 patch", "72 values per map become 16")


def test_every_layer_has_a_heading():
    titles = [e.title for e in explain(Stack([conv(name="conv a"), Activation(), Pool()]).describe((3, 8, 8)))]
    assert titles == ["conv a", "relu", "max pool"]


def test_never_read_names_ends_and_gaps():
    def notes(kernel, stride, size):
        return never_read(Stack([Pool("max", kernel, stride)]).describe((1, *size))[0])

    assert notes((2, 2), (2, 2), (4, 5)) == ["the last column is never read"]
    assert notes((2, 2), (2, 2), (4, 4)) == []
    assert notes((1, 2), (3, 2), (9, 4)) == [
        "the last 2 rows are never read",
        "2 of every 3 rows lie between windows and are never read",
    ]


def test_never_read_counts_what_dilation_and_padding_leave():
    def notes(layer, *size):
        return never_read(Stack([layer]).describe((1, *size))[0])

    dilated = Pool("max", (2, 2), (1, 1), dilation=(3, 3))
    assert notes(dilated, 5, 4) == [
        "1 row lies between cells that are read and is never read",
        "2 columns lie between cells that are read and are never read",
    ]
    assert notes(Pool("max", (3, 3), (2, 2), dilation=(2, 2)), 9, 5) == [
        "4 rows lie between cells that are read and are never read",
        "2 columns lie between cells that are read and are never read",
    ]
    in_padding = Conv(np.ones((1, 1, 1, 1), np.float32), stride=(4, 4), pad=(0, 3, 0, 3))
    assert notes(in_padding, 8, 4) == [
        "the last 3 rows are never read",
        "3 of every 4 rows lie between windows and are never read",
        "the last 3 columns are never read",
    ]


def test_maps_of_feature_maps_are_explained_from_their_history():
    (after,) = Stack([Pool()]).run(FeatureMaps(np.zeros((1, 4, 4))))
    assert [e.title for e in explain(after.history)] == ["max pool"]
