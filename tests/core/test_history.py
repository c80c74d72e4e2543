import json

import pytest

from cnnviz.core.history import LayerRecord
from cnnviz.errors import ArgumentError

CONV = LayerRecord(
    name="conv sobel",
    type="conv",
    input_shape=(3, 8, 9),
    output_shape=(2, 8, 5),
    kernel_size=(3, 3),
    stride=(1, 2),
    pad=(1, 1, 0, 2),
    pad_mode="constant",
    pad_value=0.5,
    dilation=(1, 1),
    groups=1,
    weights=54,
    biases=2,
    macs=10**18,
    receptive_field=(3, 3),
    uncovered=(0, 1),
    min=-1.0,
    max=2.5,
    mean=0.0,
    nan=3,
)


def test_json_and_back():
    assert LayerRecord.from_json(json.loads(json.dumps(CONV.to_json()))) == CONV


def test_an_infinite_power_is_written_in_strict_json():
    pool = CONV._replace(type="pool", mode="lp", p=float("inf"), groups=None, output_shape=(3, 8, 5))
    text = json.dumps(pool.to_json(), allow_nan=False)
    assert LayerRecord.from_json(json.loads(text)) == pool


def test_json_has_the_sum_of_parameters_and_leaves_out_what_does_not_apply():
    data = LayerRecord(name="relu", type="activation", input_shape=(1, 2, 2), output_shape=(1, 2, 2)).to_json()
    assert data["params"] == 0
    assert "kernel_size" not in data
    assert data["min"] is None
    assert CONV.to_json()["params"] == 56


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": 3}, "'name'"),
        ({"type": "magic"}, "magic"),
        ({"input_shape": [1, 2]}, "'input_shape'"),
        ({"input_shape": None}, "no 'input_shape'"),
        ({"stride": [1, -1]}, "'stride'"),
        ({"weights": True}, "'weights'"),
        ({"max": 10**400}, "'max'"),
        ({"p": "2"}, "'p'"),
        ({"p": float("inf")}, "'p'"),
        ({"ceil": 1}, "'ceil'"),
        ({"pad": [[1]] * 4}, "'pad'"),
        *(({key: None}, f"no '{key}'") for key in ("kernel_size", "stride", "pad", "dilation", "uncovered", "groups")),
        ({"type": "pool"}, "no 'mode'"),
        ({"type": "activation"}, "no 'mode'"),
        *(({key: [0, 1]}, f"'{key}' .* from 1 up") for key in ("kernel_size", "stride", "dilation")),
        ({"output_shape": [2, 0, 5]}, "'output_shape' .* from 1 up"),
        ({"macs": 2**63}, "'macs'"),
        ({"params": 57}, "'params'"),
        ({"params": "56"}, "'params'"),
        ({"output_shape": [2, 8, 6]}, "contradict"),
        ({"output_shape": [2, 7, 5]}, "contradict"),
        ({"pad": [1, 1, 0, 3], "kernel_size": [3, 1]}, "contradict"),
        ({"kernel_size": [3, 30]}, "larger than"),
        ({"groups": 2}, "contradict"),
        ({"type": "pool", "mode": "max"}, "contradict"),
        ({"type": "magnitude", "kernel_size": None}, "contradict"),
    ],
)
def test_a_mistyped_record_is_refused(change, message):
    with pytest.raises(ArgumentError, match=message):
        LayerRecord.from_json({**CONV.to_json(), **change})


def test_what_is_no_object_is_refused():
    with pytest.raises(ArgumentError, match="not an object"):
        LayerRecord.from_json([1])


def test_every_type_comes_back():
    window = {"kernel_size": (2, 3), "stride": (2, 2), "pad": (0, 1, 1, 0), "dilation": (1, 1), "uncovered": (0, 0)}
    for record in (
        LayerRecord(name="relu", type="activation", mode="relu", input_shape=(2, 3, 4), output_shape=(2, 3, 4)),
        LayerRecord(name="magnitude", type="magnitude", input_shape=(2, 3, 4), output_shape=(1, 3, 4)),
        LayerRecord(
            name="p", type="pool", mode="max", input_shape=(2, 5, 5), output_shape=(2, 3, 3), ceil=True, **window
        ),
    ):
        assert LayerRecord.from_json(record.to_json()) == record
