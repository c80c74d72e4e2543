from fractions import Fraction
from math import inf, nan

import pytest

from cnnviz.draw.numbers import NumberFormat, bytes_text, choose, number, ratio_text, signed, span


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([0.0, 1.0, -4.0], ["0", "1", "−4"]),
        ([0.7, 0.78, 0.0], ["0.70", "0.78", "0"]),
        ([-0.001, 0.5], ["0.00", "0.50"]),
        ([9.994, -1.5], ["9.99", "−1.50"]),
        ([12.34, 0.5], ["12.3", "0.5"]),
        ([123.4, -0.6], ["123", "−1"]),
        ([123456.0, -200.0], ["1.2e5", "−2.0e2"]),
        ([0.0012, 0.0], ["1.2e−3", "0"]),
        ([0.004999], ["5.0e−3"]),
        ([0.005], ["0.01"]),
        ([99999.0], ["99999"]),
        ([1e5], ["1.0e5"]),
        ([10.0, 0.5], ["10.0", "0.5"]),
        ([100.0, 0.5], ["100", "0"]),
        ([1.00000001, 0.0], ["1", "0"]),
        ([1.5, nan, inf, -inf], ["1.50", "NaN", "∞", "−∞"]),
        ([], []),
    ],
)
def test_one_matrix_has_one_format(values: list[float], texts: list[str]) -> None:
    form = choose(values)
    assert [form(v) for v in values] == texts


def test_sums_get_one_decimal_more() -> None:
    assert choose([0.5, 0.25], extra=1)(0.75) == "0.750"


def test_nothing_is_minus_zero() -> None:
    assert NumberFormat(2)(-0.004) == "0.00"
    assert NumberFormat(0)(-0.4) == "0"
    assert number(-0.0) == "0"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (-3.75, 3.824, "−3.75 … 3.82"),
        (-0.3, 0.34, "−0.30 … 0.34"),
        (0, 1, "0 … 1"),
        (0, 3.82, "0 … 3.82"),
        (5, 5, "all 5"),
        (0.5, 0.5, "all 0.50"),
        (-2e5, 1.5, "−2.0e5 … 1.5e0"),
    ],
)
def test_a_range_has_equal_decimals(low: float, high: float, expected: str) -> None:
    assert span(low, high) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0 B"), (896, "896 B"), (999, "999 B"), (1000, "1.00 KB"), (108160, "108 KB"), (8490560, "8.49 MB"),
        (999_499, "999 KB"), (999_500, "1.00 MB"), (10_752_000_000, "10.8 GB"), (13_824_000_384_000_000, "13.8 PB"),
        (4 * 10**32, "400 QB"), (4 * 10**40, "4.00e40 B"),
    ],
)  # fmt: skip
def test_bytes_in_powers_of_1000(count: int, expected: str) -> None:
    assert bytes_text(count) == expected


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (1, "1×"), (676, "676×"), (Fraction(2122640, 40), "53 066×"), (Fraction(130, 9), "14.4×"),
        (Fraction(4, 3), "1.33×"), (Fraction(1000, 3), "333×"), (10**6, "1 000 000×"),
        (Fraction(3456000096000000, 224), "15 400 000 000 000×"), (1234567, "1 230 000×"), (1.5, "1.50×"),
        (9_999_999, "10 000 000×"),
    ],
)  # fmt: skip
def test_ratios(ratio: Fraction | float, expected: str) -> None:
    assert ratio_text(ratio) == expected.replace(" ", "\N{NO-BREAK SPACE}")


def test_short_ratios() -> None:
    assert ratio_text(Fraction(10**40, 3), short=True) == "3.33e39×"
    assert ratio_text(676, short=True) == "676×"


def test_small_pieces() -> None:
    assert signed(-5) == "−5"
    assert signed(5) == "5"
