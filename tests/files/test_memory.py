"""The memory limit: how it is written, where it comes from, and what a refusal says."""

import subprocess
import sys

import pytest

from cnnviz.errors import ArgumentError, MemoryLimitError
from cnnviz.files import memory


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("123456", 123456),
        ("2GiB", 2 * 1024**3),
        ("500MB", 500_000_000),
        ("1.5 GB", 1_500_000_000),
        ("0.5KiB", 512),
        ("2g", 2 * 1024**3),
        ("64 kib", 65536),
        ("7b", 7),
        (" 3 TB ", 3 * 10**12),
    ],
)
def test_amounts(text, expected):
    assert memory.parse_bytes(text) == expected


@pytest.mark.parametrize(
    "text", ["", "x", "-1", "0", "0.0001B", "2 GiBB", "1e9", "2GB2", "nan", "٢GB", "1,5GB", "9" * 30, "GiB"]
)
def test_what_is_no_amount(text):
    with pytest.raises(ArgumentError) as caught:
        memory.parse_bytes(text)
    assert caught.value.argument == "max_memory"


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_950, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (40 * 10**9, "40 GB"),
        (10**22, "10000 EB"),
    ],
)
def test_shown_in_powers_of_1000(count, shown):
    assert memory.show_bytes(count) == shown


def test_a_refusal_names_subject_figures_and_option():
    memory.require(100, 100, "an array")
    with pytest.raises(MemoryLimitError, match=r"an array would need 40 GB .* limit is 2.0 GB: .*--max-memory"):
        memory.require(40 * 10**9, 2 * 10**9, "an array")


def test_the_default_is_half_of_the_machine_or_its_container(monkeypatch):
    memory.default_limit.cache_clear()
    monkeypatch.setattr(memory, "_machine", lambda: 8000)
    monkeypatch.setattr(memory, "_containers", lambda: [6000, 9000])
    assert memory.default_limit() == 3000
    with pytest.raises(MemoryLimitError):
        memory.require(3001, None, "a run")
    memory.default_limit.cache_clear()


def test_the_machine_has_a_sensible_amount():
    assert 10**8 < memory._machine() < 10**14


def test_limits_of_control_groups_version_2(tmp_path):
    inner = tmp_path / "fs" / "outer" / "inner"
    inner.mkdir(parents=True)
    (inner / "memory.max").write_text("max\n")
    (inner.parent / "memory.max").write_text("5000\n")
    groups = tmp_path / "cgroup"
    groups.write_text("0::/outer/inner\n")
    assert memory._containers(tmp_path / "fs", groups) == [5000]


def test_limits_of_control_groups_version_1(tmp_path):
    (tmp_path / "fs" / "memory" / "job").mkdir(parents=True)
    (tmp_path / "fs" / "memory" / "job" / "memory.limit_in_bytes").write_text("7000\n")
    groups = tmp_path / "cgroup"
    groups.write_text("3:cpu,memory:/job\n2:devices:/x\n")
    assert memory._containers(tmp_path / "fs", groups) == [7000]


def test_no_control_groups(tmp_path):
    assert memory._containers(tmp_path, tmp_path / "missing") == []


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of POSIX")
def test_the_limit_of_the_process_counts():
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30));"
        "from cnnviz.files.memory import default_limit; print(default_limit())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) == 2**29
