"""The door out: looked at before, whole or not there afterwards, nothing of others touched."""

import errno
import io
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from cnnviz.core.feature_maps import FeatureMaps
from cnnviz.errors import DiskError, WriteError, printable
from cnnviz.files import write as door
from cnnviz.files.maps import encode_npz
from cnnviz.files.source import Source, source_of
from cnnviz.files.write import Target, check, write

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX only")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(name, data=b"new", **options):
    write(Target(Path(name), **options), lambda file: file.write(data))


def failing(error):
    def writer(file):
        file.write(b"half")
        file.flush()
        raise error

    return writer


def listing(folder):
    return sorted(entry.name for entry in folder.iterdir())


# --------------------------------------------------------------------------------------------------- writing


def test_a_file_appears_whole(here):
    put("a.bin", b"x" * 100_000)
    assert (here / "a.bin").read_bytes() == b"x" * 100_000
    assert listing(here) == ["a.bin"]


def test_the_old_file_stays_until_the_new_one_is_whole(here):
    put("a", b"old")

    def writer(file):
        file.write(b"new")
        file.flush()
        assert (here / "a").read_bytes() == b"old"

    write(Target(Path("a")), writer)
    assert (here / "a").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), DiskError),
        (KeyboardInterrupt(), KeyboardInterrupt),
        (ValueError("bug"), ValueError),
        (MemoryError(), MemoryError),
    ],
)
def test_a_failure_leaves_the_old_file_and_no_litter(here, error, raised):
    put("a", b"old")
    for name in ("a", "b"):
        with pytest.raises(raised):
            write(Target(Path(name)), failing(error))
    assert (here / "a").read_bytes() == b"old"
    assert listing(here) == ["a"]


def test_a_full_disk_is_one_line_and_exit_code_1(here):
    with pytest.raises(DiskError) as caught:
        write(Target(Path("a")), failing(OSError(errno.ENOSPC, "No space left on device")))
    assert str(caught.value) == "a: writing failed: no space left on device"
    assert caught.value.exit_code == 1


@posix
def test_permissions_are_kept_and_the_umask_is_honoured(here):
    put("old")
    os.chmod("old", 0o640)
    before = os.umask(0o027)
    try:
        put("old", b"again")
        put("new")
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat("old").st_mode) == 0o640
    assert stat.S_IMODE(os.stat("new").st_mode) == 0o640
    os.chmod("old", 0o604)
    put("old", b"again")
    assert stat.S_IMODE(os.stat("old").st_mode) == 0o604


@posix
def test_links_are_followed(here):
    (here / "far").mkdir()
    put("far/real", b"old")
    os.symlink("far/real", "link")
    os.symlink("far/fresh", "dangling")
    put("link", b"new")
    put("dangling", b"fresh")
    assert os.path.islink("link")
    assert (here / "far/real").read_bytes() == b"new"
    assert (here / "far/fresh").read_bytes() == b"fresh"
    assert listing(here / "far") == ["fresh", "real"]


@posix
def test_devices_are_written_straight(here):
    # A terminal of the test's own: were the code wrong, root would put a file in the place of a real device.
    master, slave = os.openpty()
    try:
        terminal = Path(os.ttyname(slave))
        check([Target(terminal, endings=(".png",)), Target(terminal, endings=(".npz",))])
        put(terminal, b"through")
        assert os.read(master, 100) == b"through"
        with pytest.raises(DiskError, match="writing failed: no space left"):
            write(Target(terminal), failing(OSError(errno.ENOSPC, "No space left on device")))
    finally:
        os.close(master)
        os.close(slave)


@posix
def test_pipes_are_written_straight(here):
    os.mkfifo("pipe")
    reader = subprocess.Popen([sys.executable, "-c", "print(open('pipe','rb').read())"], stdout=subprocess.PIPE)
    put("pipe", b"through")
    assert reader.communicate()[0].strip() == b"b'through'"
    assert stat.S_ISFIFO(os.stat("pipe").st_mode)


def test_standard_output(monkeypatch):
    stream = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=stream))
    write(Target(None), lambda file: file.write(b"data"))
    assert stream.getvalue() == b"data"
    with pytest.raises(DiskError, match="standard output: writing failed"):
        write(Target(None), failing(OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(BrokenPipeError):
        write(Target(None), failing(BrokenPipeError()))
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(DiskError, match="no standard output"):
        write(Target(None), lambda file: file.write(b"data"))


def test_the_folder_may_vanish_between_looking_and_writing(here):
    with pytest.raises(WriteError, match="gone/a cannot be written: no such file"):
        put("gone/a")


def test_long_names_need_no_longer_temporary_ones(here):
    name = "n" * 250 + ".npz"
    put(name)
    assert listing(here) == [name]


# ------------------------------------------------------------------------------------ killed, and at the same time

CHILD = """
import sys, time
from pathlib import Path
from cnnviz.files.write import Target, write
def writer(file):
    file.write(b"half"); file.flush()
    print("writing", flush=True)
    time.sleep(float(sys.argv[2]))
    file.write(b" done")
write(Target(Path(sys.argv[1])), writer)
"""


def start(name, seconds):
    child = subprocess.Popen([sys.executable, "-c", CHILD, name, str(seconds)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"writing\n" or child.wait() == 0
    return child


@posix
def test_what_a_killed_run_leaves_goes_with_the_next_run(here):
    put("a", b"old")
    child = start("a", 60)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert (here / "a").read_bytes() == b"old"
    assert len(listing(here)) == 2
    put("a", b"new")
    assert listing(here) == ["a"]
    assert (here / "a").read_bytes() == b"new"


@posix
def test_whatever_killed_runs_left_in_the_folder_goes_with_the_next_run_there(here):
    (here / "elsewhere").mkdir()
    dead = [start(name, 60) for name in ("a", "b", "b", "elsewhere/c")]
    for child in dead:
        child.kill()
        child.communicate()
    others = [".cnnviz-0123456789ab-.tmp", ".cnnviz-0123456789ab-0.tmp.bak", ".cnnviz-mine-0.tmp", "elsewhere", "x.tmp"]
    for name in others:
        if name != "elsewhere":
            (here / name).touch()
    before = set(listing(here))
    assert len(before) == 3 + len(others)
    living = start("d", 0.5)
    (its,) = set(listing(here)) - before
    put("e")
    assert listing(here) == sorted([*others, its, "e"])
    living.communicate()
    assert living.returncode == 0
    assert listing(here) == sorted([*others, "d", "e"])
    assert len(listing(here / "elsewhere")) == 1  # another folder's leavings are not its business


@posix
@pytest.mark.parametrize("refused", ["listdir", "unlink", "open"])
def test_leavings_that_may_not_be_removed_stay_and_hinder_nobody(here, monkeypatch, refused):
    stale = here / ".cnnviz-0123456789ab-0.tmp"
    stale.touch()
    real = getattr(os, refused)

    def refuse(path, *arguments):
        if Path(path) in (here, stale):
            raise PermissionError(errno.EPERM, "Operation not permitted")
        return real(path, *arguments)

    monkeypatch.setattr(os, refused, refuse)
    put("a")
    monkeypatch.undo()
    assert sorted(os.listdir(here)) == [stale.name, "a"]


@posix
def test_a_living_run_keeps_its_temporary_file(here):
    child = start("a", 0.5)
    put("a", b"second")
    assert (here / "a").read_bytes() == b"second"
    assert len(listing(here)) == 2
    child.communicate()
    assert child.returncode == 0
    assert (here / "a").read_bytes() == b"half done"
    assert listing(here) == ["a"]


@posix
def test_many_runs_at_once_never_mix(here):
    script = (
        "import sys\nfrom pathlib import Path\nfrom cnnviz.files.write import Target, write\n"
        "data = sys.argv[1].encode() * 999\n"
        "for _ in range(40): write(Target(Path('a')), lambda f: [f.write(data) for _ in range(9)])"
    )
    children = [subprocess.Popen([sys.executable, "-c", script, letter]) for letter in "abc"]
    seen = set()
    while any(child.poll() is None for child in children):
        if os.path.exists("a"):
            data = (here / "a").read_bytes()
            assert len(data) == 9 * 999
            seen.update(set(data))
            assert len(set(data)) == 1
        time.sleep(0.001)
    assert [child.returncode for child in children] == [0, 0, 0]
    assert seen
    assert listing(here) == ["a"]


@posix
def test_a_file_that_appears_while_another_is_swept_stays(here, monkeypatch):
    (here / "temporary").write_bytes(b"stale")
    lock = door._lock

    def swapped(descriptor, **options):
        (here / "fresh").write_bytes(b"somebody's")
        os.replace("fresh", "temporary")
        return lock(descriptor, **options)

    monkeypatch.setattr(door, "_lock", swapped)
    door._sweep(here / "temporary")
    assert (here / "temporary").read_bytes() == b"somebody's"
    monkeypatch.setattr(door, "_lock", lock)
    door._sweep(here / "temporary")
    assert listing(here) == []


@posix
def test_a_temporary_name_taken_by_a_link_is_left_alone(here):
    put("precious", b"keep")
    probe = []
    write(Target(Path("a")), lambda file: probe.append(next(n for n in listing(here) if n.startswith(".cnnviz-"))))
    os.symlink("precious", probe[0])
    put("a")
    assert (here / "precious").read_bytes() == b"keep"
    assert (here / "a").read_bytes() == b"new"


@posix
def test_too_many_at_once_is_one_line(here, monkeypatch):
    monkeypatch.setattr(door, "_RUNS_AT_ONCE", 1)
    child = start("a", 60)
    try:
        with pytest.raises(WriteError, match="other run"):
            put("a")
    finally:
        child.kill()
        child.communicate()


# ------------------------------------------------------------------------------------------------- looking first


def ours(path, name):
    with open(path, "wb") as file:
        encode_npz(FeatureMaps([[1.0]], source=name), file, source_of(name).id)


def test_places_that_cannot_be(here):
    (here / "folder").mkdir()
    (here / "file").write_bytes(b"")
    for name, says in [
        ("folder", "folder is a folder: name a file in it"),
        ("gone/x.png", "gone/x.png: the folder gone does not exist: make it first"),
        ("file/x.png", "does not exist"),
        ("x.jpg", r"x.jpg does not end in .png or .svg"),
        ("x", "does not end in"),
        ("y" * 300 + ".png", "cannot be written"),
        ("a\0b.png", "cannot be the name of a file"),
    ]:
        with pytest.raises(WriteError, match=says) as caught:
            check([Target(Path(name), endings=(".png", ".svg"))])
        assert printable(str(caught.value)) == str(caught.value)
    check([Target(Path("x.PNG"), endings=(".png", ".svg"))])
    assert listing(here) == ["file", "folder"]


def test_places_that_may_not_be_written(here, monkeypatch):
    (here / "kept.npz").write_bytes(b"")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(WriteError, match=r"folder .* may not be written to"):
        check([Target(Path("a.npz"))])
    monkeypatch.setattr(os, "access", lambda path, mode: os.path.isdir(path))
    with pytest.raises(WriteError, match="write-protected"):
        check([Target(Path("kept.npz"))])


def test_an_input_is_never_overwritten_under_any_name(here):
    (here / "sub").mkdir()
    (here / "photo.png").write_bytes(b"photo")
    (here / "k.npy").write_bytes(b"kernel")
    os.link("photo.png", "hard.png")
    names = ["photo.png", "./sub/../photo.png", str(here / "photo.png"), "hard.png"]
    if sys.platform != "win32":
        os.symlink("photo.png", "soft.png")
        names.append("soft.png")
    for name in names:
        for options in ({}, {"force": True}):
            with pytest.raises(WriteError, match="never overwritten"):
                check([Target(Path(name))], source_of("photo.png"), **options)
    with pytest.raises(WriteError, match="never overwritten"):
        check([Target(Path("k.npy"))], source_of("photo.png"), inputs=[Path("sub/../k.npy")])
    check([Target(Path("other.png"))], source_of("photo.png"), inputs=[Path("k.npy")])
    check([Target(Path("other.png"))], Source("stdin", None, "", "stdin"))


def test_two_outputs_of_one_name(here):
    (here / "sub").mkdir()
    for one, other in [("a.png", "a.png"), ("a.png", "sub/../a.png")]:
        with pytest.raises(WriteError, match="the grid and the maps would both go to"):
            check([Target(Path(one), what="the grid"), Target(Path(other), what="the maps")])
    with pytest.raises(WriteError, match="standard output"):
        check([Target(None), Target(None)])
    check([Target(None), Target(Path("a.png")), Target(Path("b.png"))])
    if os.path.exists("/dev/null"):
        check([Target(Path("/dev/null")), Target(Path("/dev/null"))])


def test_made_up_names_replace_only_what_came_from_the_same_source(here):
    source = source_of("photo.png")
    target = Target(Path("photo.conv.npz"), made_up=True)
    check([target], source)
    ours("photo.conv.npz", "photo.png")
    check([target], source)
    check([target], source_of("./photo.png"))
    for make in (lambda: ours("photo.conv.npz", "other.png"), lambda: (here / "photo.conv.npz").write_bytes(b"mine")):
        make()
        with pytest.raises(
            WriteError, match=r"cnnviz did not make it from photo.png: name another place with -o, or use --force"
        ):
            check([target], source)
        check([target], source, force=True)
        check([Target(Path("photo.conv.npz"))], source)  # a name that the user typed
    (here / "photo.conv.npz").unlink()
    (here / "photo.conv.npz").mkdir()
    with pytest.raises(WriteError, match="folder"):
        check([target], source, force=True)


@pytest.mark.skipif(sys.platform == "win32", reason="links take a right there")
def test_a_link_into_a_missing_folder_names_that_folder(here):
    os.symlink(os.path.join("nowhere", "x.png"), "link.png")
    with pytest.raises(WriteError, match=r"link\.png: the folder .*nowhere does not exist"):
        check([Target(Path("link.png"))])


@pytest.mark.skipif(sys.platform == "win32", reason="devices of POSIX")
def test_a_link_to_a_device_takes_maps(tmp_path):
    link = tmp_path / "maps.npz"
    link.symlink_to("/dev/null")
    door.save_maps(link, [[1.0, 2.0]])
    assert link.is_symlink()
