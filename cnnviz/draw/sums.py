"""Sums that add up on the page: the rounded terms that are shown add up to the rounded result that is shown.

Where the usual decimals do not do it, more are taken, up to six; where even those do not, the sum is marked ≈.
Needs neither NumPy nor Pillow, so the terminal uses it as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Context, Decimal, InvalidOperation, localcontext
from typing import NamedTuple

from cnnviz.draw.numbers import MINUS, NumberFormat, choose

MOST_DECIMALS = 6
_NAN_FOR_UNDEFINED = Context(traps=[])  # ∞ − ∞ and 0·∞ are NaN, as they are in the values themselves


class ShownSum(NamedTuple):
    """A sum as text; `exact` says whether the terms, as shown, add up to the total, as shown."""

    terms: list[str]
    total: str
    exact: bool
    form: NumberFormat

    @property
    def equals(self) -> str:
        """The sign before the total."""
        return "=" if self.exact else "≈"


def shown_sum(terms: Sequence[float], total: float, *, extra: int = 0, least: int = 0) -> ShownSum:
    """Return a sum in one format: the usual decimals and `extra` more, `least` at least, or as many as it takes."""
    usual = choose([*terms, total], extra)
    first = _shown(terms, total, NumberFormat(max(usual.decimals, least), usual.exponent))
    if first.exact or not all(map(math.isfinite, (*terms, total))):
        return first
    for decimals in range(first.form.decimals + 1, MOST_DECIMALS + 1):
        more = _shown(terms, total, NumberFormat(decimals, usual.exponent))
        if more.exact:
            return more
    return first


def _shown(terms: Sequence[float], total: float, form: NumberFormat) -> ShownSum:
    texts, result = [form(term) for term in terms], form(total)
    return ShownSum(texts, result, value(result) == added(texts), form)


def value(text: str) -> Decimal:
    """Return the number that a text shows; NaN is never equal to anything."""
    try:
        return Decimal(text.replace(MINUS, "-").replace("∞", "inf"))
    except InvalidOperation:
        return Decimal("nan")


def added(texts: Iterable[str]) -> Decimal:
    """Return the sum of numbers as they are shown."""
    with localcontext(_NAN_FOR_UNDEFINED):
        return sum(map(value, texts), Decimal(0))


def products_add_up(left: Sequence[str], right: Sequence[str], rest: str, total: str) -> bool:
    """Return whether Σ left · right + rest, as all of them are shown, is the total as shown."""
    with localcontext(_NAN_FOR_UNDEFINED):
        terms = (value(a) * value(b) for a, b in zip(left, right, strict=True))
        return sum(terms, value(rest)) == value(total)


def joined(terms: Sequence[str]) -> list[tuple[str, str]]:
    """Return (operator, number) for each term of a sum: ("", "−0.003"), ("−", "0.007"), ("+", "0.1")."""
    out = []
    for i, term in enumerate(terms):
        if i == 0:
            out.append(("", term))
        elif term.startswith(MINUS):
            out.append((MINUS, term[1:]))
        else:
            out.append(("+", term))
    return out


def bracketed(weight: str) -> str:
    """Return a factor, in brackets where it is negative: 1·(−2)."""
    return f"({weight})" if weight.startswith(MINUS) else weight
