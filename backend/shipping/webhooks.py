"""Aggregators' webhooks: who signed them, and what they say of each parcel, in our vocabulary."""

import base64
import hashlib
import hmac
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from backend.shipping.service import CarrierEvent
from backend.shipping.tracking import meaning
from backend.webhooks import InvalidSignature


class EasyPostPlace(msgspec.Struct, frozen=True):
    city: str | None = None


class EasyPostDetail(msgspec.Struct, frozen=True):
    datetime: datetime
    status: str
    status_detail: str | None = None
    message: str = ""
    carrier_code: str | None = None
    tracking_location: EasyPostPlace | None = None


class EasyPostTracker(msgspec.Struct, frozen=True):
    tracking_code: str
    carrier: str = ""
    tracking_details: list[EasyPostDetail] = []


class EasyPostHook(msgspec.Struct, frozen=True):
    """Of other things than trackers, `result` holds no code."""

    description: str
    result: msgspec.Raw


class AfterShipCheckpoint(msgspec.Struct, frozen=True):
    checkpoint_time: datetime
    tag: str
    subtag: str = ""
    raw_tag: str | None = None
    message: str | None = None
    city: str | None = None
    location: str | None = None


class AfterShipTracking(msgspec.Struct, frozen=True):
    tracking_number: str
    slug: str = ""
    checkpoints: list[AfterShipCheckpoint] = []


class AfterShipHook(msgspec.Struct, frozen=True):
    msg: AfterShipTracking


def verify_easypost(raw: bytes, signature: str, secret: str) -> None:
    """`hmac-sha256-hex=…` over the raw body. Raises InvalidSignature."""
    key = unicodedata.normalize("NFKD", secret).encode()
    _compare(f"hmac-sha256-hex={hmac.new(key, raw, hashlib.sha256).hexdigest()}", signature, secret)


def verify_aftership(raw: bytes, signature: str, secret: str) -> None:
    """Base 64 over the raw body. Raises InvalidSignature."""
    digest = hmac.new(secret.encode(), raw, hashlib.sha256).digest()
    _compare(base64.b64encode(digest).decode(), signature, secret)


def _compare(expected: str, signature: str, secret: str) -> None:
    """No secret means a closed door."""
    is_right = hmac.compare_digest(expected.encode(), signature.encode("utf-8", "surrogateescape"))
    if not (secret and is_right):
        raise InvalidSignature


def read_easypost(raw: bytes) -> list[CarrierEvent]:
    """Raises MsgspecError."""
    hook = msgspec.json.decode(raw, type=EasyPostHook)
    if not hook.description.startswith("tracker."):
        return []
    tracker = msgspec.json.decode(hook.result, type=EasyPostTracker)
    return [
        _event(
            tracker.tracking_code,
            detail.datetime,
            [
                (tracker.carrier, detail.carrier_code),
                ("easypost", f"{detail.status}/{detail.status_detail}"),
                ("easypost", detail.status),
            ],
            detail.message,
            detail.tracking_location.city if detail.tracking_location else None,
        )
        for detail in tracker.tracking_details
    ]


def read_aftership(raw: bytes) -> list[CarrierEvent]:
    """Raises MsgspecError."""
    tracking = msgspec.json.decode(raw, type=AfterShipHook).msg
    return [
        _event(
            tracking.tracking_number,
            point.checkpoint_time,
            [(tracking.slug, point.raw_tag), ("aftership", point.subtag), ("aftership", point.tag)],
            point.message,
            point.city or point.location,
        )
        for point in tracking.checkpoints
    ]


def _event(
    number: str, at: datetime, said: list[tuple[str, str | None]], message: str | None, place: str | None
) -> CarrierEvent:
    """The first of the codes that is known says what it is: the carrier's own before the aggregator's. The same said
    again is the same event; a time without a zone is taken for UTC."""
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    codes = [code or "" for _, code in said]
    name = "\n".join([number, at.astimezone(UTC).isoformat(), *codes, message or ""])
    known = (meaning(dictionary, code) for dictionary, code in said if code)
    status, reason = next(filter(None, known), ("unknown", ""))
    digest = hashlib.sha256(name.encode()).hexdigest()
    return CarrierEvent(digest, number, status, at, place or "", reason)


Reader = Callable[[bytes], list[CarrierEvent]]
SCHEMES: dict[str, tuple[str, Callable[[bytes, str, str], None], Reader]] = {
    "easypost": ("X-Hmac-Signature", verify_easypost, read_easypost),
    "aftership": ("aftership-hmac-sha256", verify_aftership, read_aftership),
}
