"""What files and users name is printed as text, never obeyed."""

import pytest

from cnnviz.errors import printable, quoted


@pytest.mark.parametrize(
    "text", ["photo.png", "漢字 – é ½", "-o", "<b>[red]", "a\u202fb", "می\u200cخواهم", "👨\u200d👩\u200d👧", "C:\\x"]
)
def test_what_can_be_seen_stays(text):
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb\r\t", "a\\nb\\r\\t"),
        ("\x9b1m", "\\x9b1m"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u2066x\u2069", "\\u2066x\\u2069"),
        ("\udcff.png", "\\xff.png"),
        ("\ud800", "\\ud800"),
        ("\u2028", "\\u2028"),
        ("\x00", "\\x00"),
        ("\U000e0041", "\\U000e0041"),
        ("\ufeff", "\\ufeff"),
    ],
)
def test_what_would_be_obeyed_is_escaped(text, shown):
    assert printable(text) == shown
    assert printable(text).encode("utf-8")


def test_quoted_shortens_the_middle():
    assert quoted("sobl") == "'sobl'"
    assert quoted("a" * 30 + "\n" + "b" * 300) == f"'{'a' * 29}…{'b' * 29}'"
    assert quoted("\n") == "'\\n'"
