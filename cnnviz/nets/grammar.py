"""A layer in a line of text: `conv 3 pad=1`, `max 3 stride=2`, `conv 3x5 dilation=2`, `avg global`, `relu`.

First what it is, then its size, then what is not left as usual, as key=value. `pool` alone is max pooling. Sizes,
strides and dilations are one number or two, `3x5` or `3,5` (height, width); padding is as everywhere: 1, 2 or 4
numbers, `same`, `same-lower` or `valid`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnviz.core.activation import ACTIVATIONS
from cnnviz.core.pool import POOLS
from cnnviz.core.receptive import Window
from cnnviz.core.shapes import PAD_NAMES, PadLike, Pair, Shape, Sides, axis_pad, extent
from cnnviz.errors import ArgumentError, quoted

if TYPE_CHECKING:
    from cnnviz.core.history import LayerRecord
    from cnnviz.core.layer import Layer

LARGEST = 10**6
POOL = "pool"  # also the word that may follow a mode: 'max pool 3'
GLOBAL = "global"
KINDS = ("conv", POOL, *POOLS, *(name for name in ACTIVATIONS if name != "none"))
"""Every word that a layer may begin with."""
COMMON_KEYS = ("stride", "pad", "dilation")
KEYS = {
    "conv": (*COMMON_KEYS, "filters", "groups", "bias"),
    "pool": (*COMMON_KEYS, "ceil", "exclude-pad", "p"),
    "activation": (),
}


class LayerText(NamedTuple):
    """A layer as it was written, understood.

    `kernel_size` None is the whole map, `stride` None as usual, `filters` None as many as there are channels.
    """

    text: str
    type: str
    mode: str | None = None
    kernel_size: Pair | None = None
    stride: Pair | None = None
    pad: PadLike = 0
    dilation: Pair = (1, 1)
    filters: int | None = None
    groups: int = 1
    bias: bool = True
    ceil: bool = False
    exclude_pad: bool = False
    p: float = 2.0

    def layer(self, channels: int) -> Layer:
        """Return the layer for an input of that many channels; a convolution has weights of 0, which take no room."""
        from cnnviz.core.layer import Activation, Conv, Pool, blank

        if self.type == "activation":
            return Activation(self.mode or "relu")
        if self.type == "pool":
            return Pool(
                self.mode or "max",
                self.kernel_size,
                stride=self.stride,
                pad=self.pad,
                dilation=self.dilation,
                ceil=self.ceil,
                count_include_pad=not self.exclude_pad,
                p=self.p,
            )
        filters = self.filters or channels
        if channels % self.groups:
            raise ArgumentError(f"{quoted(self.text)}: {self.groups} groups do not divide {channels} channels")
        weight = blank(filters, channels // self.groups, *(self.kernel_size or (1, 1)))
        return Conv(
            weight,
            blank(filters) if self.bias else None,
            stride=self.stride or (1, 1),
            pad=self.pad,
            dilation=self.dilation,
            groups=self.groups,
        )

    def describe(self, shape: Shape) -> LayerRecord:
        """Return what the layer does to an input of that shape; raises ArgumentError where it does not fit."""
        try:
            return self.layer(shape[0]).describe(shape)
        except ArgumentError as error:
            raise ArgumentError(f"{quoted(self.text)}: {error}", argument=error.argument) from None

    def window(self) -> Window:
        """Return the window that slides, where the size of the input does not matter.

        Raises ArgumentError where it does: for a window over the whole map, and `same` with a stride.
        """
        if self.type == "activation":
            return Window(self.mode or "")
        if self.kernel_size is None:
            raise ArgumentError(f"{quoted(self.text)}: a window over the whole map needs the size of the input")
        stride = self.stride or (self.kernel_size if self.type == "pool" else (1, 1))
        name = f"{self.mode} pool" if self.type == "pool" else "conv"
        return Window(name, self.kernel_size, stride, self._sides(self.kernel_size, stride), self.dilation)

    def _sides(self, kernel: Pair, stride: Pair) -> Sides:
        if not isinstance(self.pad, str):
            numbers = [self.pad] * 4 if isinstance(self.pad, int) else list(self.pad)
            top, bottom, left, right = numbers if len(numbers) == 4 else (n for n in numbers for _ in (0, 1))
            return top, bottom, left, right
        if self.pad != "valid" and stride != (1, 1):
            raise ArgumentError(f"{quoted(self.text)}: {self.pad} with a stride needs the size of the input")
        rows, columns = (
            axis_pad(extent(k, d), k, pad=self.pad, dilation=d) for k, d in zip(kernel, self.dilation, strict=True)
        )
        return (*rows, *columns)


def layer(text: str) -> LayerText:
    """Understand a layer written as text; raises ArgumentError that says what is wrong, and what would be right."""
    words = text.split()
    if not words:
        raise ArgumentError("an empty layer: write one like 'conv 3 pad=1' or 'pool 2'", argument="layer")
    given: dict[str, Any] = {}
    whole_map = GLOBAL in (word.lower() for word in words[:2])
    rest = [word for word in words if word.lower() != GLOBAL]
    kind = rest.pop(0).lower() if rest else ""
    if kind not in KINDS:
        raise _wrong(text, f"unknown layer {quoted(kind)}{_near(kind, KINDS)}: it begins with {', '.join(KINDS)}")
    layer_type = "conv" if kind == "conv" else "activation" if kind in ACTIVATIONS else "pool"
    given["mode"] = None if kind == "conv" else "max" if kind == POOL else kind
    if whole_map and layer_type != "pool":
        raise _wrong(text, "global goes with pooling, like 'avg global'")
    if layer_type == "pool" and rest and rest[0].lower() == POOL:
        rest.pop(0)
    if rest and re.match(r"[-+\d]", rest[0]):
        if layer_type == "activation" or whole_map:
            raise _wrong(text, f"{kind} takes no size" if not whole_map else "global is the size already")
        given["kernel_size"] = _pair(rest.pop(0), text, "size")
    elif layer_type == "conv":
        raise _wrong(text, "conv needs a size after it, like 'conv 3' or 'conv 3x5'")
    elif layer_type == "pool" and not whole_map:
        given["kernel_size"] = (2, 2)
    for word in rest:
        key, equals, value = word.partition("=")
        key = key.lower().replace("_", "-")
        if key not in KEYS[layer_type]:
            known = ", ".join(KEYS[layer_type])
            hint = f"{_near(key, KEYS[layer_type])}: {kind} takes {known}" if known else f": {kind} takes nothing more"
            raise _wrong(text, f"unknown {quoted(key)}{hint}")
        name = key.replace("-", "_")
        if name in given:
            raise _wrong(text, f"{key} is given twice")
        if not value and not (key in _FLAGS and not equals):
            raise _wrong(text, f"{key} needs a value, like {key}={_EXAMPLES.get(key, '2')}")
        if whole_map and key in (*COMMON_KEYS, "ceil"):
            raise _wrong(text, f"global has one window over the whole map: leave {key} out")
        given[name] = _READ[key](value or "yes", text, key)
    return LayerText(text=" ".join(words), type=layer_type, **given)


def _pair(value: str, text: str, key: str) -> Pair:
    numbers = _numbers(value, text, key, least=1)
    if len(numbers) > 2:
        raise _wrong(text, f"{key} takes one or two numbers (height, width), not {quoted(value)}")
    return numbers[0], numbers[-1]


def _pad(value: str, text: str, key: str) -> PadLike:
    if value.lower() in PAD_NAMES:
        return value.lower()
    numbers = _numbers(value, text, key, least=0)
    if len(numbers) not in (1, 2, 4):
        raise _wrong(text, f"{key} takes 1, 2 or 4 numbers, or {', '.join(PAD_NAMES)}, not {len(numbers)} numbers")
    return numbers[0] if len(numbers) == 1 else tuple(numbers)


def _count(value: str, text: str, key: str) -> int:
    numbers = _numbers(value, text, key, least=1)
    if len(numbers) != 1:
        raise _wrong(text, f"{key} takes one number, not {quoted(value)}")
    return numbers[0]


def _flag(value: str, text: str, key: str) -> bool:
    words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if value.lower() not in words:
        raise _wrong(text, f"{key} is yes or no, not {quoted(value)}")
    return words[value.lower()]


def _power(value: str, text: str, key: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise _wrong(text, f"{key} is a number above 0, not {quoted(value)}")
    return number


def _numbers(value: str, text: str, key: str, *, least: int) -> list[int]:
    found = []
    for part in re.split(r"[,x×]", value.lower()):
        if not re.fullmatch(r"[-+]?\d{1,12}", part, re.ASCII):
            raise _wrong(text, f"{key} takes whole numbers, like {_EXAMPLES.get(key, '3 or 3x5')}, not {quoted(value)}")
        number = int(part)
        if not least <= number <= LARGEST:
            bound = f"at least {least}" if number < least else f"at most {LARGEST}"
            raise _wrong(text, f"{key} must be {bound}, not {number}")
        found.append(number)
    return found


_READ: dict[str, Callable[[str, str, str], Any]] = {
    "stride": _pair,
    "pad": _pad,
    "dilation": _pair,
    "filters": _count,
    "groups": _count,
    "bias": _flag,
    "ceil": _flag,
    "exclude-pad": _flag,
    "p": _power,
}
_FLAGS = ("ceil", "exclude-pad")  # that may stand alone
_EXAMPLES = {"pad": "1 or same", "bias": "no"}


def _wrong(text: str, message: str) -> ArgumentError:
    return ArgumentError(f"{quoted(' '.join(text.split()))}: {message}", argument="layer")


def _near(word: str, names: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word, names, n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
