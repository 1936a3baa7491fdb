"""Refusals in Stripe's shape.

ApiError
├── InvalidRequest      400, names the parameter
│   └── InvalidParameter    found before any work began, so an idempotency key stays free
├── IdempotencyMismatch 400
├── KeyInUse            409
├── ResourceMissing     404
├── UnknownUrl          404
├── Unauthorized        401
├── CardDeclined        402
├── TooManyRequests     429
└── InternalError       500
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    status = 400
    type = "invalid_request_error"

    def __init__(
        self, message: str, *, param: str | None = None, code: str | None = None, **details: Any
    ) -> None:
        super().__init__(message)
        self.message, self.param, self.code, self.details = message, param, code, details

    def body(self, request_id: str) -> Json:
        stated: Json = {"type": self.type, "message": self.message, "code": self.code, "param": self.param}
        if self.code:
            stated["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        stated["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {
            "error": {name: value for name, value in (stated | self.details).items() if value is not None}
        }


class InvalidRequest(ApiError):
    pass


class InvalidParameter(InvalidRequest):
    pass


class IdempotencyMismatch(ApiError):
    type = "idempotency_error"


class KeyInUse(ApiError):
    status = 409


class ResourceMissing(ApiError):
    status = 404

    def __init__(self, kind: str, id: str, param: str = "id") -> None:
        super().__init__(f"No such {kind}: '{id}'", param=param, code="resource_missing")


class UnknownUrl(ApiError):
    status = 404


class Unauthorized(ApiError):
    status = 401


class CardDeclined(ApiError):
    status = 402
    type = "card_error"


class TooManyRequests(ApiError):
    status = 429


class InternalError(ApiError):
    status = 500
    type = "api_error"
