"""Makes a screenshot's file smaller: a picture of an interface needs few colours."""

import base64
import struct
import zlib
from collections import Counter

from playwright.sync_api import Browser

_MOST = 256
_PIXELS = """
async (picture) => {
  const bytes = Uint8Array.from(atob(picture), (letter) => letter.charCodeAt(0));
  const drawn = await createImageBitmap(new Blob([bytes], {type: 'image/png'}));
  const pen = new OffscreenCanvas(drawn.width, drawn.height).getContext('2d');
  pen.drawImage(drawn, 0, 0);
  const { data } = pen.getImageData(0, 0, drawn.width, drawn.height);
  const blob = new Blob([data]);
  const url = await new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.readAsDataURL(blob);
  });
  return [drawn.width, drawn.height, url.slice(url.indexOf(',') + 1)];
}
"""


def with_palette(browser: Browser, png: bytes) -> bytes:
    """Return an opaque PNG with its 256 most frequent colours; the others become the nearest."""
    width, height, pixels = _decoded(browser, png)
    counts = Counter(pixels)
    palette = [colour for colour, _ in counts.most_common(_MOST)]
    index = {colour: bytes([place]) for place, colour in enumerate(palette)}
    for colour in counts.keys() - index.keys():
        index[colour] = index[min(palette, key=lambda other: _distance(other, colour))]
    rows = (pixels[start : start + width] for start in range(0, width * height, width))
    body = b"".join(b"\0" + b"".join(map(index.__getitem__, row)) for row in rows)
    size = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    colours = b"".join(struct.pack(">I", colour)[:3] for colour in palette)
    chunks = (
        (b"IHDR", size),
        (b"PLTE", colours),
        (b"IDAT", zlib.compress(body, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _decoded(browser: Browser, png: bytes) -> tuple[int, int, tuple[int, ...]]:
    """Return width, height and the pixels as 0xRRGGBBAA."""
    page = browser.new_page()
    width, height, data = page.evaluate(_PIXELS, base64.b64encode(png).decode())
    page.close()
    return width, height, struct.unpack(f">{width * height}I", base64.b64decode(data))


def _distance(one: int, other: int) -> int:
    return sum(((one >> bits & 255) - (other >> bits & 255)) ** 2 for bits in (8, 16, 24))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
