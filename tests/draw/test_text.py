import pytest

from cnnviz.draw import text


def test_width_scales_with_size() -> None:
    assert text.width("sobel-x", 26) == pytest.approx(2 * text.width("sobel-x", 13))
    assert text.width("sobel-x", 13, bold=True) > text.width("sobel-x", 13)
    assert text.width("", 13) == 0


def test_digits_are_of_one_width() -> None:
    assert len({text.width(digit, 12) for digit in "0123456789"}) == 1


def test_the_font_has_what_it_is_said_to_have() -> None:
    for path in (text.REGULAR, text.SEMIBOLD):
        lacking = [c for c in text.COVERED if not c.isspace() and not text._has(path, c)]
        assert not lacking
        assert not text._has(path, "照")


@pytest.mark.parametrize("room", [10, 40, 60, 100, 150])
def test_shortened_text_fits_and_keeps_both_ends(room: float) -> None:
    name = "holiday_photo_of_the_year_2041.png"
    cut = text.shorten(name, 13, room)
    assert text.width(cut, 13) <= room
    head, _, tail = cut.partition("…")
    assert name.startswith(head)
    assert name.endswith(tail)
    longer = f"{name[: len(head) + 1]}…{name[len(name) - len(tail) - 1 :]}"
    assert text.width(longer, 13) > room


def test_short_enough_text_stays() -> None:
    assert text.shorten("input", 13, 100) == "input"
    assert text.shorten("input", 13, 1) == ""


def test_lines_fit() -> None:
    words = "one scale for all maps; the 0.5 % of values beyond ±2.16 look alike"
    lines = text.wrap(words, 12, 150)
    assert " ".join(lines) == words
    assert len(lines) > 2
    assert all(text.width(line, 12) <= 150 for line in lines)


def test_a_character_that_no_font_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "_system_fonts", lambda: ())
    monkeypatch.setattr(text, "_fallback", text._fallback.__wrapped__)
    text._glyph.cache_clear()
    try:
        assert text._glyph("照", bold=False)[0] == "?"
        assert text._glyph("\n", bold=False)[0] == "?"
        assert text._glyph("é", bold=False)[0] == "é"
    finally:
        text._glyph.cache_clear()


def test_a_character_that_another_font_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "COVERED", text.COVERED - {"é"})
    monkeypatch.setattr(text, "_system_fonts", lambda: (text.SEMIBOLD,))
    monkeypatch.setattr(text, "_fallback", text._fallback.__wrapped__)
    text._glyph.cache_clear()
    try:
        assert text._glyph("é", bold=False)[:2] == ("é", text.SEMIBOLD)
    finally:
        text._glyph.cache_clear()
