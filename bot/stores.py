"""Where Rasa keeps what was said, and who may add to it."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import sqlalchemy.event
import sqlalchemy.exc
import sqlalchemy.pool
from rasa.core.lock_store import LockStore
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import SESSION_START_METADATA_SLOT
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker


class AsyncLockStore(LockStore):  # type: ignore[misc]
    """One turn at a time per conversation, in order of arrival, within this process.

    Rasa's own lock makes the second of two quick messages wait in steps of a second.
    """

    def __init__(self, endpoint_config: Any = None) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._holders: Counter[str] = Counter()

    @asynccontextmanager
    async def lock(self, conversation_id: str, *_: Any, **__: Any) -> AsyncIterator[None]:
        lock = self._locks.setdefault(conversation_id, asyncio.Lock())
        self._holders[conversation_id] += 1
        try:
            async with lock:
                yield
        finally:
            self._holders[conversation_id] -= 1
            if not self._holders[conversation_id]:
                del self._holders[conversation_id], self._locks[conversation_id]


_schema = sa.MetaData()
_events = sa.Table(
    "tracker_events",
    _schema,
    sa.Column("conversation", sa.String(255), primary_key=True),
    # The primary key makes a second writer of a conversation fail instead of interleaving with the first.
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("data", sa.Text, nullable=False),
)


@dataclass(frozen=True)
class _Stored:
    """How much of a tracker the database holds: what follows `latest` in its events is new."""

    count: int
    latest: Any


class CachedSQLTrackerStore(TrackerStore):  # type: ignore[misc]
    """Appends events to an SQL table and keeps the trackers of recent conversations at hand.

    Reading takes the tracker out: a turn that fails never saves, and the next one starts from the database. So does
    the next one after another process has added to the conversation.
    Errors of the database are raised; nothing is answered from a memory that would be lost.
    A tracker over `longest_history` events is shortened to its recent ones and the slots they start from; the
    table keeps everything.
    """

    def __init__(
        self,
        domain: Any,
        host: str,
        event_broker: Any = None,
        live_trackers: int = 500,
        longest_history: int = 150,
        kept_history: int = 60,
    ) -> None:
        super().__init__(domain, event_broker)
        is_sqlite = host.startswith("sqlite:")
        self._engine = _sqlite_engine(host) if is_sqlite else sa.create_engine(host, pool_pre_ping=True)
        try:
            _schema.create_all(self._engine)
        except sa.exc.DBAPIError:  # another process made it at the same moment
            _schema.create_all(self._engine)
        self._live: OrderedDict[str, Any] = OrderedDict()
        self._live_trackers = live_trackers
        self._longest_history = longest_history
        self._kept_history = kept_history

    async def get_or_create_tracker(
        self, sender_id: str, max_event_history: int | None = None, append_action_listen: bool = True
    ) -> Any:
        return await self.retrieve(sender_id) or self._begin(sender_id, append_action_listen)

    def _begin(self, conversation: str, append_action_listen: bool) -> Any:
        tracker = self.init_tracker(conversation)
        if append_action_listen:
            tracker.update(ActionExecuted("action_listen"))
        tracker.stored = _Stored(0, None)
        return tracker

    async def retrieve(self, sender_id: str) -> Any:
        tracker = self._live.pop(sender_id, None)
        if tracker is not None and tracker.stored.count == self._count(sender_id):
            return tracker
        return self._load(sender_id)

    async def retrieve_full_tracker(self, conversation_id: str) -> Any:
        events = self._read(conversation_id)
        return (
            DialogueStateTracker.from_events(conversation_id, events, self.domain.slots) if events else None
        )

    async def save(self, tracker: Any) -> None:
        stored = tracker.stored
        rows = [
            {"conversation": tracker.sender_id, "position": stored.count + offset, "data": _dump(event)}
            for offset, event in enumerate(_events_after(tracker.events, stored.latest))
        ]
        if rows:
            with self._engine.begin() as connection:
                connection.execute(_events.insert(), rows)
        self.put_back(self._shortened(tracker, stored.count + len(rows)))

    def put_back(self, tracker: Any) -> None:
        """Keep a tracker at hand: one just stored, or one that `retrieve` gave and nobody changed."""
        self._live[tracker.sender_id] = tracker
        while len(self._live) > self._live_trackers:
            self._live.popitem(last=False)

    def forget(self, conversation: str) -> None:
        """Call it with the conversation locked."""
        with self._engine.begin() as connection:
            connection.execute(_events.delete().where(_events.c.conversation == conversation))
        self._live.pop(conversation, None)

    async def keys(self) -> Iterable[str]:
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_events.c.conversation).distinct())
            return [row.conversation for row in rows]

    def close(self) -> None:
        self._engine.dispose()

    def _load(self, conversation: str) -> Any:
        events = self._read(conversation)
        if not events:
            return None
        tracker = DialogueStateTracker.from_events(conversation, events, self.domain.slots)
        return self._shortened(tracker, len(events))

    def _count(self, conversation: str) -> int:
        query = sa.select(sa.func.max(_events.c.position)).where(_events.c.conversation == conversation)
        with self._engine.connect() as connection:
            last = connection.execute(query).scalar()
        return 0 if last is None else last + 1

    def _read(self, conversation: str) -> list[Any]:
        query = sa.select(_events.c.data).where(_events.c.conversation == conversation)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(_events.c.position)).all()
        return [Event.from_parameters(json.loads(row.data)) for row in rows]

    def _shortened(self, tracker: Any, stored: int) -> Any:
        """The tracker, all of whose events are stored, with a bounded history."""
        events = list(tracker.events)
        if len(events) > self._longest_history:
            tracker = self._cut(tracker, _first_quiet_turn(events, len(events) - self._kept_history))
        tracker.stored = _Stored(stored, events[-1] if events else None)
        return tracker

    def _cut(self, tracker: Any, at: int) -> Any:
        conversation, events = tracker.sender_id, list(tracker.events)
        before = DialogueStateTracker.from_events(conversation, events[:at], self.domain.slots)
        slots = [
            SlotSet(name, slot.value)
            for name, slot in before.slots.items()
            if slot.value != slot.initial_value and name != SESSION_START_METADATA_SLOT
        ]
        cut = DialogueStateTracker.from_events(conversation, slots + events[at:], self.domain.slots)
        cut.model_id, cut.assistant_id = tracker.model_id, tracker.assistant_id
        return cut


def _sqlite_engine(url: str) -> sa.engine.Engine:
    """One connection that stays open: made where the model is loaded, used where turns are answered."""
    engine = sa.create_engine(url, poolclass=sa.pool.StaticPool, connect_args={"check_same_thread": False})
    sa.event.listen(engine, "connect", _write_ahead)
    return engine


def _write_ahead(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")


def _events_after(events: Iterable[Any], latest: Any) -> list[Any]:
    events = list(events)
    for count, event in enumerate(reversed(events)):
        if event is latest:
            return events[len(events) - count :]
    return events


def _first_quiet_turn(events: list[Any], earliest: int) -> int:
    """Where a tracker may begin: at a message that no form was waiting for; 0 when there is none."""
    loop = None
    for index, event in enumerate(events[:-1]):
        if isinstance(event, ActiveLoop):
            loop = event.name
        if index >= earliest and loop is None and _listens_then_hears(event, events[index + 1]):
            return index
    return 0


def _listens_then_hears(event: Any, following: Any) -> bool:
    return (
        isinstance(event, ActionExecuted)
        and event.action_name == "action_listen"
        and isinstance(following, UserUttered)
    )


def _dump(event: Any) -> str:
    """The event as stored: without the customer's token, which opens the backend."""
    data = event.as_dict()
    if isinstance(event, UserUttered):
        data["metadata"] = _without_token(data["metadata"])
        data["parse_data"] = {**data["parse_data"], "metadata": data["metadata"]}
    if isinstance(event, SlotSet) and event.key == SESSION_START_METADATA_SLOT:
        data["value"] = _without_token(data["value"])
    return json.dumps(data)


def _without_token(metadata: dict[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (metadata or {}).items() if name != "token"}
