"""Every command that writes, at places that cannot or must not be written, and through links: whole or untouched."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest
from writing import WRITES, into

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links, devices and mounts of POSIX")

OLD = b"what stood there before"


def contents(folder):
    return {entry: entry.read_bytes() for entry in folder.rglob("*") if entry.is_file()}


@pytest.fixture
def refused(cnnviz, photo, folder):
    """Run, and check that it is one line with this exit code, and that no file has changed."""

    def run(arguments, code=2, within=folder):
        before = contents(within)
        result = cnnviz(*arguments, "--force")
        assert (result.code, result.out) == (code, ""), result
        assert result.err.startswith("cnnviz: ") and result.err.count("\n") == 1, result
        assert contents(within) == before
        return result.err

    return run


@pytest.mark.parametrize("name", WRITES)
def test_folders_and_missing_folders(refused, folder, name):
    arguments, path = into(name, "there")
    (folder / path).mkdir()
    assert "is a folder" in refused(arguments)
    assert "the folder nowhere does not exist" in refused(into(name, "nowhere/out")[0])
    (folder / "file").write_bytes(OLD)
    assert "does not exist" in refused(into(name, "file/out")[0])


@pytest.mark.parametrize("name", WRITES)
def test_links_are_followed_and_stay_links(cnnviz, photo, folder, name):
    (folder / "far").mkdir()
    arguments, link = into(name, "link")
    _, real = into(name, "far/real")
    os.symlink(real, link)
    (folder / real).write_bytes(OLD)
    assert cnnviz(*arguments, "--force").code == 0
    assert os.path.islink(link)
    assert (folder / real).read_bytes() != OLD
    assert os.listdir("far") == [os.path.basename(real)]


@pytest.mark.parametrize("name", WRITES)
def test_a_link_into_itself_is_one_line(refused, name):
    arguments, link = into(name, "ring")
    os.symlink(link, link)
    refused(arguments)
    assert os.readlink(link) == link


@pytest.mark.parametrize("name", [name for name in WRITES if "photo.png" in WRITES[name]])
def test_an_input_is_never_overwritten_under_any_name(refused, folder, name):
    arguments, _ = into(name, "x")
    ending = os.path.splitext(next(word for word in arguments if word.startswith("x.")))[1]
    (folder / "photo.png").rename(folder / f"photo{ending}")  # content decides what a file is, not its ending
    (folder / "a").mkdir()
    os.symlink(f"photo{ending}", f"soft{ending}")
    os.link(f"photo{ending}", f"hard{ending}")
    for other in ("photo", "a/../photo", f"{folder}/photo", "soft", "hard"):
        words = [f"photo{ending}" if word == "photo.png" else word for word in into(name, other)[0]]
        assert "never overwritten" in refused(words)


@contextmanager
def mounted(folder, options):
    """Mount a file system in memory; skips where that is not permitted."""
    folder.mkdir()
    mount = shutil.which("mount") or pytest.skip("no program that mounts")
    if subprocess.run([mount, "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("mounting is not permitted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="file systems in memory, as Linux has them")
@pytest.mark.parametrize("name", WRITES)
def test_a_full_disk_keeps_the_old_file(refused, folder, name):
    page = os.sysconf("SC_PAGE_SIZE")
    with mounted(folder / "small", f"size={2 * page}") as small:
        arguments, path = into(name, "small/out")
        (small / "filling").write_bytes(b"-" * 2 * page)
        assert path in refused(arguments, 1, small)
        (small / "filling").write_bytes(b"-" * page)
        (folder / path).write_bytes(OLD)  # takes the other page
        assert path in refused(arguments, 1, small)
        assert (folder / path).read_bytes() == OLD
        assert sorted(os.listdir(small)) == ["filling", os.path.basename(path)]


@pytest.mark.skipif(sys.platform != "linux", reason="file systems in memory, as Linux has them")
@pytest.mark.parametrize("name", WRITES)
def test_a_folder_that_may_only_be_read_is_refused_before_any_work(refused, folder, name):
    with mounted(folder / "kept", "ro"):
        assert "the folder kept may not be written to" in refused(into(name, "kept/out")[0])
