from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox import objects
from sandbox.errors import Json, ResourceMissing
from sandbox.store import Store
from sandbox.webhooks import Courier


@dataclass(frozen=True)
class Provider:
    """What every operation works with. Events name `cause`, an API request; customers and time have none."""

    store: Store
    courier: Courier
    clock: Callable[[], float]
    cause: Mapping[str, str | None] = field(default_factory=lambda: {"id": None, "idempotency_key": None})

    def now(self) -> int:
        return int(self.clock())

    def find(self, kind: str, id: str, param: str = "id") -> Json:
        if found := self.store.find(kind, id):
            return found
        raise ResourceMissing(kind, id, param)

    def save(self, body: Json, **changes: Any) -> Json:
        return self.store.save(body["object"], body | changes)

    def publish(self, type: str, body: Json, previous: Json | None = None) -> None:
        event = objects.event(self.now(), type, body, previous, dict(self.cause))
        self.save(event)
        self.courier.post(event["id"], json.dumps(event, indent=2))
