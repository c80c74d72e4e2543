"""Names, labels and numbers that were made to mislead: what is printed and drawn is text, and nothing is obeyed."""

import os
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from broken_files import picture
from PIL import Image

from cnnviz import FeatureMaps, load_maps, save_maps
from cnnviz.errors import printable

WORDS = {
    "markup": "[bold red]x[/] [link=http://a.b]",
    "an emoji code": ":smile:",
    "an escape sequence": "a\x1b[31m\x1b]0;title\x07",
    "C1 controls": "a\x9b31m",
    "HTML": "<script>alert('&amp;\"')</script>",
    "a line break": "a\ncnnviz: done\r",
    "right to left": "a\u202egnp.exe\u2066",
    "a separator of lines": "a\u2028b",
    "no UTF-8": "a\udcff\udcfeb",
    "a shell's": "$(touch x) `y` ; | * ?",
    "an option": "--json",
    "a bare minus and more": "-x",
    "300 letters": "long " * 60,
}
COMMANDS = (
    "conv -k sobel-x --explain --preview --no-grid",
    "pool --explain --preview --no-grid",
    "params",
    "trace --pool max -o figure.svg",
    "trace -k sobel-x",
    "animate --pool max --frames 1 -o figure.gif",
    "diagram filters -k box -o figure.svg",
    "receptive-field --layer pool -o figure.svg",
)


def harmless(text):
    """Whether a text has nothing that a terminal obeys, or that turns or breaks its lines."""
    return all(printable(line) == line for line in text.split("\n"))


def run(cnnviz, command, name, *options):
    result = cnnviz(*command.split(), *options, "--", name)
    assert result.code == 0, result.err
    assert harmless(result.out) and harmless(result.err)
    return result


@pytest.mark.parametrize("what", WORDS)
@pytest.mark.parametrize("command", COMMANDS)
def test_labels_sources_and_meta_are_text(cnnviz, folder, command, what):
    word, lines = WORDS[what], []
    for label in ("plain", word):
        save_maps("maps.npz", FeatureMaps(np.eye(6, dtype=np.float32)[None], [label], source=label))
        lines.append(run(cnnviz, command, "maps.npz", "--force").out.count("\n"))
        for figure in folder.glob("*.svg"):
            tree = ET.parse(figure)
            assert not [node for node in tree.iter() if node.tag.endswith("script")]
            assert harmless("".join(tree.getroot().itertext()))
    if len(word) < 100:  # what is longer folds
        assert lines[0] == lines[1], "a label added lines to the table"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
@pytest.mark.parametrize("what", [what for what in WORDS if what != "300 letters"])
@pytest.mark.parametrize("command", COMMANDS)
def test_file_names_are_text(cnnviz, folder, command, what):
    name = WORDS[what].replace("/", "⁄") + ".png"
    try:
        (folder / name).write_bytes(picture())
    except OSError:
        pytest.skip("this file system has no such names")
    run(cnnviz, command, name, *([] if command == "params" else ["--resize", "9"]))
    assert os.fsencode(name) in os.listdir(os.fsencode(folder))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
@pytest.mark.parametrize("what", [what for what in WORDS if what != "300 letters"])
def test_what_is_made_of_such_a_file_is_named_and_marked(cnnviz, folder, what):
    name = WORDS[what].replace("/", "⁄") + ".png"
    made = name.removesuffix(".png") + ".conv"
    (folder / name).write_bytes(picture())
    result = cnnviz("conv", "-k", "sobel-x", "--json", "--", name)
    assert result.json["input"]["path"] == name
    assert result.json["files"] == {"grid": f"{made}.png", "maps": f"{made}.npz"}
    with Image.open(folder / f"{made}.png") as grid:
        assert all(harmless(text) for text in grid.text.values())
    assert load_maps(folder / f"{made}.npz").labels == ["sobel-x"]


@pytest.mark.parametrize("what", [what for what in WORDS if what not in ("300 letters", "a line break")])
def test_labels_in_text_files_are_text(cnnviz, folder, what):
    (folder / "maps.csv").write_text(f"# map 0: {WORDS[what]}\n1,2\n3,4\n", "utf-8", "surrogateescape")
    result = cnnviz("pool", "maps.csv", "--explain")
    if what in ("an escape sequence", "a separator of lines"):  # no text at all, and a line of its own
        assert (result.code, result.err.count("\n")) == (2, 1)
        assert result.err.startswith("cnnviz: maps.csv: not a ")
    else:
        assert result.code == 0, result.err
    assert harmless(result.out) and harmless(result.err)


@pytest.mark.parametrize("what", WORDS)
def test_kernels_are_text(cnnviz, folder, what):
    (folder / "photo.png").write_bytes(picture())
    word = WORDS[what]
    result = cnnviz("conv", "photo.png", f"--kernel={word}")
    assert (result.code, result.out) == (2, "")
    assert harmless(result.err) and result.err.count("\n") == 1
    assert len(result.err) < 400
    name = f"{word[:50]}.csv".replace("/", "⁄")
    try:
        (folder / name).write_text("1 0 -1\n")
    except OSError:
        pytest.skip("this file system has no such names")
    run(cnnviz, "conv", "photo.png", f"--kernel={name}", "--resize=9", "--preview", "--explain")
    (folder / "plain.csv").write_text("1 0 -1\n")
    lines = [run(cnnviz, "trace", "photo.png", f"--kernel={file}").out.count("\n") for file in ("plain.csv", name)]
    assert lines[0] == lines[1], "the name of a kernel added lines"


def test_numbers_at_the_end_of_what_there_is(cnnviz, folder):
    (folder / "m.csv").write_text("nan inf -inf\n3.4e38 -3.4e38 1e-45\n0 1 2\n")
    result = cnnviz("conv", "m.csv", "-k", "identity:1", "--json")
    layer = result.json["layers"][0]
    assert (layer["nan"], layer["inf"]) == (1, 2)
    assert layer["max"] == pytest.approx(3.4e38)
    assert "1 NaN" in cnnviz("conv", "m.csv", "-k", "identity:1", "--force").out
    for text in ("1e308 1", "1 2\n3 1e39", "1 -1e400"):
        (folder / "m.csv").write_text(text)
        assert "beyond float32" in cnnviz("pool", "m.csv").err
    for kernel in ("1e308", "1 nan", "inf", "1e30 * 1e30 1"):
        assert cnnviz("kernels", kernel).code == 2


def test_a_matrix_of_a_million_cells(cnnviz, folder):
    (folder / "m.csv").write_text("\n".join([",".join(["0.5"] * 1000)] * 1000))
    assert cnnviz("pool", "m.csv", "--no-grid", "--json").json["input"]["shape"] == [1, 1000, 1000]
    assert cnnviz("conv", "m.csv", "-k", "m.csv", "--no-grid", "--json").json["layers"][0]["weights"] == 10**6


@pytest.mark.parametrize("depth", [5, 1000, 100_000])
def test_lists_within_lists(cnnviz, folder, depth):
    (folder / "photo.png").write_bytes(picture())
    (folder / "k.json").write_text("[" * depth + "1" + "]" * depth)
    result = cnnviz("conv", "photo.png", "-k", "k.json")
    assert (result.code, result.err.count("\n")) == (2, 1)
    assert "k.json: " in result.err
