"""A picture file opened, measured and decoded: its pixels as they are stored, and how they lie.

The size is known from the header before anything is decoded. Nothing here needs NumPy, so that decoding can begin
while NumPy is still being imported.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from PIL import Image

from cnnviz.core.shapes import Shape
from cnnviz.errors import ReadError
from cnnviz.files import deep
from cnnviz.files.decoder import SIXTEEN, chatter_silenced, open_picture, require_picture
from cnnviz.files.png_chunks import metadata_follows_pixels, pixels_are_damaged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_GREY = {"1", "L", "LA", "La", "I", "F"}  # and I;16 in its byte orders
_ORIENTATION = 0x0112


class Pixels(NamedTuple):
    """A decoded picture, one channel of grey or three of colour.

    `orientation` is how it lies, 1 (upright) to 8, as EXIF counts; `planes` are its channels where they have 16 bits,
    for which `image` has no room; `notes` say what was done beyond plain reading.
    """

    image: Image.Image
    channels: int
    orientation: int
    notes: list[str]
    planes: list[NDArray[np.uint16]] | None = None


def load(file: BinaryIO, limit: int | None = None) -> Pixels:
    """Decode a picture within the memory limit.

    Raises NotAPictureError where the bytes are no picture, ReadError where one is broken or cut off,
    MemoryLimitError where it is too large.
    """
    with open_picture(file, limit) as image:
        shape = _stored_shape(image)
        require_picture(image, shape, limit)
        if image.format == "PNG" and pixels_are_damaged(file):
            raise ReadError("the picture is broken: the checksum of its pixels does not fit")
        notes = _describe(image)
        with chatter_silenced(image.format):
            planes = deep.planes(file, image) if deep.is_deep(image) else None
            image.load()
        turned = _orientation(image)
        if turned != 1:
            notes.append("turned upright, as its EXIF orientation says")
    return Pixels(image, shape[0], turned, notes, planes)


def measure(file: BinaryIO, limit: int | None = None) -> Shape:
    """Return (C, H, W) of a picture from its header; raises as `load` does."""
    with open_picture(file, limit) as image:
        if image.format == "PNG" and metadata_follows_pixels(file):  # how it lies may be said there
            _load(image, limit)
        turned = _orientation(image)
        if turned > 4 and image.format == "TIFF":  # some Pillows give a TIFF's size upright, some as it is stored
            _load(image, limit)
            turned = _orientation(image)
        channels, height, width = _stored_shape(image)
    return (channels, width, height) if turned > 4 else (channels, height, width)


def _load(image: Image.Image, limit: int | None) -> None:
    """Decode the pixels, within the memory limit, for what is known only then."""
    require_picture(image, _stored_shape(image), limit)
    with chatter_silenced(image.format):
        image.load()


def _stored_shape(image: Image.Image) -> Shape:
    """Return (C, H, W) as the file stores it, not yet turned upright."""
    grey = (
        image.mode in _GREY
        or image.mode in SIXTEEN
        or deep.is_grey(image)
        or (image.mode in ("P", "PA") and _grey_palette(image))
    )
    return (1 if grey else 3), image.height, image.width


def _grey_palette(image: Image.Image) -> bool:
    """Return whether every colour of a palette is a grey, before the picture is decoded."""
    if image.palette is None:
        return True
    order, data = image.palette.getdata()
    probe = Image.new("P", (1, 1))
    probe.putpalette(data, order)  # some files keep blue first; Pillow knows all their orders
    colours = probe.getpalette("RGB") or []
    return colours[::3] == colours[1::3] == colours[2::3]


def _describe(image: Image.Image) -> list[str]:
    notes = []
    with suppress(Exception):
        if getattr(image, "is_animated", False):
            what = "picture in the file" if image.format in ("MPO", "TIFF", "ICO") else "frame of the animation"
            notes.append(f"the first {what} is read")
    if image.mode in ("CMYK", "YCbCr", "LAB", "HSV"):
        notes.append(f"{image.mode} colours are read as red, green and blue")
    if deep.is_flattened(image):
        notes.append("16-bit colour is read with 8 bits a channel: 256 levels")
    return notes


def _orientation(image: Image.Image) -> int:
    """Return how the picture lies, 1 (upright) to 8, as EXIF counts; 1 where nothing sensible is said."""
    with suppress(Exception):
        # A PNG's own way decodes all pixels first, in case something follows them.
        value = int(Image.Image.getexif(image).get(_ORIENTATION, 1))
        if 1 <= value <= 8:
            return value
    return 1
