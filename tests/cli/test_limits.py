"""Every option of every command, given the largest number it could be given: answered at once, or refused in one line.

The options are asked of the program itself: one that is in neither table here fails. Then all that needs more than it
may have: refused before it is taken, or where the system gives no more.
"""

import os
import re
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from cnnviz import grid
from cnnviz.cli import app
from cnnviz.errors import ArgumentError

LIMIT = 100  # MB, for each run
PEAK = 130 << 20  # bytes that a run may hold: its limit, and what its modules take

COMMANDS = {
    "conv": "conv photo.png -k sobel",
    "pool": "pool photo.png",
    "params": "params",
    "trace": "trace photo.png -k sobel-x -o out.png",
    "animate": "animate drawing.csv -k sobel-x --frames 2",
    "diagram": "diagram filters",
    "receptive-field": "receptive-field photo.png --layer relu",
}
"""What an option is given to, unless it is for another run of its command."""
OTHERS = {
    "conv --groups": "conv photo.png -k weights.npy",
    "pool --p": "pool photo.png --mode lp",
    "trace --groups": "trace photo.png -k weights.npy",
    "animate --groups": "animate photo.png -k weights.npy",
    "animate --resize": "animate photo.png -k sobel-x --frames 2",
    "diagram --inputs": "diagram local",
    "diagram --crop": "diagram filters photo.png",
    "diagram --resize": "diagram filters photo.png",
    "receptive-field --input": "receptive-field --layer relu",
}
NOT_FOR_THIS_RUN = re.compile("is not for|belongs to|is for |leave one out")

MUCH = "999999999"
HUGE = {
    "--at": [f"{MUCH},{MUCH}"],
    "--bias": [",".join(["1"] * 20_000)],
    "--columns": [MUCH],
    "--crop": [f"0,0,{MUCH}x{MUCH}", f"{MUCH},{MUCH},1x1"],
    "--dilation": [MUCH, f"1,{MUCH}"],
    "--figure-size": [MUCH],
    "--filters": [MUCH],
    "--fps": [MUCH],
    "--frames": [MUCH],
    "--groups": [MUCH],
    "--input": [f"{MUCH}x{MUCH}x{MUCH}", f"1x{MUCH}x1", f"{10**17}x1x1"],
    "--inputs": [MUCH],
    "--kernel": ["gaussian:100001", "random:3,count=1000000000", "box:1x999999999", "random:3,count=20000"],
    "--kernel-size": [MUCH, f"1,{MUCH}"],
    "--layer": ["conv 1000000 pad=1000000 filters=1000000", "conv 1 filters=1000000", "max 1000000 pad=500000"],
    "--levels": ["1e300"],
    "--map": [MUCH],
    "--p": [MUCH],
    "--pad": [MUCH, "100000", f"top={MUCH}"],
    "--pool-dilation": [MUCH],
    "--pool-pad": [MUCH],
    "--pool-size": [MUCH],
    "--pool-stride": [MUCH],
    "--range": ["-3e38,3e38"],
    "--resize": [MUCH, "100000x1", "100000x100000"],
    "--scale": ["1000000", "1e18", "1e300", "1e-300"],
    "--shift": [MUCH],
    "--size": [MUCH],
    "--stride": [MUCH],
}
"""Every option that takes a size or a number."""
NO_SIZE = {
    "--activation", "--channels", "--layout", "--max-memory", "--mode", "--normalize", "--output", "--pad-mode",
    "--pad-value", "--palette", "--pool", "--save",
}  # fmt: skip

FOR_MAPS = f"--max-memory {LIMIT}MB"
REFUSED = {
    "conv photo.png -k sobel --pad 100000": "this run on 3×40×48 would need 320 GB",
    "conv photo.png -k box --pad same --resize 100000": "resizing to 83333×100000 would need 200 GB",
    "conv photo.png -k gaussian:100001": "1 kernel of 100001×100001 would need 400 GB",
    "conv photo.png -k random:1,count=100000000": "100000000 kernels of 1×1 would need 54 GB",
    "conv photo.png -k box --pool max --pool-size 2 --pool-pad 1 --resize 9000": "would need",
    "conv photo.png -k sobel --scale 1000": "the grid would have",
    "conv photo.png -k random:3,count=800 --scale 3": "the grid would have",
    "conv photo.png -k box --resize 2000 --scale 1": "the grid would have",  # beside its maps
    "conv photo.png -k sobel --shift 3 --pad 100000": "this run on 3×40×48 would need 320 GB",
    "conv drawing.csv -k sobel --pad 200000 --dilation 3": "this run on 1×5×5 would need 1.3 TB",
    "pool photo.png --resize 90000": "would need",
    "pool photo.png --shift 1 --resize 9000": "would need",
    "params photo.png -k gaussian:2001": "would need 160 MB of memory, and the limit is 100 MB",
    "kernels random:3,count=10000 -o out.png": "a sheet of 10\xa0000 kernels would need 5.0 GB",
    "kernels gaussian:100001": "would need 400 GB",
    "trace photo.png -k gaussian:301 --pad same": "spelling out a window of 3×301×301 would need 204 MB",
    "trace photo.png --pool max --pool-size 20000 --pool-pad 10000 --pool-stride 1": "would need 100 GB",
    "animate photo.png --pool max --pool-size 2000 --pool-pad 1000 --pool-stride 1": "would need 1.0 GB",
    "animate photo.png -k sobel-x --figure-size 3840 -o out.webp": "an animation of 3840×846 px would need 624 MB",
    "diagram filters photo.png -k random:3,count=100000": "would need",
    "receptive-field photo.png --layer relu --resize 100000": "would need 200 GB",
}
"""What asks for more than it may have, in all the ways there are, and the figure that it is told."""
TELLING = """
import os
from cnnviz.__main__ import main

def tell(code, leave=os._exit):
    with open("/proc/self/status") as status:
        print(next(line.split()[1] for line in status if line.startswith("VmHWM")), flush=True)
    leave(code)

os._exit = tell
main()
"""
"""The program, which says at its end how many KiB it held at most: getrusage would count the tests' memory too."""


def options(command):
    return [p.opts[0] for p in app.command(command).params if p.param_type_name == "option" and not p.is_flag]


EVERY = [(command, name) for command in app.COMMANDS for name in options(command)]
CASES = [(command, name, value) for command, name in EVERY for value in HUGE.get(name, ())]


@pytest.fixture
def measured(cnnviz, photo, drawing, folder):
    """Run the program under the limit, and check how it ends, what it took, and that a refusal leaves nothing."""

    def run(*arguments):
        before = sorted(folder.iterdir())
        tracemalloc.start()
        try:
            result = cnnviz(*arguments, *FOR_MAPS.split())
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < PEAK, (arguments, peak >> 20)
        if result.code:
            assert result.code == 2, result
            assert result.out == "", result
            assert result.err.startswith("cnnviz: ") and result.err.count("\n") == 1, result
            assert sorted(folder.iterdir()) == before, arguments
        return result

    return run


def test_the_tables_are_whole():
    assert {name for _, name in EVERY} == HUGE.keys() | NO_SIZE
    assert {command for command, _, _ in CASES} == COMMANDS.keys()
    assert {command.split()[0] for command in REFUSED} == set(app.COMMANDS)


@pytest.mark.parametrize(("command", "option", "value"), CASES, ids=lambda word: word[:30])
def test_the_largest_numbers_are_answered_or_refused(measured, command, option, value):
    np.save("weights.npy", np.ones((3, 1, 3, 3)))
    line = OTHERS.get(f"{command} {option}", COMMANDS[command])
    if option.startswith("--pool-") or (option == "--p" and command != "pool"):
        line = "diagram pooling --pool lp" if command == "diagram" else f"{line} --pool lp"
    result = measured(*line.split(), f"{option}={value}")
    assert not NOT_FOR_THIS_RUN.search(result.err), result


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize("command", REFUSED)
def test_too_much_is_refused_with_the_figure_before_it_is_taken(photo, drawing, folder, command):
    before = sorted(folder.iterdir())
    words = [sys.executable, "-c", TELLING, *command.split(), *FOR_MAPS.split()]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 2, done
    assert done.stderr.startswith("cnnviz: ") and done.stderr.count("\n") == 1, done
    assert REFUSED[command] in done.stderr
    assert int(done.stdout) << 10 < PEAK
    assert sorted(folder.iterdir()) == before


STARVED = {
    "conv": ("conv photo.png -k random:5 --save out.npz -o out.png", (0.6, 1.7)),
    "pool": ("pool large.png -o out.png", (0.9, 2.5)),
    "params": ("params -o out.png", (0.3, 1.5)),
    "kernels": ("kernels -o out.png", (1.3, 1.8)),
    "trace": ("trace drawing.csv -k sobel-x -o out.png", (1.2, 1.6)),
    "animate": ("animate drawing.csv -k sobel-x --frames 3 -o out.webp", (1.8, 2.0)),
    "diagram": ("diagram filters -o out.svg", (1.1, 1.5)),
    "receptive-field": ("receptive-field large.png --layer relu -o out.png", (0.2, 2.5)),
}
"""Commands, and how much of the address space that NumPy takes to be imported they may take: it ends where modules,
inputs, maps or figures are made."""


@pytest.fixture(scope="module")
def of_numpy():
    """The address space in bytes that Python takes to import NumPy on this machine."""
    peak = "import numpy; print(next(line.split()[1] for line in open('/proc/self/status') if 'VmPeak' in line))"
    one_thread = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    return int(subprocess.run([sys.executable, "-c", peak], env=one_thread, capture_output=True).stdout) << 10


@pytest.mark.skipif(sys.platform != "linux", reason="the address space is limited on Linux")
@pytest.mark.parametrize("command", app.COMMANDS)
def test_an_address_space_that_ends_is_one_line(photo, drawing, folder, of_numpy, command):
    import resource

    from PIL import Image

    Image.new("1", (3000, 2000)).convert("RGB").save("large.png", compress_level=1)
    line, shares = STARVED[command]
    before = sorted(folder.iterdir())
    refused = 0
    for share in shares:
        size = int(share * of_numpy)
        done = subprocess.run(
            [sys.executable, "-m", "cnnviz", *line.split()],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            preexec_fn=lambda size=size: resource.setrlimit(resource.RLIMIT_AS, (size, size)),
        )
        if done.returncode == 0:  # other machines need a little less
            for output in folder.glob("out.*"):
                output.unlink()
        else:
            refused += 1
            assert (done.returncode, done.stdout) == (2, ""), (share, done.stderr)
            assert done.stderr.startswith("cnnviz: ") and done.stderr.count("\n") == 1, (share, done.stderr)
        assert sorted(folder.iterdir()) == before, share
    assert refused, "the limits are too mild to show anything"


@pytest.mark.parametrize("words", ["out of memory", "unknown file format"])
@pytest.mark.parametrize("where", ["cnnviz.cli.picture.draw", "cnnviz.draw.encode.encode"])
def test_a_library_without_room_is_not_the_fault_of_a_place(cnnviz, photo, folder, monkeypatch, where, words):
    def full(*_, **__):
        raise OSError(words)  # as FreeType says it, without a number

    monkeypatch.setattr(where, full)
    result = cnnviz("conv", photo, "-k", "sobel", "--no-save")
    assert result.code == 2 and result.err.startswith("cnnviz: not enough memory"), result
    assert [entry.name for entry in folder.iterdir()] == [photo]


def test_a_scale_beyond_every_number_is_refused_by_the_api_too():
    with pytest.raises(ArgumentError, match="at most"):
        grid([[1.0, 2.0]], scale=1e300)
