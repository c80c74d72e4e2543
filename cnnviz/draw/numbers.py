"""Numbers as text: one format for every number that is read together.

In a matrix or a range all numbers have the same number of decimals, so that they can be compared at a glance; a true
zero is "0", nothing is ever "−0.00", the minus is the real one (U+2212) and groups of three are parted by a space
that does not break. Needs neither NumPy nor Pillow, so tables on the terminal use it as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from cnnviz.core.wording import grouped

if TYPE_CHECKING:
    from fractions import Fraction

MINUS = "\N{MINUS SIGN}"
TIMES = "\N{MULTIPLICATION SIGN}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
MOST_DECIMALS = 6
INFINITY = "\N{INFINITY}"

ROUNDING = 1e-6
BYTE_UNITS = ("B", "KB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB", "RB", "QB")


class NumberFormat(NamedTuple):
    """How every number of one matrix is written: so many decimals, with or without an exponent."""

    decimals: int
    exponent: bool = False

    def __call__(self, value: float) -> str:
        """Return `value` as text."""
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return INFINITY if value > 0 else MINUS + INFINITY
        if value == 0:
            return "0"
        if self.exponent:
            mantissa, _, power = f"{abs(value):.{self.decimals}e}".partition("e")
            digits = f"{mantissa}e{signed(int(power))}"
        else:
            digits = f"{abs(value):.{self.decimals}f}"
            if not digits.strip("0."):
                return digits
        return MINUS + digits if value < 0 else digits


def choose(values: Iterable[float], extra: int = 0) -> NumberFormat:
    """Return the format in which all of `values` are written.

    Whole numbers, or what only float32 rounding keeps from being whole, have no decimals. Others have, by the largest
    magnitude, two below 10, one below 100, none from there on, and `extra` more; magnitudes from 100 000 up and below
    0.005 are written with an exponent.
    """
    finite = [abs(v) for v in values if math.isfinite(v)]
    largest = max(finite, default=0.0)
    if largest >= 1e5 or 0 < largest < 0.005:
        return NumberFormat(1 + extra, exponent=True)
    if all(abs(v - round(v)) <= ROUNDING * max(v, 1) for v in finite):
        return NumberFormat(0)
    return NumberFormat((2 if largest < 10 else 1 if largest < 100 else 0) + extra)


def number(value: float) -> str:
    """Return one number as text, in the format that suits it alone."""
    return choose([value])(value)


def span(low: float, high: float, form: NumberFormat | None = None) -> str:
    """Return a range as text, "−3.75 … 3.82"; where both ends are one value, "all 5"."""
    given, form = form, form or choose([low, high])
    if low == high:
        return f"all {form(low)}"
    while given is None and form(low) == form(high) and form.decimals < MOST_DECIMALS:
        form = NumberFormat(form.decimals + 1, form.exponent)  # unequal ends are seen to be unequal
    return f"{form(low)} {ELLIPSIS} {form(high)}"


def signed(value: int) -> str:
    """Return a whole number with the real minus."""
    return f"{MINUS}{-value}" if value < 0 else str(value)


def bytes_text(count: int) -> str:
    """Return a number of bytes in powers of 1000, rounded to three digits: 896 B, 108 KB, 8.49 MB."""
    if count < 1000:
        return f"{count} {BYTE_UNITS[0]}"
    from fractions import Fraction

    digits, power = _three_digits(Fraction(count))
    unit = min(power // 3, len(BYTE_UNITS) - 1)
    if power > 3 * unit + 2:  # beyond the last unit that has a name
        return f"{_plain(digits, 0, 2)}e{power} {BYTE_UNITS[0]}"
    shift = power - 3 * unit
    return f"{_plain(digits, shift, 2 - shift)} {BYTE_UNITS[unit]}"


def ratio_text(ratio: Fraction | float, *, short: bool = False) -> str:
    """Return how many times: 676×; exact where whole, above a million rounded to three digits (short: 1.54e13×)."""
    from fractions import Fraction

    exact = Fraction(ratio)
    if exact > 10**6:
        digits, power = _three_digits(exact)
        return (f"{_plain(digits, 0, 2)}e{power}" if short else grouped(digits * 10 ** (power - 2))) + TIMES
    decimals = 0 if exact.denominator == 1 or exact >= 100 else 2 if exact < 10 else 1
    return (f"{float(exact):.{decimals}f}" if decimals else grouped(round(exact))) + TIMES


def percent(part: float) -> str:
    """Return a part of 1 in percent, never as 0 or 100 where it is not quite."""
    value = 100 * part
    if value in (0, 100):
        return f"{value:.0f} %"
    if value < 0.01:
        return "<0.01 %"
    if value > 99.5:
        return ">99 %"
    return f"{value:.{2 if value < 0.95 else 1 if value < 9.95 else 0}f} %"


def _three_digits(value: Fraction) -> tuple[int, int]:
    """Return (digits, power) with value ≈ digits / 100 · 10^power and 100 <= digits <= 999, for value >= 100."""
    power = len(str(int(value))) - 1
    digits = round(value / 10 ** (power - 2))
    return (digits // 10, power + 1) if digits == 1000 else (digits, power)


def _plain(digits: int, shift: int, decimals: int) -> str:
    """Return digits / 100 · 10^shift with so many decimals."""
    text = str(digits)
    whole, rest = text[: shift + 1], text[shift + 1 :]
    return f"{whole}.{rest[:decimals]}" if decimals else whole
