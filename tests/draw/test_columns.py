import pytest

from cnnviz.draw import style
from cnnviz.draw.columns import best_columns, scaled_slots, slots


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 3), (7, 4), (8, 4), (9, 3), (10, 5), (11, 3), (12, 3),
     (13, 5), (14, 5), (16, 4), (17, 6), (24, 4), (25, 5), (40, 4), (41, 8), (513, 8)],
)  # fmt: skip
def test_columns_leave_the_fewest_places_empty(count: int, expected: int) -> None:
    assert best_columns(count) == expected


@pytest.mark.parametrize(("count", "tile"), [(1, 240), (2, 240), (3, 240), (4, 176), (5, 137), (18, 112), (64, 80)])
def test_tiles(count: int, tile: float) -> None:
    place = slots(count, (512, 512), 0)
    assert place.width == tile
    assert place.left(place.columns - 1) + place.width <= style.CARD - style.MARGIN
    assert all(place.left(i + 1) - place.left(i) >= tile + 15 for i in range(place.columns - 1))


def test_a_tile_is_not_much_taller_than_wide() -> None:
    assert slots(3, (300, 100), 0).height == 1.5 * 240
    assert slots(1, (300, 100), 0).height == 1.5 * 240


def test_columns_on_request() -> None:
    assert slots(9, (5, 5), 0, columns=2).width == 368
    assert slots(9, (5, 5), 0, columns=1).width == 368
    assert slots(3, (5, 5), 0, columns=9).columns == 3
    assert slots(99, (5, 5), 0, columns=99).width == 48


def test_strips() -> None:
    assert slots(3, (20, 2000), 0).columns == 1
    assert slots(3, (20, 2000), 0).width == style.CONTENT
    tall = slots(9, (2000, 20), 100)
    assert tall.width == 100
    assert tall.columns == 6
    assert tall.height == 480


def test_given_sizes() -> None:
    place = scaled_slots(3, [300.0, 298.0, 298.0], 50.0)
    assert (place.columns, place.width, place.content) == (3, 300, 932)
