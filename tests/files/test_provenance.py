"""What cnnviz writes into its files, and how it recognises them."""

import io

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.files.maps import encode_npz
from cnnviz.files.provenance import KEYWORD, Record, made_from, of_png

RECORD = Record(
    command="conv",
    source="fo\u00f6\udcff.png",
    source_id="ab" * 32,
    maps="foto.conv.npz",
    shapes=[[3, 4, 5]],
    ranges=[[0, 1.5]],
)


def png(text=None, **options):
    info = PngInfo()
    if text is not None:
        info.add_text("Description", "a picture")
        info.add_text(KEYWORD, text)
    buffer = io.BytesIO()
    Image.new("L", (3, 2)).save(buffer, "PNG", pnginfo=info, **options)
    return buffer.getvalue()


def test_a_png_says_what_it_was_made_from(tmp_path):
    assert RECORD.to_text().isascii()
    found = of_png(io.BytesIO(png(RECORD.to_text())))
    assert found is not None
    assert (found.command, found.source, found.source_id, found.maps) == (
        "conv",
        RECORD.source,
        "ab" * 32,
        "foto.conv.npz",
    )
    (tmp_path / "a.png").write_bytes(png(RECORD.to_text()))
    assert made_from(tmp_path / "a.png") == "ab" * 32


def test_saved_maps_say_it_too(tmp_path):
    with (tmp_path / "a.npz").open("wb") as file:
        encode_npz(FeatureMaps([[1.0]]), file, "cd" * 32)
    assert made_from(tmp_path / "a.npz") == "cd" * 32


def test_other_files_are_nobodys(tmp_path):
    for name, data in [
        ("a.png", png()),
        ("b", b"hello"),
        ("c", b""),
        ("d.npz", b"PK\x03\x04..."),
        ("e.png", png()[:20]),
    ]:
        (tmp_path / name).write_bytes(data)
        assert made_from(tmp_path / name) is None
    assert made_from(tmp_path / "missing") is None
    assert made_from(tmp_path) is None
    assert of_png(io.BytesIO(png())) is None


@pytest.mark.parametrize("text", ["", "not json", "[]", "[" * 5000, '{"source_id": 5, "maps": ["x"], "command": null}'])
def test_a_broken_record_is_ours_but_says_nothing(text):
    assert of_png(io.BytesIO(png(text))) == Record(command="", source="")


def test_a_chunk_that_lies_about_its_length_ends_the_search():
    data = b"\x89PNG\r\n\x1a\n" + b"\xff\xff\xff\xfftEXt" + b"cnnviz\0{}"
    assert of_png(io.BytesIO(data)) is None
