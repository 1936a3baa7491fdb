"""Everything the sandbox remembers, in one SQLite file.

One connection, one thread, and no await inside a transaction: requests cannot interleave.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.errors import Json

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE INDEX IF NOT EXISTS open_sessions ON objects (json_extract(body, '$.expires_at'))
    WHERE kind = 'checkout.session' AND json_extract(body, '$.status') = 'open';
CREATE INDEX IF NOT EXISTS moving_parcels ON objects (json_extract(body, '$.next_step_at'))
    WHERE kind = 'parcel';
CREATE INDEX IF NOT EXISTS parents ON objects (kind, json_extract(body, '$.payment_intent'));
CREATE TABLE IF NOT EXISTS replays (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    line TEXT NOT NULL,
    event TEXT NOT NULL,
    body TEXT NOT NULL,
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0
);
"""


@dataclass(frozen=True)
class Page:
    limit: int = 10
    starting_after: str | None = None
    ending_before: str | None = None
    oldest_first: bool = False


@dataclass(frozen=True)
class Delivery:
    seq: int
    event: str
    body: str
    attempts: int


@dataclass(frozen=True)
class Replay:
    request: str
    status: int
    body: str


@dataclass(frozen=True)
class Filter:
    """`equal` and `one_of` compare fields of the object; `created` bounds it in Unix seconds."""

    equal: Mapping[str, Any] = field(default_factory=dict)
    one_of: Mapping[str, list[str]] = field(default_factory=dict)
    created: Mapping[str, int] = field(default_factory=dict)


COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "eq": "="}


class Store:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self.connection.executescript(SCHEMA)

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def save(self, kind: str, body: Json) -> Json:
        self.connection.execute(
            "INSERT INTO objects (kind, id, body) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            (kind, body["id"], json.dumps(body)),
        )
        return body

    def find(self, kind: str, id: str) -> Json | None:
        row = self.connection.execute(
            "SELECT body FROM objects WHERE kind = ? AND id = ?", (kind, id)
        ).fetchone()
        return json.loads(row[0]) if row else None

    def read_page(self, kind: str, wanted: Filter, page: Page) -> tuple[list[Json], bool]:
        """One page, newest first unless asked otherwise, and whether there is more."""
        conditions = ["kind = ?"]
        values: list[Any] = [kind]
        for name, value in wanted.equal.items():
            conditions.append(f"json_extract(body, '$.{name}') = ?")
            values.append(value)
        for name, options in wanted.one_of.items():
            conditions.append(f"json_extract(body, '$.{name}') IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(options))
        for name, bound in wanted.created.items():
            conditions.append(f"json_extract(body, '$.created') {COMPARISONS[name]} ?")
            values.append(bound)
        is_forward = page.oldest_first is not (page.ending_before is not None)
        if cursor := page.starting_after or page.ending_before:
            conditions.append(
                f"seq {'>' if is_forward else '<'} (SELECT seq FROM objects WHERE kind = ? AND id = ?)"
            )
            values += [kind, cursor]
        rows = self.connection.execute(
            f"SELECT body FROM objects WHERE {' AND '.join(conditions)}"
            f" ORDER BY seq {'' if is_forward else 'DESC'} LIMIT ?",
            (*values, page.limit + 1),
        ).fetchall()
        found = [json.loads(row[0]) for row in rows[: page.limit]]
        return (found[::-1] if page.ending_before else found), len(rows) > page.limit

    def overdue_sessions(self, now: float) -> list[Json]:
        return self._due(
            "kind = 'checkout.session' AND json_extract(body, '$.status') = 'open'"
            " AND json_extract(body, '$.expires_at') <= ?",
            now,
        )

    def overdue_parcels(self, now: float) -> list[Json]:
        return self._due("kind = 'parcel' AND json_extract(body, '$.next_step_at') <= ?", now)

    def _due(self, condition: str, now: float) -> list[Json]:
        rows = self.connection.execute(
            f"SELECT body FROM objects WHERE {condition} ORDER BY seq", (now,)
        ).fetchall()
        return [json.loads(row[0]) for row in rows]

    def find_replay(self, key: str) -> Replay | None:
        row = self.connection.execute(
            "SELECT request, status, body FROM replays WHERE key = ?", (key,)
        ).fetchone()
        return Replay(*row) if row else None

    def save_replay(self, key: str, replay: Replay) -> None:
        self.connection.execute(
            "INSERT INTO replays (key, request, status, body) VALUES (?, ?, ?, ?)",
            (key, replay.request, replay.status, replay.body),
        )

    def post(self, line: str, event: str, body: str, due_at: float) -> None:
        self.connection.execute(
            "INSERT INTO deliveries (line, event, body, due_at) VALUES (?, ?, ?, ?)",
            (line, event, body, due_at),
        )

    def due_deliveries(self, line: str, now: float) -> list[Delivery]:
        rows = self.connection.execute(
            "SELECT seq, event, body, attempts FROM deliveries WHERE line = ? AND due_at <= ?"
            " ORDER BY seq LIMIT 100",
            (line, now),
        ).fetchall()
        return [Delivery(*row) for row in rows]

    def postpone(self, delivery: Delivery, due_at: float) -> None:
        self.connection.execute(
            "UPDATE deliveries SET due_at = ?, attempts = attempts + 1 WHERE seq = ?", (due_at, delivery.seq)
        )

    def drop(self, delivery: Delivery) -> None:
        self.connection.execute("DELETE FROM deliveries WHERE seq = ?", (delivery.seq,))
