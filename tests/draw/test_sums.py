from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.draw.numbers import NumberFormat
from cnnviz.draw.sums import added, bracketed, joined, products_add_up, shown_sum, value


@pytest.mark.parametrize(
    ("terms", "extra", "shown", "total", "sign"),
    [
        ([1, 2, -3], 0, ["1", "2", "−3"], "0", "="),
        ([0.5, 0.25], 0, ["0.50", "0.25"], "0.75", "="),
        # 0.33 + 0.33 + 0.33 is not 1.00, and with more decimals it is not either: ≈.
        ([1 / 3, 1 / 3, 1 / 3], 0, ["0.33", "0.33", "0.33"], "1.00", "≈"),
        # 0.01 + 0.00 is not 0.02; with three decimals it adds up.
        ([0.0125, 0.0045], 0, ["0.013", "0.005"], "0.017", "≈"),
        ([0.114, 0.114], 0, ["0.114", "0.114"], "0.228", "="),
        ([1e6, 2e6], 0, ["1.0e6", "2.0e6"], "3.0e6", "="),
        ([0.5], 1, ["0.500"], "0.500", "="),
    ],
)
def test_shown_sum(terms, extra, shown, total, sign):
    found = shown_sum(terms, sum(terms), extra=extra)
    if sign == "=":
        assert (found.terms, found.total) == (shown, total)
    assert found.exact == (sum(map(value, found.terms)) == value(found.total))


def test_a_sum_that_never_adds_up_has_the_usual_decimals():
    found = shown_sum([1 / 3, 1 / 3, 1 / 3], 1.0)
    assert (found.total, found.equals) == ("1.00", "≈")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=1, max_size=9))
def test_equal_is_never_claimed_of_what_is_not(terms):
    found = shown_sum(terms, sum(terms))
    assert (found.equals == "=") == (sum((value(t) for t in found.terms), Decimal(0)) == value(found.total))


def test_nan_is_equal_to_nothing():
    assert shown_sum([float("nan"), 1.0], float("nan")).equals == "≈"


def test_infinities_that_undo_each_other_are_nan_as_in_the_values():
    inf = float("inf")
    assert shown_sum([inf, -inf], float("nan")).equals == "≈"
    assert shown_sum([inf, 1.0], inf).equals == "="
    assert added(["∞", "−∞"]).is_nan()
    assert not products_add_up(["0", "1"], ["∞", "2"], "0", "NaN")
    assert not products_add_up(["∞", "−∞"], ["1", "1"], "0", "0")


def test_at_least_so_many_decimals():
    assert shown_sum([0.5, 0.5], 1.0, least=4).form == NumberFormat(4)


def test_a_sum_is_joined_by_its_signs():
    assert joined(["−0.5", "0.2", "−0.1"]) == [("", "−0.5"), ("+", "0.2"), ("−", "0.1")]


def test_negative_factors_stand_in_brackets():
    assert [bracketed(t) for t in ("2", "−2", "0")] == ["2", "(−2)", "0"]


@pytest.mark.parametrize(("total", "adds"), [("2.10", True), ("2.1", True), ("2.11", False)])
def test_products_as_shown(total, adds):
    assert products_add_up(["0.5", "1"], ["−2", "3"], "0.10", total) == adds
