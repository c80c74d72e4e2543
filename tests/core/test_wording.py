import pytest

from cnnviz.core.wording import grouped, plural, times


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (999, "999"), (1000, "1 000"), (-1234567, "−1 234 567"), (10**40, "10" + " 000" * 13)],
)
def test_groups_of_three_never_break(value, expected):
    assert grouped(value) == expected.replace(" ", "\N{NO-BREAK SPACE}")


def test_shapes_and_plurals():
    assert times((3, 512, 512)) == "3×512×512"
    assert [plural(n, "map") for n in (0, 1, 2)] == ["0 maps", "1 map", "2 maps"]
