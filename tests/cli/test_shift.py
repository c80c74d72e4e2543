import pytest
from PIL import Image


def test_pooling_against_shifted_pooling(cnnviz, photo, folder):
    result = cnnviz("pool", photo, "--shift", 2)
    assert (result.code, result.err) == (0, "")
    for words in ("1 right", "2 right", "1 down", "2 down", "stay equal", "mean change before"):
        assert words in result.out
    assert [p.name for p in sorted(folder.iterdir())] == ["photo.png", "photo.pool.shift.png"]
    with Image.open(folder / "photo.pool.shift.png") as image:
        assert "stay equal" in image.text["Description"]


def test_shifts_as_json(cnnviz, photo):
    found = cnnviz("pool", photo, "--size", 4, "--shift", 3, "--json").json
    assert (found["version"], found["command"]) == (1, "pool")
    assert found["layers"][-1]["output_shape"] == [3, 10, 12]
    assert found["files"] == {"figure": "photo.pool.shift.png"}
    shifts = found["shift"]
    assert [(s["direction"], s["cells"]) for s in shifts] == [(d, n) for d in ("right", "down") for n in (1, 2, 3)]
    # The first column or row of windows reads what was vacated.
    assert [s["outputs"] for s in shifts] == [3 * 10 * 11] * 3 + [3 * 9 * 12] * 3
    assert all(0 <= s["equal"] <= s["outputs"] for s in shifts)
    assert all(s["change_after"] < s["change_before"] for s in shifts)


def test_the_truth_where_pooling_does_not_help(cnnviz, folder):
    (folder / "stripes.csv").write_text("\n".join(["0,0,1,1,0,0,1,1,0,0,1,1"] * 6))
    assert "Avg pool does not help here" in cnnviz("pool", "stripes.csv", "--mode", "avg", "--shift", 2).out
    (folder / "steps.csv").write_text("\n".join([",".join(str(i * i) for i in range(12))] * 4))
    assert "Max pool does not help here" in cnnviz("pool", "steps.csv", "--shift", 1).out
    assert "nothing to compare" in cnnviz("pool", "stripes.csv", "--global", "--shift", 1).out


def test_lone_peaks_are_shrugged_off(cnnviz, folder):
    (folder / "dots.csv").write_text("\n".join(["0,0,0,0,9,0,0,0,9,0,0,0", *["0,0,0,0,0,0,0,0,0,0,0,0"] * 3]))
    out = cnnviz("pool", "dots.csv", "--size", 4, "--shift", 1).out
    assert "Max pool" in out
    assert "100 %" in out
    assert "shrugs it off" in out


def test_a_convolution_moves_along(cnnviz, photo):
    out = cnnviz("conv", photo, "--kernel", "sobel", "--pad", 1, "--activation", "relu", "--shift", 3).out
    assert "A shifted input gives the same maps, shifted: all outputs are equal." in out
    found = cnnviz("conv", photo, "--kernel", "sobel", "--stride", 2, "--shift", 2, "--json").json["shift"]
    assert [(s["cells"], s["moved"], s["whole"]) for s in found] == [(1, 0, False), (2, 1, True)] * 2
    assert all(s["equal"] == s["outputs"] for s in found if s["whole"])
    assert all(s["equal"] < s["outputs"] / 2 for s in found if not s["whole"])
    out = cnnviz("conv", photo, "--kernel", "sobel", "--stride", 2, "--shift", 1, "-o", "own.svg").out
    assert "no whole number of steps" in out


def test_what_moves_along_differs_by_nothing_at_all(cnnviz, photo):
    shifts = cnnviz("conv", photo, "-k", "sobel", "--shift", "2", "--json").json["shift"]
    assert [shift["change_after"] for shift in shifts] == [0] * 4


def test_it_composes_with_saved_maps(cnnviz, photo, folder):
    cnnviz("conv", photo, "--kernel", "sobel")
    found = cnnviz("pool", "photo.conv.npz", "--shift", 1, "--json", "--no-grid").json
    assert [layer["type"] for layer in found["layers"]] == ["conv", "pool"]
    assert found["files"] == {"figure": None}
    assert not (folder / "photo.conv.pool.shift.png").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--shift", "0"], "at least 1"),
        (["--shift", "40"], "leaves nothing"),
        (["--shift", "1", "--save", "x.npz"], "--save does not go with --shift"),
        (["--shift", "1", "--preview"], "--preview does not go with --shift"),
        (["--shift", "1", "--no-grid", "-o", "x.png"], "contradicts --no-grid"),
        (["--shift", "1", "--json", "-o", "-"], "--json and -o -"),
        (["--shift", "1", "-o", "x.jpg"], ".png or .svg"),
        (["--shift", "1", "-o", "photo.png"], "never overwritten"),
        (["--shift", "1", "--max-memory", "20kB"], "--max-memory"),
        (["--shift", "x"], "--shift"),
    ],
)
def test_what_cannot_be_is_one_line(cnnviz, photo, folder, arguments, message):
    result = cnnviz("pool", photo, *arguments)
    assert result.code == 2
    assert message in result.err
    assert result.err.count("\n") == 1
    assert [p.name for p in folder.iterdir()] == ["photo.png"]


def test_a_line_cannot_be_shifted(cnnviz, folder):
    (folder / "line.csv").write_text("1,2,3\n")
    result = cnnviz("pool", "line.csv", "--size", 1, "--shift", 1)
    assert result.code == 2
    assert "--shift needs an input of at least 2×2, and this one is 1×3" in result.err
