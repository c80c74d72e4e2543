"""What the machine is, and whether others used it meanwhile: only then can figures be compared."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

BUSY = 0.1
"""The share of all processor time from which others spoil a measurement."""
PACKAGES = ("numpy", "pillow", "typer", "opencv-python-headless", "opencv-python", "scipy", "torch")


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def described() -> str:
    """Return one line: cores, Python, the packages that are compared."""
    parts = [f"{cores()} cores", f"{platform.system()} {platform.machine()}", f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            parts.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(parts)


class Others:
    """Watches what the rest of the machine does from its making on."""

    def __init__(self) -> None:
        self._before = _ticks()
        self._own = _own()
        self._load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0

    def verdict(self) -> str:
        """Return one line: quiet or busy, and how much so."""
        if self._before is None:
            return f"load at the beginning {self._load:.1f}: {'busy' if self._load > 0.5 else 'quiet'}"
        busy, total = (now - then for now, then in zip(_ticks() or (0, 1), self._before, strict=True))
        others = max(busy / os.sysconf("SC_CLK_TCK") - (_own() - self._own), 0.0)
        share = others / (total / os.sysconf("SC_CLK_TCK"))
        words = "THE MACHINE WAS BUSY, measure again" if share > BUSY else "the machine was quiet"
        return f"{words}: others used {share:.0%} of its processors"


def _own() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _ticks() -> tuple[int, int] | None:
    """Return (busy, all) ticks of all processors since the machine began, None where the system does not tell."""
    try:
        ticks = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    except OSError:
        return None
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)
