import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from cnnviz import load_maps

SOBEL = ("--kernel", "sobel")


def files(folder):
    return sorted(p.name for p in folder.iterdir())


def test_names_follow_the_input(cnnviz, photo, folder):
    cnnviz("conv", photo, *SOBEL)
    cnnviz("pool", "photo.conv.npz")
    assert files(folder) == [
        "photo.conv.npz",
        "photo.conv.png",
        "photo.conv.pool.npz",
        "photo.conv.pool.png",
        "photo.png",
    ]


def test_results_go_to_the_current_folder(cnnviz, photo, folder, monkeypatch):
    (folder / "sub").mkdir()
    monkeypatch.chdir(folder / "sub")
    cnnviz("conv", "../photo.png", *SOBEL)
    assert files(folder / "sub") == ["photo.conv.npz", "photo.conv.png"]


def test_o_names_the_grid_and_the_maps_go_beside_it(cnnviz, photo, folder):
    (folder / "out").mkdir()
    assert cnnviz("conv", photo, *SOBEL, "-o", "out/a.png").code == 0
    assert files(folder / "out") == ["a.npz", "a.png"]


@pytest.mark.parametrize("ending", ["npz", "npy", "csv"])
def test_save_names_the_maps(cnnviz, photo, folder, ending):
    assert cnnviz("conv", photo, *SOBEL, "--save", f"m.{ending}", "--no-grid").code == 0
    assert files(folder) == [f"m.{ending}", "photo.png"]
    cnnviz("conv", photo, *SOBEL, "--no-grid")
    np.testing.assert_allclose(load_maps(f"m.{ending}").values, load_maps("photo.conv.npz").values, rtol=1e-6)


def test_neither(cnnviz, photo, folder):
    assert cnnviz("conv", photo, *SOBEL, "--no-grid", "--no-save").code == 0
    assert files(folder) == ["photo.png"]


def test_its_own_files_are_replaced_and_nobody_elses(cnnviz, photo, folder):
    cnnviz("conv", photo, *SOBEL)
    assert cnnviz("conv", photo, "--kernel", "box").code == 0
    (folder / "other").mkdir()
    os.rename("photo.png", "other/photo.png")
    before = (folder / "photo.conv.npz").read_bytes()
    result = cnnviz("conv", "other/photo.png", *SOBEL)
    assert result.code == 2
    assert "photo.conv.npz" in result.err
    assert "--force" in result.err
    assert (folder / "photo.conv.npz").read_bytes() == before
    assert cnnviz("conv", "other/photo.png", *SOBEL, "--force").code == 0


def test_a_strangers_file_is_never_replaced_by_a_made_up_name(cnnviz, photo, folder):
    (folder / "photo.conv.png").write_text("mine")
    assert cnnviz("conv", photo, *SOBEL).code == 2
    assert (folder / "photo.conv.png").read_text() == "mine"
    assert "photo.conv.npz" not in files(folder)
    assert cnnviz("conv", photo, *SOBEL, "-o", "photo.conv.png").code == 0


def test_a_grid_is_no_input_and_names_its_maps(cnnviz, photo):
    cnnviz("conv", photo, *SOBEL)
    result = cnnviz("pool", "photo.conv.png")
    assert result.code == 2
    assert "photo.conv.npz" in result.err


def test_a_grid_says_what_it_is(cnnviz, photo):
    cnnviz("conv", photo, *SOBEL)
    with Image.open("photo.conv.png") as grid:
        record = json.loads(grid.text["cnnviz"])
        assert "input and 2 maps, sobel-x" in grid.text["Description"]
    assert (record["command"], record["source"], record["maps"]) == ("conv", "photo.png", "photo.conv.npz")
    assert record["shapes"] == [[3, 40, 48], [2, 38, 46]]
    assert len(record["ranges"]) == 2
    assert os.getcwd() not in json.dumps(record)


def run(*arguments, stdin=None, env=None):
    return subprocess.run(
        [sys.executable, "-m", "cnnviz", *arguments],
        input=stdin,
        capture_output=True,
        env={**os.environ, **(env or {})},
    )


def test_standard_input_and_output(photo, folder):
    picture = (folder / photo).read_bytes()
    done = run("conv", "-", *SOBEL, "-o", "-", stdin=picture)
    assert done.returncode == 0
    assert Image.open(io.BytesIO(done.stdout)).format == "PNG"
    assert b"54 + 2 = 56" in done.stderr
    assert files(folder) == ["photo.png"]
    done = run("conv", "-", *SOBEL, "--save", "-", stdin=picture)
    maps = np.load(io.BytesIO(done.stdout), allow_pickle=False)["maps"]
    assert maps.shape == (2, 38, 46)
    assert run("conv", "-", *SOBEL, stdin=picture).returncode == 0
    assert files(folder) == ["photo.png", "stdin.conv.npz", "stdin.conv.png"]
    saved = (folder / "stdin.conv.npz").read_bytes()
    piped = run("pool", "-", "--json", "--no-grid", "--no-save", stdin=saved)
    assert [layer["type"] for layer in json.loads(piped.stdout)["layers"]] == ["conv", "pool"]


@pytest.mark.parametrize(
    "options",
    [
        ("-o", "-", "--save", "-"),
        ("-o", "-", "--json"),
        ("--save", "-", "--json"),
        ("-o", "a.png", "--no-grid"),
        ("--save", "a.npz", "--no-save"),
        ("-o", "a.gif"),
        ("-o", "a"),
        ("--save", "a.png"),
        ("-o", "a.png", "--save", "nowhere/b.npz"),
    ],
)
def test_places_that_cannot_be(cnnviz, photo, folder, options):
    result = cnnviz("conv", photo, *SOBEL, *options)
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith("cnnviz: ")
    assert result.err.count("\n") == 1
    assert files(folder) == ["photo.png"]


def test_large_maps_are_not_saved_unasked(cnnviz, photo, folder, monkeypatch):
    monkeypatch.setattr("cnnviz.cli.outputs.LARGEST_UNASKED", 1000)
    result = cnnviz("conv", photo, *SOBEL, "--no-grid")
    assert result.code == 0
    assert "--save" in result.err
    assert files(folder) == ["photo.png"]
    assert cnnviz("conv", photo, *SOBEL, "--save", "m.npz", "--no-grid").code == 0
    assert "m.npz" in files(folder)


def test_quiet_prints_errors_only(cnnviz, photo):
    done = cnnviz("conv", photo, *SOBEL, "--kernel", "1", "-q")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert cnnviz("conv", "missing.png", *SOBEL, "-q").err.count("\n") == 1
    assert cnnviz("conv", photo, *SOBEL, "-q", "--json").json["version"] == 1


LAYER_KEYS = {
    "name", "type", "kernel_size", "stride", "pad", "pad_mode", "pad_value", "dilation", "groups", "input_shape",
    "output_shape", "params", "weights", "biases", "macs", "receptive_field", "uncovered", "min", "max", "mean", "nan",
    "inf",
}  # fmt: skip


def test_json_is_one_object_with_the_keys_of_the_contract(cnnviz, photo):
    result = cnnviz("conv", photo, *SOBEL, "--pad", "1,2,3,4", "--stride", "2", "--json", "-o", "g.png")
    found = result.json
    assert found["version"] == 1
    assert found["command"] == "conv"
    assert found["input"] == {"path": "photo.png", "shape": [3, 40, 48]}
    assert found["files"] == {"grid": "g.png", "maps": "g.npz"}
    assert found["total_params"] == 56
    (layer,) = found["layers"]
    assert set(layer) >= LAYER_KEYS
    assert (layer["pad"], layer["stride"], layer["kernel_size"]) == ([1, 2, 3, 4], [2, 2], [3, 3])
    saved = load_maps("g.npz").values
    assert (layer["min"], layer["max"]) == (pytest.approx(saved.min()), pytest.approx(saved.max()))


def test_json_stays_strict_with_nan_and_infinity(cnnviz, folder):
    np.save("a.npy", np.array([[np.nan, 1.0], [np.inf, 2.0]], np.float32))
    result = cnnviz("pool", "a.npy", "--size", "1", "--json")
    layer = json.loads(result.out, parse_constant=lambda name: pytest.fail(name))["layers"][0]
    assert (layer["nan"], layer["inf"], layer["min"], layer["max"]) == (1, 1, 1.0, 2.0)


def test_with_preview_the_picture_goes_to_standard_error(cnnviz, drawing):
    result = cnnviz("conv", drawing, *SOBEL, "--json", "--preview")
    assert result.json["command"] == "conv"
    assert "sobel-x" in result.err


def test_levels_show_a_pictures_values_and_leave_the_data(cnnviz, photo):
    plain = cnnviz("conv", photo, "--kernel", "identity", "--json").json["layers"][0]
    shown = cnnviz("conv", photo, "--kernel", "identity", "--levels", "255")
    assert f"{plain['max'] * 255:.0f}" in shown.out
    assert load_maps("photo.conv.npz").values.max() <= 1


def test_levels_are_for_pictures(cnnviz, drawing):
    assert "--levels is for the values of pictures" in cnnviz("conv", drawing, *SOBEL, "--levels", "255").err


@pytest.mark.parametrize(
    "command", ["conv - -k sobel", "pool - --shift 1", "trace - -k sobel", "animate - -k sobel", "params -",
                "diagram channels -", "receptive-field - --layer pool"]
)  # fmt: skip
def test_every_command_reads_standard_input_within_the_limit(photo, folder, command):
    done = run(*command.split(), "--max-memory", "1KB", stdin=(folder / photo).read_bytes())
    assert done.returncode == 2
    assert b"the limit is 1.0 kB" in done.stderr
    assert files(folder) == ["photo.png"]


def test_a_run_too_large_is_refused_from_the_header(cnnviz, photo, folder, monkeypatch):
    monkeypatch.setattr("cnnviz.cli.run.LARGE", 1000)
    monkeypatch.setattr("cnnviz.files.read._read", lambda *_: pytest.fail("the values were read"))
    result = cnnviz("conv", photo, *SOBEL, "--pad", "5000", "--max-memory", "100MB")
    assert result.code == 2
    assert result.err.startswith("cnnviz: photo.png: this run on 3×40×48 would need")


@pytest.mark.parametrize("command", [("conv", *SOBEL), ("pool",)])
def test_where_no_memory_is_left_for_the_picture_the_maps_are_not_written_either(
    cnnviz, photo, folder, monkeypatch, command
):
    def encode(*_):
        raise MemoryError

    monkeypatch.setattr("cnnviz.draw.encode.encode", encode)
    run = cnnviz(command[0], photo, *command[1:])
    assert run.code == 2
    assert files(folder) == ["photo.png"]
