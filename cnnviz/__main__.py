"""`python -m cnnviz` and the console script: from here on Ctrl-C is one line."""

from __future__ import annotations

import gc
import os
import signal
import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        # A run makes many objects and hardly a cycle; to look for some as often as Python does takes 10 ms.
        gc.set_threshold(100_000)
        # NumPy's own threads quarrel with ours, and starting them takes a third of its import.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        from cnnviz.cli.app import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("cnnviz: interrupted\n")
        code = 130
    except (ImportError, MemoryError) as error:  # a library that is broken, or that memory has no room for
        reason = str(error).strip().rpartition("\n")[2] or "not enough memory"
        sys.stderr.write(f"cnnviz: the program cannot be loaded: {reason}; allow it more memory, or install it anew\n")
        code = 2
    # All is said and written; what the interpreter still tidies up is not worth a traceback.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()  # nor worth looking through all objects for cycles, as the interpreter does at its end: 20 ms
    sys.exit(code)


if __name__ == "__main__":
    main()
