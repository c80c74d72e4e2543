"""Which files a run writes, and what they are called: the one place that knows `photo.png` gives `photo.conv.png`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.errors import UsageError
from cnnviz.files.read import Source
from cnnviz.files.write import Target, check

if TYPE_CHECKING:
    from cnnviz.cli.options import OutputOptions

STDOUT = "-"
GRID_ENDINGS = (".png",)
MAPS_ENDINGS = (".npz", ".npy", ".csv")
LARGEST_UNASKED = 256 * 1024**2  # bytes of maps that are saved without --save


@dataclass(frozen=True)
class Outputs:
    """Where the picture and the maps of a run go; None is not written."""

    source: Source
    picture: Target | None
    maps: Target | None

    @property
    def on_stdout(self) -> bool:
        """Whether standard output carries one of them, so that the table has to go elsewhere."""
        return any(target and target.path is None for target in (self.picture, self.maps))

    def check(self, *, force: bool) -> None:
        """Raise WriteError before any work where one of them could not be written, or must not be."""
        check([target for target in (self.maps, self.picture) if target], self.source, force=force)


def plan(source: Source, command: str, options: OutputOptions) -> Outputs:
    """Decide what is written; raises UsageError where the options contradict each other."""
    output, save = options.output, options.save
    for wanted, refused, name in ((output, options.no_grid, "-o"), (save, options.no_save, "--save")):
        if wanted is not None and refused:
            raise UsageError(
                f"{name} {wanted} contradicts {'--no-grid' if name == '-o' else '--no-save'}: leave one out"
            )
    if output == STDOUT == save:
        raise UsageError("-o - and --save - cannot both write to standard output: name a file for one of them")
    on_stdout = STDOUT in (output, save)
    if on_stdout and options.json:
        raise UsageError("--json and '-' cannot both write to standard output: name a file for the picture or the maps")
    stem = f"{source.stem}.{command}"
    # Where standard output carries one of them, no other file is written unless it is named.
    picture = maps = None
    if output is not None:
        picture = named(output, "-o", GRID_ENDINGS)
    elif not options.no_grid and not on_stdout:
        picture = Target(Path(f"{stem}.png"), made_up=True)
    if save is not None:
        maps = named(save, "--save", MAPS_ENDINGS)
    elif not options.no_save and not on_stdout:
        maps = Target(Path(output).with_suffix(".npz") if output else Path(f"{stem}.npz"), made_up=True)
    return Outputs(source, picture, maps)


def named(name: str, option: str, endings: tuple[str, ...]) -> Target:
    """Return the target that an option names; raises UsageError where its ending does not fit."""
    if name == STDOUT:
        return Target(None, made_up=False)
    path = Path(name)
    if path.suffix.lower() not in endings:
        raise UsageError(f"{option} {name}: the name must end in {' or '.join(endings)}")
    return Target(path, made_up=False)
