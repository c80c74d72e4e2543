"""Every command and every option on every class of broken input: one line, exit code 2, nothing written.

Commands and options are asked of the program itself: one that is missing from the tables here fails.
"""

import os

import pytest
from broken_files import BROKEN, HEADER_IS_RIGHT, broken, picture

from cnnviz.cli import app

LIMIT = ["--max-memory", "256MiB"]

COMMANDS = {
    "conv": ["FILE", "-k", "sobel"],
    "pool": ["FILE"],
    "params": ["FILE"],
    "kernels": ["sobel"],
    "trace": ["FILE", "-k", "sobel-x"],
    "animate": ["FILE", "-k", "sobel-x", "--resize", "8"],
    "diagram": ["filters", "FILE", "-k", "sobel"],
    "receptive-field": ["FILE", "--layer", "conv 3"],
}
"""How each command is given a file; where it does not read one, how it runs."""

SHARE = int(os.environ.get("CNNVIZ_TEST_HOSTILE", "9"))
"""Each option meets one class of broken files in so many, and each class many options; 1 has each meet all."""
NONSENSE = ("", " ", "[red]\x1b[31m\u202e\n", "nan", "-1", "0x10", "9" * 400, "1e999", "\udcff", "²")

OPTIONS = {
    "--activation": ["relu"],
    "--at": ["1,2"],
    "--bias": ["0.5"],
    "--channels": ["sum"],
    "--columns": ["2"],
    "--crop": ["0,0,9x9"],
    "--dilation": ["2"],
    "--figure-size": ["600"],
    "--filters": ["4"],
    "--fps": ["5"],
    "--frames": ["4"],
    "--groups": ["1"],
    "--input": ["3x9x9"],
    "--inputs": ["4"],
    "--kernel": ["box"],
    "--kernel-size": ["3"],
    "--layer": ["relu"],
    "--layout": ["hwc"],
    "--levels": ["255"],
    "--map": ["0"],
    "--max-memory": ["256MiB"],
    "--mode": ["avg"],
    "--normalize": ["each"],
    "--output": ["out.png"],
    "--p": ["3", "--pool", "lp"],
    "--pad": ["1"],
    "--pad-mode": ["reflect"],
    "--pad-value": ["0.5"],
    "--palette": ["grey"],
    "--pool": ["max"],
    "--pool-dilation": ["1", "--pool", "max"],
    "--pool-pad": ["1", "--pool", "max"],
    "--pool-size": ["2", "--pool", "max"],
    "--pool-stride": ["2", "--pool", "max"],
    "--range": ["0,1"],
    "--resize": ["8"],
    "--save": ["out.npz"],
    "--scale": ["1"],
    "--shift": ["1"],
    "--size": ["3"],
    "--stride": ["2"],
}
"""Every option that takes a value, a right value, and other options that it needs."""

RIGHT = {
    "--bias": {"-1"},
    "--pad-value": {"-1"},
    "--kernel": {"-1"},
    "--pad": {"0x10"},
    "--filters": {"9" * 400},  # counted exactly, however many
    "--frames": {"9" * 400},  # the most, not how many there are
    "--p": {"9" * 400, "1e999"},  # lp pooling of infinite power is the largest value
}
"""Of the nonsense, what is right for an option."""


def options(command, *, flags):
    return [p.opts[0] for p in app.command(command).params if p.param_type_name == "option" and p.is_flag == flags]


EVERY = [(command, name) for command in app.COMMANDS for name in options(command, flags=False)]
FLAGS = [(command, name) for command in app.COMMANDS for name in options(command, flags=True)]


@pytest.fixture
def refused(cnnviz, folder):
    """Run the program and check that it is refused as everything is: one line, exit code 2, nothing written."""
    (folder / "photo.png").write_bytes(picture())

    def run(*arguments):
        before = contents(folder)
        result = cnnviz(*arguments)
        shown = arguments, result
        assert result.code == 2, shown
        assert result.err.startswith("cnnviz: "), shown
        assert result.err.count("\n") == 1 and result.err[:-1].isprintable(), shown
        assert result.out == "", shown
        assert contents(folder) == before, shown
        return result

    return run


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def hostile(command, classes=tuple(BROKEN)):
    """Return the classes that a command cannot take: params wants a shape and nothing else, which stands in front."""
    return [what for what in classes if command != "params" or what not in HEADER_IS_RIGHT]


def line(command, file):
    return [command, *(file if word == "FILE" else word for word in COMMANDS[command])]


def test_the_tables_are_whole():
    assert list(COMMANDS) == list(app.COMMANDS)
    assert sorted(OPTIONS) == sorted({name for _, name in EVERY})


@pytest.mark.parametrize("command", [name for name in COMMANDS if "FILE" in COMMANDS[name]])
def test_every_command_on_every_broken_file(refused, folder, command):
    for what in hostile(command):
        (folder / "broken").write_bytes(broken(what))
        assert "broken: " in refused(*line(command, "broken"), *LIMIT).err, what
    (folder / "somewhere").mkdir()
    for name in ("missing", "somewhere", "", "-missing", "a\0b", "[red]\x1b[31m\u202e\n\udcff"):
        refused(command, *COMMANDS[command][1:], *LIMIT, "--", name)


@pytest.mark.parametrize("command", [command for command, name in EVERY if name == "--kernel"] + ["kernels"])
def test_every_command_on_every_broken_kernel(refused, folder, command):
    given = ["kernels"] if command == "kernels" else [*line(command, "photo.png"), "--kernel"]
    for what in BROKEN:
        (folder / "broken.csv").write_bytes(broken(what))
        assert "broken.csv: " in refused(*given, "broken.csv", *([] if command == "kernels" else LIMIT)).err


@pytest.mark.parametrize(("command", "option"), EVERY)
def test_every_option_on_nonsense(refused, command, option):
    _, *needed = OPTIONS[option]
    for value in NONSENSE:
        if value not in RIGHT.get(option, ()):
            refused(*line(command, "photo.png"), *needed, f"{option}={value}")


@pytest.mark.parametrize(("command", "option"), EVERY + FLAGS)
def test_every_option_with_broken_files(refused, folder, command, option):
    if "FILE" not in COMMANDS[command]:
        return
    value = [f"{option}={OPTIONS[option][0]}", *OPTIONS[option][1:]] if option in OPTIONS else [option]
    for what in hostile(command, tuple(BROKEN)[sum(map(ord, command + option)) % SHARE :: SHARE]):
        (folder / "broken").write_bytes(broken(what))
        refused(*line(command, "broken"), *LIMIT, *value)
