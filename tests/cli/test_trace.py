"""`trace` as a user meets it: the terms add up, the result is what `conv` gives, nothing is cut off."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from cnnviz.draw.sums import value


@pytest.fixture
def narrow(monkeypatch):
    """A terminal of 40 columns."""
    from cnnviz.cli.report import Report

    console = Report.console

    def of_width(self):
        out = console(self)
        out.width = 40
        return out

    monkeypatch.setattr(Report, "console", of_width)


def numbers(line):
    return [value(word) for word in re.findall(r"−?\d+(?:\.\d+)?(?:e−?\d+)?", line)]


def test_the_whole_sum_of_a_matrix(cnnviz, drawing):
    result = cnnviz("trace", drawing, "-k", "sobel-x", "--pad", 1, "--at", "0,1")
    assert result.code == 0
    assert result.out.splitlines() == [
        "drawing.csv: output row 0, column 1 of map 0, sobel-x",
        "conv sobel-x, kernel 3×3, stride 1, pad 1",
        "",
        "map 0",
        "  patch           kernel sobel-x     products",
        "  [0] [0] [0]     −1  0  1           0 0 0",
        "   0   0   1   ×  −2  0  2        =  0 0 2",
        "   0   1   1      −1  0  1           0 0 1",
        "  sum = 3",
        "",
        "[ ] is padding",
        "sum     3 + bias 0 = 3",
        "output  3",
    ]


def test_shown_products_add_up_to_shown_sums(cnnviz, photo):
    for at in ("0,4", "7,7", "20,31"):
        out = cnnviz("trace", photo, "-k", "sobel", "--pad", 1, "--at", at, "--bias", 0.1).out
        for block in out.split("\n\n")[1:-1]:
            lines = [line for line in block.splitlines() if line.startswith("  ")]
            start = lines[0].index("products")
            products = [number for line in lines[1:4] for number in numbers(line[start:])]
            assert len(products) == 9
            shown = numbers(lines[4])[0]
            assert (sum(products) == shown) == ("=" in lines[4])
        line = next(line for line in out.splitlines() if line.startswith("sum "))
        left, right = re.split("[=≈]", line.replace(" − ", " + −"))
        assert (sum(numbers(left)) == numbers(right)[0]) == ("=" in line)


@pytest.mark.parametrize(
    "options",
    [
        ["-k", "sobel", "--pad", "1", "--stride", "2"],
        ["-k", "gaussian:5", "--pad", "same", "--pad-mode", "reflect", "-a", "relu"],
        ["-k", "sobel-x", "--channels", "each", "--dilation", "2", "--map", "1"],
        ["-k", "laplacian", "--bias", "0.3", "-a", "tanh", "--flip", "--gray"],
        ["-k", "sobel", "--pool", "max", "--pool-size", "3"],
        ["-k", "sobel", "--magnitude", "--pool", "avg"],
        ["-k", "random:4,count=3", "--no-bias", "--crop", "3,4,20x21", "--map", "2"],
    ],
)
def test_the_value_is_what_conv_gives(cnnviz, photo, options):
    conv_options = options[: options.index("--map")] if "--map" in options else options
    which = int(options[options.index("--map") + 1]) if "--map" in options else 0
    assert cnnviz("conv", photo, *conv_options, "--no-grid", "--save", "maps.npz", "-q").code == 0
    with np.load("maps.npz") as file:
        maps = file["maps"]
    for at in ((0, 0), (2, 3), (maps.shape[1] - 1, maps.shape[2] - 1)):
        found = cnnviz("trace", photo, *options, "--at", f"{at[0]},{at[1]}", "--json").json
        assert found["value"] == pytest.approx(maps[which, at[0], at[1]], abs=1e-5)
        assert (found["at"], found["map"]) == (list(at), which)


def test_json_holds_every_term(cnnviz, photo):
    found = cnnviz(
        "trace", photo, "-k", "sobel-x", "--pad", 1, "--at", "0,0", "-a", "relu", "--bias", 0.5, "--json"
    ).json
    assert list(found)[:5] == ["version", "command", "at", "map", "layer"]
    assert [channel["label"] for channel in found["channels"]] == ["red", "green", "blue"]
    total = found["bias"]
    for channel in found["channels"]:
        patch, kernel, products = (np.array(channel[key]) for key in ("patch", "kernel", "products"))
        np.testing.assert_allclose(patch * kernel, products)
        assert channel["sum"] == pytest.approx(products.sum())
        assert channel["padding"] == [[True, True, True], [True, False, False], [True, False, False]]
        total += channel["sum"]
    assert found["preactivation"] == pytest.approx(total)
    assert found["value"] == max(0.0, found["preactivation"])
    assert found["layer"]["type"] == "conv"
    assert "winners" not in found


def test_json_of_a_pooling_names_the_winners_in_the_input(cnnviz, drawing):
    found = cnnviz("trace", drawing, "--pool", "max", "--at", "0,0", "--json").json
    (channel,) = found["channels"]
    assert set(channel) == {"label", "patch", "padding", "sum"}
    assert (found["value"], found["winners"], found["bias"]) == (1, [[1, 1]], None)
    assert cnnviz("trace", drawing, "--pool", "min", "--at", "1,1", "--json").json["winners"] == [[2, 3], [3, 3]]


def test_json_has_null_for_what_is_no_number(cnnviz, folder):
    np.save("broken.npy", np.array([[np.nan, 1.0], [np.inf, 2.0]]))
    found = cnnviz("trace", "broken.npy", "-k", "box:2", "--json").json
    assert found["channels"][0]["patch"] == [[None, 1.0], [None, 2.0]]
    assert found["value"] is None


def test_without_at_the_strongest_cell_and_says_so(cnnviz, drawing):
    result = cnnviz("trace", drawing, "-k", "sobel-x")
    assert "the strongest" in result.out
    found = cnnviz("trace", drawing, "-k", "sobel-x", "--json").json
    assert abs(found["value"]) == 4
    assert "the strongest" not in cnnviz("trace", drawing, "-k", "sobel-x", "--at", "0,0").out


def test_pooling_says_who_wins_and_who_ties(cnnviz, drawing):
    single = cnnviz("trace", drawing, "--pool", "max", "--at", "0,0").out
    assert "winner  row, column (1, 1) of the input" in single
    assert "max of 4 values = 1" in single
    tie = cnnviz("trace", drawing, "--pool", "max", "--at", "1,1").out
    assert "tie     2 cells of the input share it: (2, 2), (3, 2)" in tie


def test_padding_of_a_maximum_never_counts(cnnviz, drawing):
    out = cnnviz("trace", drawing, "--pool", "max", "--pool-size", 3, "--pool-pad", 1, "--at", "0,0").out
    assert "[ ] is padding, which never counts" in out
    assert "max of 4 values" in out
    assert "mean of 9 values" in cnnviz("trace", drawing, "--pool", "avg", "--pool-size", 3, "--pool-pad", 1).out


def test_pooling_after_a_convolution_is_of_its_maps(cnnviz, drawing):
    out = cnnviz("trace", drawing, "-k", "sobel-x", "--pad", 1, "--pool", "max", "--at", "0,0").out
    assert "max of 4 values = 4" in out
    assert "max pool, window 2×2" in out


def test_nothing_is_cut_off_at_40_columns(cnnviz, photo, narrow):
    wide = ["-k", "random:12", "--pad", "5", "--at", "0,0"]
    out = cnnviz("trace", photo, *wide).out
    assert max(map(len, out.splitlines())) <= 40
    found = cnnviz("trace", photo, *wide, "--json").json
    assert len(re.findall(r"\[0\]", out)) == sum(np.sum(c["padding"]) for c in found["channels"])
    assert "…" not in out


def test_matrices_stand_below_each_other_where_they_do_not_fit(cnnviz, photo, narrow):
    lines = [line.strip() for line in cnnviz("trace", photo, "-k", "sobel", "--at", "0,0").out.splitlines()]
    assert lines.index("patch") < lines.index("× kernel sobel-x ÷ 3") < lines.index("= products")


@pytest.mark.parametrize("ending", ["png", "svg"])
@pytest.mark.parametrize("options", [["-k", "sobel"], ["--pool", "max"], ["-k", "log:9"]])
def test_figures(cnnviz, photo, ending, options):
    name = f"trace.{ending}"
    result = cnnviz("trace", photo, *options, "--at", "3,4", "-o", name)
    assert f"figure: {name}" in result.out
    if ending == "svg":
        root = ElementTree.parse(name).getroot()
        assert "row 3, column 4" in "".join(root.itertext())
        assert '"command": "trace"' in root.find("{http://www.w3.org/2000/svg}metadata").text
        return
    with Image.open(name) as picture:
        assert picture.width == 1600
        assert picture.text["Description"].startswith("How row 3, column 4")
    refused = cnnviz("conv", name, "-k", "sobel")
    assert (refused.code, "a figure that cnnviz drew" in refused.err) == (2, True)


def test_saved_maps_keep_their_history(cnnviz, photo):
    cnnviz("conv", photo, "-k", "sobel", "-q", "--save", "maps.npz", "--no-grid")
    out = cnnviz("trace", "maps.npz", "-k", "box", "--at", "1,1", "--map", 1).out
    assert "map 1, sobel-y box" in out
    assert cnnviz("trace", "maps.npz", "--pool", "max", "--at", "1,1").code == 0


ERRORS = {
    "": "trace needs a --kernel or a --pool",
    "-k sobel --at 40,3": "--at: there is no output cell 40,3: rows are 0 to 37",
    "-k sobel --at 3": "--at takes ROW,COL",
    "-k sobel --at=-1,2": "--at takes ROW,COL",
    "-k sobel --map 2": "--map: there is no map 2: maps are 0 to 1",
    "-k sobel --map -1": "--map: there is no map -1",
    "-k sobel --magnitude": "--magnitude joins two maps",
    "--pool max --pad 1": "--pad belongs to a convolution",
    "--pool max -a relu": "--activation belongs to a convolution",
    "-k sobel -o x.gif": "must end in .png or .svg",
    "-k sobel -o - --json": "cannot both write to standard output",
    "-k random:50": "photo.png: ",
}


@pytest.mark.parametrize("options", ERRORS)
def test_errors_are_one_line(cnnviz, photo, options):
    result = cnnviz("trace", photo, *options.split())
    assert result.code == 2
    assert ERRORS[options] in result.err
    assert result.err.count("\n") == 1
    assert not result.out
