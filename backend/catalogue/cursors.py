"""Where a reader of pages is, as text that nobody has to understand.

Neither says a number of products to leave out: what came or went meanwhile would be skipped, or shown twice.
"""

import base64
import binascii
from collections.abc import Iterable
from typing import TypeVar
from zlib import crc32

import msgspec

from backend.errors import InvalidInput

T = TypeVar("T")


class Place(msgspec.Struct, frozen=True, array_like=True):
    """In an order: the last place, and who was seen there."""

    since: int
    passed: list[str]


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """Of what was ranked for this reader alone: all that was shown, as checksums of four bytes."""

    marks: bytes = b""

    def __contains__(self, product: str) -> bool:
        mark = _mark(product)
        return any(self.marks[start : start + 4] == mark for start in range(0, len(self.marks), 4))

    def and_also(self, products: Iterable[str]) -> "Seen":
        return Seen(self.marks + b"".join(map(_mark, products)))


def _mark(product: str) -> bytes:
    return crc32(product.encode()).to_bytes(4)


def written(position: Place | Seen) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(position)).decode().rstrip("=")


def read(cursor: str, form: type[T]) -> T:
    """Raises InvalidInput."""
    try:
        packed = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.msgpack.decode(packed, type=form)
    except (binascii.Error, msgspec.DecodeError, ValueError):
        raise InvalidInput("This cursor is not one that the shop has given.") from None
