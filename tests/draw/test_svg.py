"""The SVG writer, read back by an XML parser and a PNG decoder."""

from __future__ import annotations

import base64
import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from cnnviz.draw import scene, style, svg

NAMESPACE = "{http://www.w3.org/2000/svg}"
STYLE_FREE = {"style", "class", "onload", "id"}


def drawn(*items: scene.Item, **more: object) -> ElementTree.Element:
    figure = scene.Scene(200, 100, list(items), **more)  # type: ignore[arg-type]
    return ElementTree.fromstring(svg.render(figure, metadata='{"version": 1}'))


def only(root: ElementTree.Element, name: str) -> ElementTree.Element:
    (found,) = root.findall(NAMESPACE + name)
    return found


ONE_OF_EACH = (
    scene.Rect(10, 10, 30, 20, fill="#112233", stroke="#445566", line=2, dash=(4, 3)),
    scene.Rect(10, 10, 18, 18, fill="#112233", radius=9),
    scene.Polygon([(0, 0), (8, 4), (0, 8)], fill="#57606A"),
    scene.Lines([(0, 0, 10, 10), (0, 5, 10, 5)], "#57606A", 1.5),
    scene.Text(20, 40, "3×5 → 1", 13, style.MUTED, bold=True, anchor="middle"),
    scene.Image(50, 50, 20, 10, np.zeros((2, 4, 3), np.uint8)),
    scene.Hatch(100, 20, 30, 30),
)


def test_svg_says_its_size_and_what_is_on_it() -> None:
    root = drawn(*ONE_OF_EACH, title="A & B", description="Two <maps>.")
    assert root.get("viewBox") == "0 0 200 100"
    assert (root.get("width"), root.get("height"), root.get("role")) == ("200", "100", "img")
    assert only(root, "title").text == "A & B"
    assert only(root, "desc").text == "Two <maps>."
    assert only(root, "metadata").text == '{"version": 1}'
    first = next(child for child in root if child.tag == NAMESPACE + "rect")
    assert (first.get("rx"), first.get("fill"), first.get("stroke")) == ("12", style.PAGE, style.LINE)


def test_svg_without_card_has_no_border() -> None:
    page = only(drawn(card=False), "rect")
    assert (page.get("width"), page.get("height"), page.get("stroke"), page.get("rx")) == ("200", "100", None, None)


def test_svg_has_neither_styles_nor_links_nor_ids() -> None:
    for element in drawn(*ONE_OF_EACH).iter():
        assert element.tag.removeprefix(NAMESPACE) not in {"style", "script", "a", "use", "foreignObject"}
        assert not STYLE_FREE & set(element.attrib)
        assert element.get("href", "data:").startswith("data:image/png;base64,") or element.get("href") is None


def test_svg_lengths_have_one_decimal_at_most() -> None:
    markup = re.sub(r'href="[^"]*"', "", svg.render(scene.Scene(200, 100, list(ONE_OF_EACH))))
    assert not re.search(r"\d\.\d\d", markup)
    assert "-0 " not in markup.replace("M-0", "")


def test_svg_text_has_its_measured_width() -> None:
    item = scene.Text(20, 40, "a < b & c", 13, style.INPUT, bold=True, anchor="end")
    text = only(drawn(item), "text")
    assert text.text == "a < b & c"
    assert float(text.get("textLength") or 0) == pytest.approx(item.width, abs=0.06)
    assert text.get("lengthAdjust") == "spacingAndGlyphs"
    assert (text.get("text-anchor"), text.get("font-weight"), text.get("font-size")) == ("end", "600", "13")


@pytest.mark.parametrize(
    ("string", "shown"), [("a\x1b[31m\x00b", "a?[31m?b"), ("\udcff\ufffe", "??"), ("名前", "名前"), ("a  b", "a  b")]
)
def test_svg_text_from_outside_stays_text(string: str, shown: str) -> None:
    assert only(drawn(scene.Text(0, 10, string)), "text").text == shown


def test_svg_leaves_empty_text_out() -> None:
    assert not drawn(scene.Text(0, 10, " ")).findall(NAMESPACE + "text")


def test_svg_image_holds_its_pixels_with_hard_edges() -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3) * 10
    image = only(drawn(scene.Image(50, 50, 20, 10, pixels)), "image")
    assert (image.get("image-rendering"), image.get("preserveAspectRatio")) == ("pixelated", "none")
    data = base64.b64decode((image.get("href") or "").partition(",")[2])
    found = np.asarray(Image.open(io.BytesIO(data)))
    assert found.shape == (20, 40, 3)
    np.testing.assert_array_equal(found[5::10, 5::10], pixels)
    assert len(np.unique(found.reshape(-1, 3), axis=0)) == 8


def test_svg_image_of_many_pixels_is_not_enlarged() -> None:
    pixels = np.zeros((90, 90), np.uint8)
    data = base64.b64decode((only(drawn(scene.Image(0, 0, 45, 45, pixels)), "image").get("href") or "")[22:])
    assert Image.open(io.BytesIO(data)).size == (90, 90)


@pytest.mark.parametrize(("line", "place"), [(0.5, 0.5), (1, 0.5), (1.5, 0), (2, 0), (3, 0.5)])
def test_svg_upright_strokes_lie_on_whole_pixels(line: float, place: float) -> None:
    root = drawn(scene.Lines([(10, 20, 10, 40)], "#000000", line), scene.Rect(10, 20, 30, 40, stroke="#000", line=line))
    x = float((only(root, "path").get("d") or "").partition("M")[2].partition(" ")[0])
    frame = root.findall(NAMESPACE + "rect")[-1]
    assert x % 1 == place == float(frame.get("x") or 0) % 1
    assert (frame.get("width"), frame.get("height"), frame.get("fill")) == ("30", "40", "none")


def test_svg_hatch_stays_within_its_box() -> None:
    box = scene.Hatch(101, 23, 30, 17)
    path = only(drawn(box), "path").get("d") or ""
    ends = np.array([[float(v) for v in pair.split()] for pair in re.split("[ML]", path)[1:]])
    assert len(ends) == 2 * 6  # x + y = 128, 136, …, 168
    assert (ends.sum(axis=1) % 8 == 0).all()
    assert (ends[:, 0] >= 101).all()
    assert (ends[:, 0] <= 131).all()
    assert (ends[:, 1] >= 23).all()
    assert (ends[:, 1] <= 40).all()


def test_svg_refuses_what_it_does_not_know() -> None:
    with pytest.raises(TypeError, match="int"):
        list(svg.markup(3))
