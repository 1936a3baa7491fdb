"""Short-lived signed tokens, each bound to one conversation."""

from typing import Literal

import msgspec
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from backend.config import derived_secret
from backend.errors import NotAuthenticated

VISITOR_SECONDS = 24 * 3600
RENEWABLE_SECONDS = 30 * 24 * 3600
ACTION_SECONDS = 15 * 60

STAFF_SECONDS = 12 * 3600

Kind = Literal["visitor", "action", "staff"]


SECONDS: dict[Kind, int] = {
    "visitor": VISITOR_SECONDS,
    "action": ACTION_SECONDS,
    "staff": STAFF_SECONDS,
}


class Caller(msgspec.Struct, frozen=True):
    """Who calls: the visitor of a conversation, the assistant acting in one of its turns, or one of the staff, whose
    name stands where the others have their conversation."""

    conversation_id: str
    kind: Kind
    currency: str
    channel: str = "web"

    @property
    def actor(self) -> str:
        return f"staff: {self.conversation_id}" if self.kind == "staff" else self.kind


class Tokens:
    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeTimedSerializer(derived_secret(secret, "tokens"))

    def issue(self, caller: Caller) -> str:
        return self._serializer.dumps(msgspec.structs.astuple(caller))

    def read(self, token: str) -> Caller:
        """Raises NotAuthenticated."""
        caller = self._loaded(token, RENEWABLE_SECONDS)
        return self._loaded(token, SECONDS[caller.kind])

    def read_renewable(self, token: str) -> Caller:
        """The same for a visitor's token that expired less than 30 days ago."""
        caller = self._loaded(token, RENEWABLE_SECONDS)
        if caller.kind != "visitor":
            raise NotAuthenticated
        return caller

    def _loaded(self, token: str, max_age: int) -> Caller:
        try:
            return Caller(*self._serializer.loads(token, max_age=max_age))
        except (BadSignature, SignatureExpired):
            raise NotAuthenticated from None
