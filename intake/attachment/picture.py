"""A picture drawn anew: its pixels as they are seen, and nothing else. Runs in a cell (see `cell`).

The rule this module keeps: what comes out has no octet of what came in. Pixels are decoded, turned as the camera held
them, laid on white (what is transparent may hide something) and encoded by us, without EXIF, XMP, colour profile,
comment or thumbnail. Of a film the first picture is kept; of several pages none, because the others would be missing.
"""

from __future__ import annotations

import copy  # noqa: F401 - the library imports it, and its formats, late: when the cell can open no file any more
import io

from PIL import (  # noqa: F401
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

PIXELS = 40_000_000  # of what comes out
SIDE = 8_000  # pixels
DECODED = 64_000_000  # pixels that are decoded to be made smaller; four octets each
QUALITY = 85
PHOTO = 5_000_000  # pixels; a larger picture in colours is written as JPEG, whatever it was

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")  # "JPEG" opens "MPO" too
_LOSSY = ("JPEG", "MPO", "WEBP")
_ORIENTATION = 0x0112  # EXIF 2.32, 4.6.4
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # fmt: skip

Image.preinit()
Image.MAX_IMAGE_PIXELS = None  # the limits are ours


def work(data: bytes) -> bytes:
    """A PNG or a JPEG of what the picture shows; any exception when it cannot be decoded whole."""
    with Image.open(io.BytesIO(data), formats=_FORMATS) as source:
        kind = source.format or ""
        if kind == "TIFF" and getattr(source, "n_frames", 1) > 1:
            raise ValueError("several pages")
        if kind in ("JPEG", "MPO"):
            source.draft(None, _fitting(source.size))
        if source.width * source.height > DECODED:
            raise ValueError("too large to decode")
        source.load()
        turn = source.getexif().get(_ORIENTATION, 1)
        picture = _seen(source)
    if _fitting(picture.size) != picture.size:
        picture = picture.resize(_fitting(picture.size), Image.Resampling.BOX)
    if turn in _TURNS:
        picture = picture.transpose(_TURNS[turn])
    return _encoded(picture, kind in _LOSSY or picture.width * picture.height > PHOTO)


def _fitting(size: tuple[int, int]) -> tuple[int, int]:
    """The size within PIXELS and SIDE, with the same proportions."""
    width, height = size
    factor = min(1.0, SIDE / width, SIDE / height, (PIXELS / (width * height)) ** 0.5)
    return max(1, int(width * factor)), max(1, int(height * factor))


def _seen(source: Image.Image) -> Image.Image:
    """Black and white, grey or in colours, opaque."""
    if source.mode in ("1", "L", "RGB"):
        plain = source if "transparency" not in source.info else source.convert("RGBA")
    elif source.mode.startswith("I;16"):
        plain = source.point(lambda value: value / 256).convert("L")
    elif source.mode == "I" or source.mode == "F":
        raise ValueError("measurements, not a picture")
    else:
        plain = source.convert("RGBA" if source.has_transparency_data else "RGB")
    if plain.mode != "RGBA":
        return plain.copy()
    ground = Image.new("RGB", plain.size, (255, 255, 255))
    ground.paste(plain, mask=plain.getchannel("A"))
    return ground


def _encoded(picture: Image.Image, lossy: bool) -> bytes:
    file = io.BytesIO()
    picture.info.clear()  # what the library would write again
    if lossy and picture.mode != "1":
        picture.save(file, "JPEG", quality=QUALITY)
    else:
        picture.save(file, "PNG")
    return file.getvalue()
