"""How much room may this process take? Two ask: who counts memory, and who starts threads, which take room."""

from __future__ import annotations

import sys


def address_space() -> int:
    """Return the limit of the process's address space or data (`ulimit -v`, `-d`), in bytes; else `sys.maxsize`."""
    if sys.platform == "win32":
        return sys.maxsize
    import resource

    limits = [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA)]
    return min((limit for limit in limits if limit != resource.RLIM_INFINITY), default=sys.maxsize)
