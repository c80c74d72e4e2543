"""The one door out: every file is whole or not there.

Before any work is done, `check` looks at all the places at once: folders that exist, names that fit, nothing that
would hit an input or somebody else's file. Then `write` fills a temporary file beside the destination and moves it
into place; whatever goes wrong, the old file stays as it was.

The temporary file is locked while its writer lives. A killed run leaves one behind without a lock, and the next run
that writes into the same folder takes it away.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, BinaryIO, NamedTuple, cast

from cnnviz.errors import CnnvizError, DiskError, WriteError, printable
from cnnviz.files import provenance

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from cnnviz.core.feature_maps import FeatureMaps
    from cnnviz.files.source import Source

Writer = Callable[[BinaryIO], None]

_RUNS_AT_ONCE = 16  # that may write one name at the same time
_TEMPORARY = re.compile(r"\.cnnviz-[0-9a-f]{12}-\d{1,2}\.tmp")
_QUIET = 60.0  # seconds after its last byte that a file without a lock may still be waiting for its move
_DISK = {errno.ENOSPC, errno.EFBIG, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC)}


class Target(NamedTuple):
    """A place to write to.

    `path` is None for standard output. A `made_up` name, which the user did not type, replaces only what was made
    from the same source. `endings` are those that fit, such as (".png", ".svg"); empty: any. `what` is how a message
    calls it: "the grid", "the maps".
    """

    path: Path | None
    made_up: bool = False
    endings: tuple[str, ...] = ()
    what: str = "the output"


def check(
    targets: Sequence[Target], source: Source | None = None, *, inputs: Sequence[Path] = (), force: bool = False
) -> None:
    """Raise WriteError for the first target that cannot or must not be written; nothing is touched.

    `source` is the input, `inputs` are other files that are read (kernels): none of them is ever overwritten.
    `force` lets made-up names replace whatever is there.
    """
    read = [path for path in (source.path if source else None, *inputs) if path is not None]
    for index, target in enumerate(targets):
        if target.path is not None:
            name = printable(str(target.path))
            with _said_plainly(name):
                _check_place(target.path, name, target.endings)
                for path in read:
                    if _same(target.path, path):
                        raise WriteError(f"{name} is an input, and inputs are never overwritten: name another place")
                if target.made_up and not force:
                    _check_made_up(target.path, name, source)
        for other in targets[:index]:
            if _same(target.path, other.path):
                place = "standard output" if target.path is None else printable(str(target.path))
                raise WriteError(f"{other.what} and {target.what} would both go to {place}: name another for one")


def write(target: Target, writer: Writer) -> None:
    """Let `writer` write the target's bytes; the file is whole afterwards, or as it was before.

    Raises WriteError where the place cannot be written, DiskError where writing began and failed. What `writer`
    itself raises passes through; a broken pipe of standard output too.
    """
    if target.path is None:
        _to_stdout(writer)
        return
    name = printable(str(target.path))
    with _said_plainly(name):
        real = _real(target.path, name)
        if _is_special(real):
            with real.open("wb") as file, _failing(name):
                writer(cast(BinaryIO, _Straight(file)))
                file.flush()
            return
        _replace(real, name, writer)


def save_maps(path: str | os.PathLike[str], maps: FeatureMaps | ArrayLike) -> None:
    """Save feature maps, or a plain (C, H, W) or (H, W) array: .npz with labels and history, .npy or .csv without.

    Values are stored as float32. The file appears whole or not at all, and replaces what was there. Raises
    WriteError, DiskError while writing, and ArgumentError for values that are no maps or beyond float32, and for labels
    and a history that could not be read again.
    """
    from cnnviz.files.maps import ENCODERS, as_maps, encoder

    target = Target(Path(os.fsdecode(path)), endings=tuple(ENCODERS), what="the maps")
    ready = as_maps(maps)
    check([target])
    write(target, lambda file: encoder(str(target.path))(ready, file, None))


# -------------------------------------------------------------------------------------------------- looking first


def _check_place(path: Path, name: str, endings: tuple[str, ...]) -> None:
    if path.is_dir():
        raise WriteError(f"{name} is a folder: name a file in it")
    real = _real(path, name)
    if _is_special(real):
        return
    if endings and path.suffix.lower() not in endings:
        raise WriteError(f"{name} does not end in {' or '.join(endings)}")
    folder = printable(str(real.parent if path.is_symlink() else path.parent))
    if not real.parent.is_dir():
        raise WriteError(f"{name}: the folder {folder} does not exist: make it first")
    if not os.access(real.parent, os.W_OK | os.X_OK):
        raise WriteError(f"{name}: the folder {folder} may not be written to")
    with suppress(FileNotFoundError):
        os.stat(real)  # a name that is too long, or a ring of links, fails here
        if not os.access(real, os.W_OK):
            raise WriteError(f"{name} is write-protected: name another place")


def _real(path: Path, name: str) -> Path:
    """Return where a name leads in the end, links followed."""
    try:
        return Path(os.path.realpath(path))
    except ValueError:
        raise WriteError(f"{name} cannot be the name of a file") from None


def _check_made_up(path: Path, name: str, source: Source | None) -> None:
    if not path.exists() or (source is not None and provenance.made_from(path) == source.id):
        return
    whose = f" from {printable(source.name)}" if source else ""
    raise WriteError(
        f"{name} is there already, and cnnviz did not make it{whose}: name another place with -o, or use --force"
    )


def _same(one: Path | None, other: Path | None) -> bool:
    """Return whether two names mean one place: by links, hard links, `..`, or the case of letters where it counts."""
    if one is None or other is None:
        return one is other
    if _is_special(one) or _is_special(other):
        return False
    with suppress(OSError):
        if os.path.samefile(one, other):
            return True
    return os.path.normcase(os.path.realpath(one)) == os.path.normcase(os.path.realpath(other))


def _is_special(path: Path) -> bool:
    """Return whether a device, a pipe or a socket is there: written straight, as there is nothing to replace."""
    with suppress(OSError):
        mode = path.stat().st_mode
        return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
    return False


# ------------------------------------------------------------------------------------------------------- writing


class _Straight:
    """A file that only goes forward: a device has ideas of its own of where it is (`/dev/null` is always at 0)."""

    def __init__(self, file: IO[bytes]) -> None:
        self.write = file.write
        self.flush = file.flush


def _to_stdout(writer: Writer) -> None:
    if sys.stdout is None:
        raise DiskError("there is no standard output to write to")
    with _failing("standard output"):
        writer(cast(BinaryIO, _Straight(sys.stdout.buffer)))
        sys.stdout.buffer.flush()


def _replace(real: Path, name: str, writer: Writer) -> None:
    descriptor, temporary = _claim(real)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with suppress(FileNotFoundError):
                os.chmod(temporary, stat.S_IMODE(real.stat().st_mode) & 0o777)
            with _failing(name):
                writer(cast(BinaryIO, file))
                file.flush()  # no fsync: a file is whole whatever becomes of this process, if not of the machine
            if sys.platform != "win32":  # while the lock is held, nobody takes the file for a stale one
                os.replace(temporary, real)
        if sys.platform == "win32":
            os.replace(temporary, real)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _claim(real: Path) -> tuple[int, Path]:
    """Return a new, locked temporary file beside the destination, after those of killed runs are gone."""
    digest = hashlib.sha256(os.fsencode(real.name)).hexdigest()[:12]
    places = [real.with_name(f".cnnviz-{digest}-{number}.tmp") for number in range(_RUNS_AT_ONCE)]
    for place in {*places, *_temporaries(real.parent)}:
        _sweep(place)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    for place in places:
        try:
            descriptor = os.open(place, flags, 0o666)
        except FileExistsError:
            continue
        try:
            _lock(descriptor)
            if _is_at(descriptor, place):
                return descriptor, place
        except BaseException:  # Ctrl-C
            os.close(descriptor)
            _sweep(place)
            raise
        os.close(descriptor)  # swept away between opening and locking
    raise WriteError(f"{printable(real.name)} is being written by other runs: try again later")


def _temporaries(folder: Path) -> list[Path]:
    """Return every temporary file of ours in a folder, whoever made it; none where the folder may not be listed."""
    with suppress(OSError):
        return [folder / name for name in os.listdir(folder) if _TEMPORARY.fullmatch(name)]
    return []


def _sweep(place: Path) -> None:
    """Take away a temporary file whose writer is gone."""
    with suppress(OSError):
        if sys.platform == "win32":
            # Refused while its writer has it open; but it is closed a moment before it is moved.
            if time.time() - os.stat(place).st_mtime > _QUIET:
                os.unlink(place)
            return
        descriptor = os.open(place, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            # Once it is locked, nobody else moves it; but by now another file may stand in its place.
            if _lock(descriptor, wait=False) and _is_at(descriptor, place):
                os.unlink(place)
        finally:
            os.close(descriptor)


def _is_at(descriptor: int, place: Path) -> bool:
    with suppress(OSError):
        return os.path.samestat(os.fstat(descriptor), os.lstat(place))
    return False


def _lock(descriptor: int, *, wait: bool = True) -> bool:
    """Lock an open file for as long as it stays open; return whether that worked."""
    if sys.platform == "win32":
        return True
    import fcntl

    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        return True
    return False


@contextmanager
def _said_plainly(name: str) -> Iterator[None]:
    """Turn the operating system's refusals into one line about a place."""
    try:
        yield
    except (CnnvizError, BrokenPipeError):
        raise
    except OSError as error:
        _no_memory(error)
        kind = DiskError if error.errno in _DISK else WriteError
        raise kind(f"{name} cannot be written: {(error.strerror or str(error)).lower()}") from None


@contextmanager
def _failing(name: str) -> Iterator[None]:
    """Turn what fails in the middle of writing into one line."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        _no_memory(error)
        raise DiskError(f"{name}: writing failed: {(error.strerror or str(error)).lower()}") from None


def _no_memory(error: OSError) -> None:
    """Raise MemoryError where memory ended, which is not the fault of a place; Pillow's libraries give no number."""
    if error.errno == errno.ENOMEM or (error.errno is None and "memory" in str(error)):
        raise MemoryError from None
