"""The README tells the truth: its reference and pictures are the program's own, and every command in it runs."""

import re
import shlex
import shutil
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import pytest
from PIL import Image
from readme import PICTURES, README, ROOT, commands, pictures, shell_lines, written

from cnnviz.cli.app import run

TEXT = README.read_text(encoding="utf-8")
STALE = "run: python tests/readme.py --write"


def test_the_command_reference_is_up_to_date():
    assert written(TEXT) == TEXT, STALE


def test_the_two_commands_come_first_and_ci_runs_one_word_for_word():
    first, second = shell_lines(TEXT)[:2]
    assert "cnnviz conv samples/astronaut.png --kernel sobel --pad 1" in first
    assert second.endswith("-m pytest -n auto")
    assert "grep -E '^python3 .*-m pytest' README.md" in (ROOT / ".ci" / "run").read_text()


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Run all commands in order, in a folder with the samples; return the folder, and what each command gave."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "samples", folder, dirs_exist_ok=True)
    given = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for arguments in commands(TEXT):
            with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as errors:
                given[shlex.join(arguments)] = run(arguments), errors.getvalue()
    return folder, given


@pytest.fixture
def samples(ran):
    """The samples, in a folder where the commands have left their results."""
    return ran[0]


@pytest.mark.parametrize("arguments", [shlex.join(arguments) for arguments in commands(TEXT)])
def test_every_command_runs(arguments, ran):
    code, errors = ran[1][arguments]
    assert code == 0, errors


@pytest.mark.parametrize("name", pictures(TEXT))
def test_every_picture_is_what_its_command_draws(name, samples):
    assert (PICTURES / name).is_file(), STALE
    with Image.open(PICTURES / name) as shown, Image.open(samples / name) as drawn:
        # Not pixel by pixel: fonts are rendered a little differently from machine to machine.
        assert (shown.size, getattr(shown, "n_frames", 1)) == (drawn.size, getattr(drawn, "n_frames", 1)), STALE


def test_the_python_example_runs(samples, monkeypatch):
    monkeypatch.chdir(samples)
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    names = {}
    exec(code, names)
    assert names["maps"].shape == (2, 512, 512)
    assert names["small"].shape == (2, 256, 256)
    assert (samples / "small.npz").exists()


def test_the_table_in_the_readme_is_what_the_first_command_prints(samples, monkeypatch, capfd):
    monkeypatch.chdir(samples)
    (table,) = re.findall(r"```text\n(.*?)```", TEXT, re.DOTALL)
    run(["conv", "astronaut.png", "--kernel", "sobel", "--pad", "1"])
    assert capfd.readouterr().out == table
