import os
import subprocess
import sys

import numpy as np
import pytest

from cnnviz import FeatureMaps, save_maps
from cnnviz.cli.report import folded
from cnnviz.core.layer import Pool
from cnnviz.core.stack import Stack

NBSP = "\N{NO-BREAK SPACE}"


def test_lines_fold_at_spaces_and_numbers_stay_whole():
    assert folded(f"it would have 14{NBSP}680{NBSP}064 weights", 20) == [
        "it would have",
        f"14{NBSP}680{NBSP}064 weights",
    ]


def test_what_goes_on_below_keeps_the_indent():
    assert folded("  one two three", 10) == ["  one two", "    three"]


def test_a_word_longer_than_the_line_is_not_cut():
    assert folded("a " + "b" * 50, 20) == ["a", "b" * 50]


def test_what_could_steer_a_terminal_is_written_as_text():
    assert folded("a\x1b[31mb", 80) == ["a\\x1b[31mb"]


@pytest.mark.parametrize("options", [[], ["--explain"], ["--preview"], ["--json", "--preview"]])
def test_names_in_maps_and_files_are_text_wherever_they_are_printed(cnnviz, folder, options):
    (maps,) = Stack([Pool("max", (1, 1))]).run(FeatureMaps(np.eye(4)[None], ["la\x1b[31mbel\n"]))
    save_maps("na\x1b[31mme.npz", maps)
    result = cnnviz("pool", "na\x1b[31mme.npz", *options)
    assert result.code == 0
    assert "\x1b" not in result.out + result.err


def plain(*arguments):
    """Run the program where nothing but ASCII can be shown."""
    env = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-m", "cnnviz", *arguments], env=env, capture_output=True)
    return (done.stdout + done.stderr).decode("ascii")


def test_names_that_cannot_be_shown_are_escapes_and_the_programs_own_signs_are_their_likes(folder):
    for name, escape in [("ñ", r"\xf1"), ("ü", r"\xfc"), ("猫", r"\u732b"), ("🐈", r"\U0001f408")]:
        (folder / f"{name}.csv").write_text("1 -2\n3 4\n")
        out = plain("pool", f"{name}.csv", "--size", "1")
        assert f"{escape}.csv: 1 channel of 2x2" in out
        assert f"maps: {escape}.pool.npz" in out
        assert "1x2x2 -> 1x2x2" in out
        assert out.replace(escape, "").count("\\") == out.count("?") == 0
        assert plain("pool", f"no {name}.png").startswith(f"cnnviz: no {escape}.png: ")
        assert f"'{escape}'" in plain(name)


def test_every_sign_of_the_presets_has_its_like(folder):
    assert not set(plain("kernels")) & set("?\\")
