"""`python -m cnnviz` and the console script: from here on Ctrl-C is one line.

Up to here nothing is imported but what Python itself has loaded already, not even `__future__`.
"""

import gc
import os
import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    code = None
    try:
        import signal

        code = _run()
        # All is said and written.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except (KeyboardInterrupt, RuntimeError) as error:
        # Python 3.11 says RuntimeError where it was interrupted while it made a class.
        if not isinstance(error.__cause__ or error, KeyboardInterrupt):
            raise
        import signal  # which may be what was interrupted

        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if code is None:  # a run that has ended already stays as it ended
            sys.stderr.write("cnnviz: interrupted\n")
            code = 130
    # What the interpreter would still tidy up takes 30 ms, and nobody needs it. Nor would it keep to the code: where a
    # signal came within `eval`, as when a named tuple is made, `python -m` ends by the signal, whoever looked after it.
    os._exit(code)


def _run() -> int:
    try:
        # A run makes many objects and hardly a cycle; to look for some as often as Python does takes 10 ms.
        gc.set_threshold(100_000)
        # NumPy's own threads quarrel with ours, and starting them takes a third of its import.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        from cnnviz.cli.app import run

        return run(sys.argv[1:])
    # A library that is broken, or that memory has no room for: Python's own import then fails in any of three ways.
    except (ImportError, MemoryError, SystemError) as error:
        said = str(error).strip().rpartition("\n")[2] if isinstance(error, ImportError) else ""
        reason = said or "not enough memory"
        sys.stderr.write(f"cnnviz: the program cannot be loaded: {reason}; allow it more memory, or install it anew\n")
        return 2


if __name__ == "__main__":
    main()
