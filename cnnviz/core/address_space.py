"""How much address space may this process take? Two ask: who counts memory, and who starts threads, which take room."""

from __future__ import annotations

import sys


def address_space() -> int:
    """Return the limit of the process's address space (`ulimit -v`) in bytes; `sys.maxsize` where there is none."""
    if sys.platform == "win32":
        return sys.maxsize
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft
