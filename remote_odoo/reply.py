"""The body of a reply: read and unpacked within bounds of size and time.

Pure: nothing of Odoo. The bounds hold for what a peer makes of a small reply, too: a
piece that unpacks to a thousand times its size is unpacked and counted in parts.
"""

import time
import zlib
from collections.abc import Iterator

from .errors import BadReply, TooLarge, TooSlow

KB, MB = 1024, 1024 * 1024
# No reply is larger, unpacked. What is parsed of it takes a multiple, see parsing.py.
MAX_REPLY = 22 * MB
SMALL, MEDIUM = 64 * KB, MB
PIECE = 64 * KB
ROW, ID = 16 * KB, 64  # bytes of a row with its texts, and of an id alone
PAGE = 8 * MB  # that a page of rows may take besides: one of them may have a picture
# Methods that answer a yes, a number or a status; and those that answer a little more.
_SMALL = {
    "authenticate", "check_access_rights", "has_access", "has_group", "search_count",
    "version",
}  # fmt: skip
_MEDIUM = {"create", "fields_get", "unlink", "web_save", "write"}
_GZIP, _ZLIB, _DEFLATE = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


def fitting_size(method: str, limit: int | None = None) -> int:
    """Return how many bytes a reply to ``method`` may have.

    ``limit``: how many rows were asked for; None when that is not known.
    """
    if method in _SMALL:
        return SMALL
    if method in _MEDIUM:
        return MEDIUM
    if not isinstance(limit, int):
        return MAX_REPLY
    if method == "search":
        return min(SMALL + ID * limit, MAX_REPLY)
    return min(PAGE + ROW * limit, MAX_REPLY)


def read_body(response, limit: int, ends: float) -> bytearray:
    """Return the unpacked body of a ``requests`` response.

    ``limit`` in bytes, ``ends`` as of ``time.monotonic()``. Raises TooLarge, BadReply
    when it is packed in an unknown way, TooSlow when it does not end in time;
    errors of the connection pass.
    """
    if _declared_size(response) > limit:
        raise _too_large(limit)
    body = bytearray()
    try:
        for piece in _unpacked(_pieces(response), _encoding(response)):
            body += piece
            if len(body) > limit:
                raise _too_large(limit)
            _check_time(ends)
    except zlib.error as error:
        raise _badly_packed() from error
    _check_time(ends)  # a connection that was cut looks like the end of the body
    return body


def _declared_size(response) -> int:
    """Return what the header promises; what is no number promises nothing."""
    size = response.headers.get("Content-Length", "")
    return int(size) if size.isascii() and size.isdigit() and len(size) < 20 else 0


def _encoding(response) -> str:
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity", "gzip", "x-gzip", "deflate"):
        return encoding.removeprefix("x-")
    raise BadReply(
        "The reply is packed more than once, or in a way that was not asked for."
    )


def _pieces(response) -> Iterator[bytes]:
    # Not stream(): of a chunked reply it reads a line of any length into memory.
    while piece := response.raw.read(PIECE, decode_content=False):
        yield piece


def _unpacked(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Yield at most PIECE bytes at a time, also empty ones: the clock is looked at."""
    if encoding not in ("gzip", "deflate"):
        yield from pieces
        return
    unpacker = None
    for piece in pieces:
        unpacker = unpacker or _unpacker(piece, encoding)
        while piece and not unpacker.eof:
            yield unpacker.decompress(piece, PIECE)
            piece = unpacker.unconsumed_tail
        if unpacker.unused_data or (unpacker.eof and piece):
            raise _badly_packed()  # more follows, such as a second gzip
    while unpacker and not unpacker.eof:
        if not (rest := unpacker.decompress(b"", PIECE)):
            raise _badly_packed()  # it was cut
        yield rest


def _unpacker(first: bytes, encoding: str):
    """Return zlib's object; "deflate" means two things that the first byte tells."""
    if encoding == "gzip":
        return zlib.decompressobj(_GZIP)
    return zlib.decompressobj(_ZLIB if first[0] & 15 == 8 else _DEFLATE)


def _check_time(ends: float) -> None:
    if time.monotonic() > ends:
        raise TooSlow("The reply did not end in time.")


def _too_large(limit: int) -> TooLarge:
    size = f"{limit // MB} MB" if limit >= MB else f"{limit // KB} kB"
    return TooLarge(f"The reply is larger than {size} and was not read.")


def _badly_packed() -> BadReply:
    return BadReply("The reply is not what it says it is (compression).")
