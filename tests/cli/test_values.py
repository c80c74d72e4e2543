import pytest

from cnnviz.cli import values
from cnnviz.errors import UsageError


@pytest.mark.parametrize(("text", "expected"), [("2", (2, 2)), ("2,3", (2, 3)), ("2x3", (2, 3)), (" 2 × 3 ", (2, 3))])
def test_pairs(text, expected):
    assert values.pair(text, "--stride") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1),
        ("1,2", (1, 2)),
        ("1,2,3,4", (1, 2, 3, 4)),
        ("top=1", (1, 0, 0, 0)),
        ("left=3, bottom=2", (0, 2, 3, 0)),
        ("Same", "same"),
        ("same-lower", "same-lower"),
    ],
)
def test_padding(text, expected):
    assert values.pad(text, "--pad") == expected


def test_the_rest():
    assert values.crop("1,2,3x4", "--crop") == (1, 2, 3, 4)
    assert values.resize("64", "--resize") == 64
    assert values.resize("3x4", "--resize") == (3, 4)
    assert values.shape("3x224x224", "--input") == (3, 224, 224)
    assert values.limits("-1,1", "--range") == (-1, 1)
    assert values.numbers("0.5,−2,1e3", "--bias") == [0.5, -2, 1000]
    assert values.choice("RELU", ["none", "relu"], "-a") == "relu"


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (values.pair, "2,3,4"),
        (values.pair, ""),
        (values.pair, "0"),
        (values.pair, "1e3"),
        (values.pair, "9" * 30),
        (values.pad, "top"),
        (values.pad, "top=x"),
        (values.pad, "1,2,3"),
        (values.pad, "-1"),
        (values.crop, "1,2,3"),
        (values.crop, "1,2,0x3"),
        (values.resize, "1x2x3"),
        (values.shape, "3x3"),
        (values.limits, "1,1"),
        (values.limits, "1"),
        (values.numbers, "nan"),
        (values.numbers, "1e39"),
        (values.numbers, "1,,2"),
    ],
)
def test_what_cannot_be_names_the_option(read, text):
    with pytest.raises(UsageError, match="--option"):
        read(text, "--option")
