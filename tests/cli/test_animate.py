"""`animate` as a user meets it: as many frames as cells, files that say what they are, and what large inputs become."""

import shutil

import numpy as np
import pytest
from PIL import Image

from cnnviz.cli.legible import cropped, reduced
from cnnviz.core.feature_maps import FeatureMaps


def test_the_five_by_five_case(cnnviz, drawing):
    result = cnnviz("animate", drawing, "-k", "sobel-x", "--pad", 1)
    assert result.out.splitlines() == [
        "drawing.csv: conv sobel-x, kernel 3×3, stride 1, pad 1",
        "25 frames for 25 output cells, 16.9 seconds",
        "animation: drawing.animate.gif",
    ]
    from pathlib import Path

    assert Path("drawing.animate.gif").stat().st_size < 150_000
    with Image.open("drawing.animate.gif") as animation:
        assert (animation.n_frames, animation.size[0], animation.info["loop"]) == (25, 800, 0)
        durations = []
        for i in range(25):
            animation.seek(i)
            durations.append(animation.info["duration"])
    assert durations == [600] * 24 + [2500]


def test_json(cnnviz, drawing):
    found = cnnviz("animate", drawing, "-k", "sobel", "--stride", 2, "-o", "x.gif", "--json").json
    assert (found["version"], found["command"], found["input"]) == (
        1,
        "animate",
        {"path": "drawing.csv", "shape": [1, 5, 5]},
    )
    assert found["layers"][0]["output_shape"] == [2, 2, 2]
    assert (found["frames"], found["cells"], found["crop"], found["scale"]) == (8, 8, None, 1)
    assert found["files"] == {"animation": "x.gif"}


@pytest.mark.parametrize(
    ("options", "frames"),
    [
        (["-k", "sobel-x", "--pad", 1, "--stride", 2], 9),
        (["-k", "sobel-x", "--dilation", 2], 1),
        (["-k", "sobel", "--map", 1], 9),
        (["-k", "sobel"], 18),
        (["--pool", "max"], 4),
        (["-k", "sobel-x", "--pad", 1, "--pool", "max"], 4),
        (["-k", "sobel-x", "--pad", 1, "--frames", 6], 6),
        (["-k", "random:2,count=3", "--pad", "same"], 75),
    ],
)
def test_one_frame_for_each_output_cell(cnnviz, drawing, options, frames):
    assert cnnviz("animate", drawing, *options, "-o", "x.gif", "-q").code == 0
    with Image.open("x.gif") as animation:
        assert getattr(animation, "n_frames", 1) == frames


def test_three_channels_and_two_filters_are_shown_whole(cnnviz, folder):
    rng = np.random.default_rng(0)
    np.save("x.npy", rng.integers(0, 3, (3, 5, 5)).astype(np.float32))
    np.save("w.npy", rng.integers(-1, 2, (2, 3, 3, 3)).astype(np.float32))
    options = ("--pad", 1, "--stride", 2, "--bias", "1,0", "--json")
    found = cnnviz("animate", "x.npy", "-k", "w.npy", *options).json
    assert (found["frames"], found["crop"], found["layers"][0]["output_shape"]) == (18, None, [2, 3, 3])
    with Image.open("x.animate.gif") as animation:
        assert animation.n_frames == 18


def test_webp_is_twice_as_large_and_lossless(cnnviz, drawing):
    cnnviz("animate", drawing, "-k", "sobel-x", "-o", "x.webp")
    with Image.open("x.webp") as animation:
        assert (animation.n_frames, animation.size[0]) == (9, 1600)
        assert b"slides over a 5\xc3\x975 input" in animation.info["xmp"]


def test_a_large_picture_is_reduced_and_it_is_said(cnnviz, photo):
    result = cnnviz("animate", photo, "--gray", "-k", "sobel-x", "-o", "x.gif")
    assert "note: photo.png is too large to be read as a whole: a 40×48 crop, reduced to 10×12 is shown" in result.err
    assert "shown: a 40×48 crop, reduced to 10×12" in result.out
    found = cnnviz("animate", photo, "--gray", "-k", "sobel-x", "-o", "x.gif", "--json").json
    assert (found["crop"], found["scale"], found["input"]["shape"]) == ([0, 0, 40, 48], 4, [1, 40, 48])
    assert found["layers"][0]["input_shape"] == [1, 10, 12]
    assert found["frames"] == 8 * 10


def test_crop_and_figure_size_steer_what_is_shown(cnnviz, photo):
    base = ("animate", photo, "--gray", "-k", "sobel-x", "-o", "x.gif", "--json", "--frames", 2)
    small = cnnviz(*base, "--crop", "10,20,6x7").json
    assert (small["crop"], small["scale"]) == ([10, 20, 6, 7], 1)
    inner = cnnviz(*base, "--crop", "4,6,30x30").json
    assert inner["scale"] == 2
    assert inner["crop"] == [4 + 3, 6 + 3, 24, 24]
    wide = cnnviz(*base, "--figure-size", 1600).json
    assert wide["scale"] == 2
    with Image.open("x.gif") as animation:
        assert animation.width == 1600


def test_maps_are_cropped_and_never_averaged(cnnviz, photo):
    cnnviz("conv", photo, "-k", "sobel", "-q", "--no-grid", "--save", "maps.npz")
    found = cnnviz("animate", "maps.npz", "-k", "box", "-o", "x.gif", "--json", "--frames", 3).json
    assert found["scale"] == 1
    top, left, height, width = found["crop"]
    with np.load("maps.npz") as file:
        magnitude = np.abs(file["maps"]).max(axis=0)
    row, column = np.unravel_index(magnitude.argmax(), magnitude.shape)
    assert top <= row < top + height
    assert left <= column < left + width


def test_reducing_is_the_mean_of_squares():
    values = np.arange(5 * 7, dtype=np.float32).reshape(1, 5, 7)
    small, crop, scale = reduced(FeatureMaps(values), 3)
    assert (crop, scale, small.shape) == ((0, 0, 4, 6), 2, (1, 2, 3))
    assert small.values[0, 0, 0] == np.mean([0, 1, 7, 8])
    assert small.values[0, 1, 2] == np.mean([18, 19, 25, 26])


def test_a_crop_stays_within_its_maps():
    values = np.zeros((2, 9, 9), np.float32)
    values[1, 8, 0] = -5
    small, crop, _ = cropped(FeatureMaps(values), 4)
    assert crop == (5, 0, 4, 4)
    assert small.values[1, 3, 0] == -5


def test_more_maps_than_fit_are_left_out_and_it_is_said(cnnviz, drawing):
    result = cnnviz("animate", drawing, "-k", "kirsch", "-o", "x.gif", "--frames", 2)
    assert "note: the first 3 of 8 maps are shown: choose another with --map N" in result.err


def test_a_made_up_name_replaces_only_its_own(cnnviz, drawing):
    assert cnnviz("animate", drawing, "--pool", "max").code == 0
    assert cnnviz("animate", drawing, "--pool", "avg").code == 0
    shutil.copy(drawing, "other.csv")
    shutil.copy("drawing.animate.gif", "other.animate.gif")
    refused = cnnviz("animate", "other.csv", "--pool", "max")
    assert refused.code == 2
    assert "cnnviz did not make it from other.csv" in refused.err
    assert cnnviz("animate", "other.csv", "--pool", "max", "--force").code == 0


@pytest.mark.parametrize("name", ["x.gif", "x.webp"])
def test_an_animation_is_no_input(cnnviz, drawing, name):
    cnnviz("animate", drawing, "--pool", "max", "-o", name)
    result = cnnviz("conv", name, "-k", "sobel")
    assert result.code == 2
    assert "a figure that cnnviz drew" in result.err
    assert "drawing.csv" in result.err


def test_standard_output_gets_a_gif(folder, drawing, capfdbinary):
    from cnnviz.cli.app import run

    assert run(["animate", drawing, "--pool", "max", "-o", "-"]) == 0
    captured = capfdbinary.readouterr()
    assert captured.out.startswith(b"GIF89a")
    assert b"standard output" in captured.err


ERRORS = {
    "": "animate needs a --kernel or a --pool",
    "-k sobel --fps 0": "--fps must be a number above 0",
    "-k sobel --fps 80": "--fps must be at most 50",
    "-k sobel --fps 0.001": "--fps must be at least 0.002",
    "-k sobel --frames 0": "--frames must be at least 1",
    "-k sobel --figure-size 100": "--figure-size must be 480 to 3840 px",
    "-k sobel --map 2": "--map: there is no map 2",
    "-k sobel -o x.mp4": "must end in .gif or .webp",
    "-k sobel -o - --json": "cannot both write to standard output",
    "-k random:9": "drawing.csv: ",
    "-k sobel --magnitude": "--magnitude joins two maps",
}


@pytest.mark.parametrize("options", ERRORS)
def test_errors_are_one_line_and_leave_nothing(cnnviz, folder, drawing, options):
    result = cnnviz("animate", drawing, *options.split())
    assert result.code == 2
    assert ERRORS[options] in result.err
    assert result.err.count("\n") == 1
    assert [path.name for path in folder.iterdir()] == ["drawing.csv"]
