"""The README tells the truth: its reference is the commands' own help, and every command in it runs."""

import re
import shlex
import shutil

import pytest
from reference import README, written

from cnnviz.cli.app import run

ROOT = README.parent
TEXT = README.read_text(encoding="utf-8")
SHELL = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
COMMANDS = [line for block in SHELL for line in block.splitlines() if line.startswith("cnnviz ")]


def test_the_command_reference_is_up_to_date():
    assert written(TEXT) == TEXT, "run: python tests/reference.py --write"


def test_the_two_commands_come_first_and_ci_runs_one_word_for_word():
    setup = [line for block in SHELL for line in block.splitlines()][:2]
    assert "cnnviz conv samples/astronaut.png --kernel sobel --pad 1" in setup[0]
    assert setup[1].endswith("-m pytest")
    assert "grep -E '^python3 .*pytest$' README.md" in (ROOT / ".ci" / "run").read_text()


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """The samples, in a folder where commands may leave their results for those that come after."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "samples", folder, dirs_exist_ok=True)
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_runs(command, samples, monkeypatch, capfd):
    monkeypatch.chdir(samples)
    arguments = shlex.split(command, comments=True)[1:]
    assert run(arguments) == 0, capfd.readouterr().err


def test_the_python_example_runs(samples, monkeypatch):
    monkeypatch.chdir(samples)
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    names = {}
    exec(code, names)
    assert names["maps"].shape == (2, 512, 512)
    assert names["small"].shape == (2, 256, 256)
    assert (samples / "small.npz").exists()


def test_pictures_in_the_readme_are_there():
    for path in re.findall(r"\]\((\.readme/[^)]+)\)", TEXT):
        assert (ROOT / path).is_file(), path
