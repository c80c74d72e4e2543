from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from cnnviz.draw import scene, style
from cnnviz.draw.palette import rgb
from cnnviz.draw.png import encode, render


def pixel(image: Image.Image, x: float, y: float) -> tuple[int, ...]:
    return image.getpixel((int(x), int(y)))


def draw(*items: scene.Item, scale: int = 2, card: bool = False) -> Image.Image:
    return render(scene.Scene(100, 60, list(items), card=card), scale)


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_a_filled_rectangle_covers_its_pixels_and_no_more(scale: int) -> None:
    image = draw(scene.Rect(10, 20, 30, 5, fill=style.INPUT), scale=scale)
    filled = (np.asarray(image)[..., :3] == rgb(style.INPUT)).all(axis=2)
    expected = np.zeros_like(filled)
    expected[20 * scale : 25 * scale, 10 * scale : 40 * scale] = True
    assert (filled == expected).all()


def test_a_frame_is_centred_on_its_edge() -> None:
    image = draw(scene.Rect(10, 10, 20, 20, stroke=style.INPUT, line=2))
    row = (np.asarray(image)[40, :, :3] == rgb(style.INPUT)).all(axis=1)
    assert np.flatnonzero(row).tolist() == [18, 19, 20, 21, 58, 59, 60, 61]
    assert pixel(image, 18, 18)[:3] == rgb(style.INPUT)


def test_dashes() -> None:
    image = draw(scene.Rect(10, 10, 28, 20, stroke=style.MUTED, line=1, dash=(4, 3)))
    row = (np.asarray(image)[20, 19:77, :3] == rgb(style.MUTED)).all(axis=1)
    assert row[:8].all()
    assert not row[8:14].any()
    assert row[14:22].all()


@pytest.mark.parametrize("scale", [1, 2])
def test_the_thinnest_line_has_a_pixel(scale: int) -> None:
    image = draw(scene.Lines([(10, 10, 10, 50), (0, 30, 100, 30)], style.GRID, 0.5), scale=scale)
    marked = (np.asarray(image)[..., :3] == rgb(style.GRID)).all(axis=2)
    assert marked[20 * scale].sum() == 1
    assert marked[:, 50 * scale].sum() == 1


def test_a_slanted_line_is_smooth_and_as_wide_as_asked() -> None:
    image = draw(scene.Lines([(10, 10, 50, 37)], "#000000", 4))
    ink = 255 - np.asarray(image.convert("L")).astype(float)
    assert ink.sum() / 255 == pytest.approx(np.hypot(40, 27) * 4 * 4, rel=0.06)
    assert len(np.unique(ink)) > 10


def test_a_circle_is_a_rectangle_with_round_corners() -> None:
    image = draw(scene.Rect(20, 20, 20, 20, fill="#000000", radius=10))
    ink = 255 - np.asarray(image.convert("L")).astype(float)
    assert ink.sum() / 255 == pytest.approx(np.pi * 20**2, rel=0.03)


def test_a_polygon() -> None:
    image = draw(scene.Polygon([(10, 10), (50, 10), (10, 50)], style.OUTPUT))
    assert pixel(image, 40, 40)[:3] == rgb(style.OUTPUT)
    assert pixel(image, 80, 80)[:3] == (255, 255, 255)


def test_text_lies_in_its_box() -> None:
    words = scene.Text(50, 40, "Ågj 0.25 −x", 13, "#000000", anchor="middle")
    image = draw(words)
    rows, columns = np.nonzero(np.asarray(image.convert("L")) < 200)
    left, top, right, bottom = (2 * v for v in words.box)
    assert left - 1 <= columns.min()
    assert columns.max() <= right + 1
    assert rows.max() <= bottom + 1
    assert top - 8 <= rows.min()  # the ring on the Å rises above
    assert columns.min() - left < 4
    assert right - columns.max() < 4


def test_cells_have_hard_edges() -> None:
    pixels = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [9, 9, 9]]], np.uint8)
    image = np.asarray(draw(scene.Image(10, 10, 20, 20, pixels)))[20:60, 20:60, :3]
    assert (image == pixels.repeat(20, axis=0).repeat(20, axis=1)).all()


def test_hatch() -> None:
    image = np.asarray(draw(scene.Hatch(10, 10, 20, 20)))[20:60, 20:60, :3]
    y, x = np.indices((40, 40)) + 20
    lines = (x + y) % 16 < 2
    assert (image[lines] == rgb(style.HATCH)).all()
    assert (image[~lines] == rgb(style.PANEL)).all()


def test_the_card_has_transparent_corners_and_a_border() -> None:
    image = draw(card=True)
    alpha = np.asarray(image)[..., 3]
    assert alpha[0, 0] == alpha[0, -1] == alpha[-1, 0] == alpha[-1, -1] == 0
    assert (alpha[24:-24] == 255).all()
    assert 0 < alpha[:24, :24].mean() < 255
    assert pixel(image, 100, 0) == (*rgb(style.LINE), 255)
    assert pixel(image, 100, 119) == (*rgb(style.LINE), 255)
    assert pixel(image, 100, 3) == (255, 255, 255, 255)
    assert pixel(draw(), 0, 0) == (255, 255, 255, 255)


def test_a_drawing_stays_small() -> None:
    file = BytesIO()
    encode(Image.new("RGB", (1600, 900), style.PAGE), file)
    assert len(file.getvalue()) < 30_000
