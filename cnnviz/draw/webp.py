"""Animated WebP, lossless, frame by frame: Pillow is handed one picture that changes as it is asked for its frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import BinaryIO

from PIL import Image

from cnnviz.draw.encode import storable

_NO_MEMORY = ("could not create encoder", "WebPEncodingError: 1.", "WebPEncodingError: 2.")
"""How the encoder says that it has no room: for itself, for its cells, for the bits it makes."""
METHOD = 2  # of 0 (fast) to 6 (small)


class _Film(Image.Image):
    """A picture with many frames, of which only the current one exists."""

    def __init__(self, frames: Iterable[Image.Image], count: int) -> None:
        super().__init__()
        self._frames: Iterator[Image.Image] = iter(frames)
        self._at = -1
        self.n_frames = count
        self._show(next(self._frames))

    def _show(self, frame: Image.Image) -> None:
        self.im = frame.convert("RGB").im
        self._mode = "RGB"
        self._size = frame.size
        self._at += 1

    def seek(self, frame: int) -> None:
        """Go on to the next frame; there is no way back."""
        while self._at < frame:
            self._show(next(self._frames))

    def tell(self) -> int:
        """Return the number of the current frame."""
        return self._at


def write(
    file: BinaryIO, frames: Iterable[Image.Image], durations: Sequence[int], metadata: str = "", description: str = ""
) -> None:
    """Write frames of one size as an animation that repeats for ever; `durations` are in milliseconds."""
    from PIL import _webp  # noqa: F401  (Pillow does without it and never says why)

    film = _Film(frames, len(durations))
    try:
        film.save(
            file, "WEBP", save_all=True, lossless=True, quality=50, method=METHOD, duration=list(durations), loop=0,
            xmp=_xmp(metadata, description), kmin=0, kmax=0,
        )  # fmt: skip
    except RuntimeError as error:
        if any(words in str(error) for words in _NO_MEMORY):
            raise MemoryError from None
        raise


def _xmp(metadata: str, description: str) -> bytes:
    """Return a packet of metadata: the description where every program looks for it, ours beside it."""
    description, metadata = escape(storable(description)), escape(storable(metadata))
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>'
        f'<rdf:li xml:lang="x-default">{description}</rdf:li></rdf:Alt></dc:description></rdf:Description>'
        f'<rdf:Description rdf:about="cnnviz"><rdf:value>{metadata}</rdf:value></rdf:Description>'
        "</rdf:RDF></x:xmpmeta>"
    ).encode()
