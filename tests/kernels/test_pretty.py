"""How a kernel is written for people."""

import pytest

from cnnviz.kernels.grammar import kernel
from cnnviz.kernels.pretty import pretty


def shown(spec):
    factor, rows = pretty(kernel(spec)[0][0])
    return factor, [" ".join(row) for row in rows]


def test_whole_numbers_have_no_point():
    assert shown("sobel-x") == ("", ["−1  0  1", "−2  0  2", "−1  0  1"])


def test_equal_fractions_have_a_factor():
    assert shown("box") == ("1/9", ["1 1 1"] * 3)
    assert shown("1/16 * 1 2 1; 2 4 2; 1 2 1") == ("1/16", ["1 2 1", "2 4 2", "1 2 1"])
    assert shown("0.5 -1") == ("1/2", [" 1 −2"])


def test_others_have_the_same_decimals_everywhere():
    assert shown("0.7 -0.25; 0 1.5") == ("", [" 0.700 −0.250", "     0  1.500"])
    factor, rows = shown("gaussian:3")
    assert factor == ""
    assert rows[1] == "0.1248 0.2725 0.1248"


def test_extremes():
    assert shown("0 0; 0 0") == ("", ["0 0", "0 0"])
    assert shown("123456.7 2") == ("", ["1.23e+05        2"])
    assert shown("0.00012 1e-5") == ("", ["0.00012   1e−05"])
    assert shown("100000 -7") == ("", ["100000     −7"])
    assert shown("0.5 -1e-9 0") == ("", ["0.5000 0.0000      0"])
    assert shown("10000.5 1") == ("", ["10000     1"])


@pytest.mark.parametrize("spec", ["1e-30 1", "3e38 -3e38", "1e-45", "0.1 1e-9"])
def test_any_numbers_can_be_shown(spec):
    factor, rows = shown(spec)
    assert rows
    assert "nan" not in factor + "".join(rows)
