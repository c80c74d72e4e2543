import numpy as np
import pytest

from cnnviz import CnnvizError, FeatureMaps
from cnnviz.core.layer import Pool
from cnnviz.core.stack import Stack
from cnnviz.errors import ArgumentError


def test_a_flat_array_is_one_map():
    maps = FeatureMaps([[1, 2], [3, 4]])
    assert maps.shape == (1, 2, 2)
    assert maps.labels == ["map 0"]
    assert maps.values.dtype == np.float32


@pytest.mark.parametrize(
    ("given", "kept"),
    [("float64", "float64"), ("float32", "float32"), ("float16", "float32"), ("uint8", "float32"), ("bool", "float32")],
)
def test_types(given, kept):
    assert FeatureMaps(np.ones((2, 3, 3), given)).values.dtype == kept


def test_numpy_reads_them_as_an_array():
    values = np.arange(8.0).reshape(2, 2, 2)
    np.testing.assert_array_equal(np.asarray(FeatureMaps(values)), values)


@pytest.mark.parametrize(
    ("values", "labels", "message"),
    [
        (np.ones((2, 3, 3), complex), None, "real numbers"),
        (np.ones((1, 2, 3, 3)), None, "shape"),
        (np.ones((0, 3, 3)), None, "empty axis"),
        ([["a"]], None, "real numbers"),
        (np.ones((2, 3, 3)), ["only one"], "1 labels for 2 maps"),
    ],
)
def test_what_cannot_be_maps_is_refused(values, labels, message):
    with pytest.raises(CnnvizError, match=message):
        FeatureMaps(values, labels)


def test_a_single_record_is_no_history():
    maps = Stack([Pool()]).run(FeatureMaps(np.ones((1, 4, 4))))
    (record,) = next(maps).history
    with pytest.raises(ArgumentError, match="sequence of LayerRecord"):
        FeatureMaps(np.ones((1, 2, 2)), history=record)
