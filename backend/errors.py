"""Refusals: facts raised where they are known, worded where words live (`utter_<code>`).

ShopError
├── NotFound (404)          ProductNotFound · VariantNotFound · OrderNotFound · ConversationNotFound · ...
├── Conflict (409)          InsufficientStock · CartIsEmpty · OrderAlreadyPaid · IdempotencyMismatch · ...
├── Invalid (422)           InvalidInput · InvalidAddress · InvalidEmail · MessageTooLong · ...
├── Forbidden (401, 403)    NotAuthenticated
├── Versions (412, 428)     VersionIsStale · PreconditionRequired
├── TooMany (429)           TooManyMessages
└── Unavailable (503)       PaymentsUnavailable · SearchUnavailable

A subclass is declared beside the service that raises it. `details` are JSON values; their names are the
placeholders of the wording.
"""

from typing import Any, ClassVar


class ShopError(Exception):
    code: ClassVar[str]
    status: ClassVar[int]

    def __init__(self, message: str = "", **details: Any) -> None:
        super().__init__(message or (type(self).__doc__ or self.code).strip().splitlines()[0])
        self.details = details


class NotFound(ShopError):
    status = 404


class Conflict(ShopError):
    status = 409


class Invalid(ShopError):
    status = 422


class TooMany(ShopError):
    """Too often; `retry_after_seconds` says when again."""

    status = 429


class Unavailable(ShopError):
    status = 503


class InvalidInput(Invalid):
    """The request does not have the form that the API document states."""

    code = "invalid_input"


class NotAuthenticated(ShopError):
    """The bearer token is missing, forged or expired."""

    code = "not_authenticated"
    status = 401


class VersionIsStale(ShopError):
    """Somebody else has changed it since you read it: read it again, and then decide."""

    code = "version_is_stale"
    status = 412


class PreconditionRequired(ShopError):
    """Say in If-Match which version you have seen: its ETag, as it was answered."""

    code = "precondition_required"
    status = 428
