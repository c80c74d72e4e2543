"""Palettes: the fill says the value.

A palette is a row of anchor colours, linear in sRGB between them. "signed" ones have their neutral colour at zero and
equal lightness on both sides of it; "sequential" ones run from dark to light. All of them stay readable for
colour-blind eyes. The table needs neither NumPy nor Pillow.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cnnviz.errors import ArgumentError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Palette(NamedTuple):
    """Anchor colours from the lowest value to the highest, and colours that no value has, for NaN and infinity."""

    kind: Literal["signed", "sequential"]
    anchors: str
    note: str
    nan: str = "#FFEE00"
    inf: str = "#EE7700"

    @property
    def signed(self) -> bool:
        """Whether zero lies in the middle."""
        return self.kind == "signed"

    @property
    def steps(self) -> int:
        """How many colours it has. A signed one has an odd number, so that zero has a colour to itself."""
        return 255 if self.signed else 256


_SIGNED = "312975 5455B9 8B88D6 BDBAE6 E2E1F2 F5F5F3 FADCD4 F7AC9D E26E63 B13237 69121D"
# ColorBrewer (Cynthia Brewer, Apache-2.0).
_RDBU = "053061 2166AC 4393C3 92C5DE D1E5F0 F7F7F7 FDDBC7 F4A582 D6604D B2182B 67001F"
# Sampled from Matplotlib's (viridis and magma: CC0; cividis: Nuñez, Anderton, Renslow 2018), within 5/255 of them.
_VIRIDIS = (
    "440154 470D60 48186A 482374 472D7B 453681 424086 3F4989 3B528B 375A8D 33638D 2F6A8E 2C728E 297A8E 26818E "
    "23898E 21908D 1F988B 1F9F88 21A685 28AE80 31B57B 3EBC74 4CC26C 5CC963 6ECE58 82D34C 96D840 ABDC32 C0DF25 "
    "D5E219 EAE519 FDE725"
)
_MAGMA = (
    "000003 090821 1C1246 35106C 51117D 691C81 822682 9C2E80 B6367A D04070 E75063 F5695B FC8760 FEA570 FEC387 "
    "FDE0A1 FCFDBF"
)
_CIVIDIS = (
    "00224E 00306E 063473 293D6D 34456D 444E6C 4F576C 5B606E 666970 717274 7C7B78 888579 948E77 A19875 AEA272 "
    "BBAD6D C8B866 D6C35D E4CE54 F4DA41 FEE838"
)

PALETTES: dict[str, Palette] = {
    "signed": Palette("signed", _SIGNED, "indigo below zero, crimson above"),
    "grey": Palette("sequential", "000000 FFFFFF", "black to white, as in a photo"),
    "rdbu": Palette("signed", _RDBU, "blue below zero, red above (ColorBrewer)"),
    "viridis": Palette("sequential", _VIRIDIS, "violet, green, yellow", nan="#FFFFFF", inf="#5522FF"),
    "magma": Palette("sequential", _MAGMA, "black, magenta, cream", nan="#00D5FF", inf="#2B5BFF"),
    "cividis": Palette("sequential", _CIVIDIS, "blue, grey, yellow", nan="#FFFFFF", inf="#7722FF"),
}
"""Every palette by name."""

ALIASES = {"gray": "grey"}


def find(name: str) -> Palette:
    """Return a palette by name; raises ArgumentError with the nearest name for one that is not in PALETTES."""
    known = ALIASES.get(name.lower(), name.lower())
    if known not in PALETTES:
        near = get_close_matches(known, PALETTES, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(PALETTES)}"
        raise ArgumentError(f"unknown palette {name!r}: {hint}", argument="palette")
    return PALETTES[known]


def rgb(colour: str) -> tuple[int, int, int]:
    """Return "#AEB6BF" as (174, 182, 191)."""
    digits = colour.removeprefix("#")
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def luminance(colour: tuple[int, int, int]) -> float:
    """Return the relative luminance of an sRGB colour, 0 to 1 (WCAG 2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ink_on(fill: tuple[int, int, int]) -> str:
    """Return black or white, whichever contrasts more with a fill: at least 4.58:1 on any colour."""
    # The contrasts (L + 0.05)/0.05 and 1.05/(L + 0.05) are equal where (L + 0.05)² = 0.0525.
    return "#000000" if (luminance(fill) + 0.05) ** 2 > 0.0525 else "#FFFFFF"


@cache
def table(palette: Palette) -> NDArray[np.uint8]:
    """Return the palette's colours, (steps, 3) uint8, from the lowest value to the highest."""
    import numpy as np

    anchors = np.array([rgb(colour) for colour in palette.anchors.split()], np.float64)
    places = np.linspace(0, len(anchors) - 1, palette.steps)
    columns = [np.interp(places, np.arange(len(anchors)), anchors[:, c]) for c in range(3)]
    colours = np.rint(np.stack(columns, axis=1)).astype(np.uint8)
    colours.flags.writeable = False
    return colours


def colours_of(values: NDArray[np.floating[Any]], low: float, high: float, palette: Palette) -> NDArray[np.uint8]:
    """Return the colour of each value, shape (…, 3), uint8: `low` is the first of the palette, `high` the last.

    Values beyond the two ends have the colour of the end; NaN and infinity have colours of their own.
    """
    import numpy as np

    last = palette.steps - 1
    finite = np.isfinite(values)
    with np.errstate(over="ignore"):
        place = (np.where(finite, values, low).astype(np.float64) - low) * (last / (high - low))
    out = table(palette)[np.clip(np.rint(place), 0, last).astype(np.uint8)]
    if not finite.all():
        out[np.isnan(values)] = rgb(palette.nan)
        out[np.isinf(values)] = rgb(palette.inf)
    return out
