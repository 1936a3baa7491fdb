"""The turn worker: gives owed turns to the assistant, one at a time per conversation, and appends its answers.

The answers and the turn's end are one transaction, and each answer has a key of its own: a crash between the
question and the answer neither loses nor doubles anything.
"""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import aiohttp
import msgspec
import structlog
from sqlalchemy import exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from backend.config import Settings
from backend.conversations.log import FormView, TableView, append, locked
from backend.conversations.models import Conversation, Turn
from backend.conversations.wakeups import Wakeups
from backend.conversations.wording import DeskWording
from backend.db import Database, now
from backend.tokens import Caller, Tokens

log = structlog.get_logger()

AT_ONCE = 8
MOST_ATTEMPTS = 5
LONGEST_WAIT = timedelta(minutes=1)
LEASE = timedelta(seconds=6)
NOT_READY = 503
SHUT_SECONDS = 3.0
"""How long a door that could not be reached is passed over."""
IDLE_SECONDS = 1.0


class Offered(msgspec.Struct, omit_defaults=True):
    title: str
    payload: str


class AnswerCard(msgspec.Struct, omit_defaults=True):
    title: str
    subtitle: str | None = None
    price: str | None = None
    image: str | None = None
    url: str | None = None
    choices: list[Offered] = []


class AnswerLink(msgspec.Struct):
    title: str
    url: str
    kind: str


class Answer(msgspec.Struct, omit_defaults=True):
    text: str | None = None
    choices: list[Offered] = []
    cards: list[AnswerCard] = []
    links: list[AnswerLink] = []
    table: TableView | None = None
    form: FormView | None = None
    status: dict[str, Any] | None = None


class Reading(msgspec.Struct):
    """See `Turn.readings`."""

    intent: str
    read: str
    confidence: float


class Answered(msgspec.Struct):
    turn: str
    answers: list[Answer]
    readings: list[Reading]


class NoAnswer(Exception):
    """The assistant is down, too slow, or had nothing to say."""


class Doors:
    """Which of several Rasas answers: each conversation has its own, and the next one while that is shut."""

    def __init__(self, urls: Sequence[str]) -> None:
        self._urls = urls
        self._shut_until: dict[str, float] = {}

    def of(self, conversation_id: str, attempts: int) -> list[str]:
        """In the order in which they are to be tried.

        One that was too slow twice is passed over: it may be alive and hang. By rendezvous hashing a door that
        comes or goes moves only its own conversations.
        """
        ranked = sorted(
            self._urls, key=lambda url: hashlib.sha256(f"{url} {conversation_id}".encode()).digest()
        )
        first = max(0, attempts - 2) % len(ranked)
        ranked = ranked[first:] + ranked[:first]
        return sorted(ranked, key=lambda url: self._shut_until.get(url, 0) > time.monotonic())

    def shut(self, url: str) -> None:
        self._shut_until[url] = time.monotonic() + SHUT_SECONDS


class TurnWorker:
    def __init__(
        self,
        settings: Settings,
        database: Database,
        http: aiohttp.ClientSession,
        tokens: Tokens,
        wakeups: Wakeups,
        wording: DeskWording,
    ) -> None:
        self._database = database
        self._http = http
        self._tokens = tokens
        self._wakeups = wakeups
        self._wording = wording
        self._doors = Doors(settings.rasa_urls)
        self._headers = {"Authorization": f"Bearer {settings.rasa_secret}"}
        self._timeout = aiohttp.ClientTimeout(total=settings.turn_timeout_seconds)
        self._leased: set[str] = set()
        self.running: set[asyncio.Task[None]] = set()
        """Turns at work; whoever ends `run` ends them too, before the database is closed."""
        self.wake = asyncio.Event()

    async def reclaim(self) -> None:
        """The leases of a worker that died; only where this process is the only one."""
        async with self._database.transaction() as session:
            await session.execute(update(Turn).where(Turn.state == "owed").values(due_at=now(session)))

    async def run(self) -> None:
        while True:
            self.wake.clear()
            room = AT_ONCE - len(self.running)
            for turn, conversation in await self._take(room) if room else []:
                self._start(turn, conversation)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wake.wait(), IDLE_SECONDS)

    async def keep_leases(self) -> None:
        """A turn at work stays ours; when this process dies, another one takes it up within seconds."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            if self._leased:
                async with self._database.transaction() as session:
                    ours = update(Turn).where(Turn.id.in_(self._leased), Turn.state == "owed")
                    await session.execute(ours.values(due_at=now(session) + LEASE))

    def _start(self, turn: Turn, conversation: Conversation) -> None:
        task = asyncio.create_task(self._work(turn, conversation))
        self.running.add(task)
        self._leased.add(turn.id)
        task.add_done_callback(lambda _: self._leased.discard(turn.id))
        task.add_done_callback(self.running.discard)
        task.add_done_callback(lambda _: self.wake.set())

    async def _take(self, room: int) -> list[tuple[Turn, Conversation]]:
        """The oldest owed turn of each conversation that has one due; leased, so that a dead worker's come back.

        What is owed to a conversation that a person answers waits until the assistant answers it again.
        """
        earlier = aliased(Turn)
        async with self._database.transaction() as session:
            at = now(session)
            due = (
                select(Turn.id)
                .join(Conversation, Conversation.id == Turn.conversation_id)
                .where(
                    Conversation.owner == "bot",
                    Turn.state == "owed",
                    Turn.due_at <= at,
                    ~exists().where(
                        earlier.conversation_id == Turn.conversation_id,
                        earlier.number < Turn.number,
                        earlier.state == "owed",
                    ),
                )
                .order_by(Turn.due_at)
                .limit(room)
                .with_for_update(of=[Turn, Conversation], skip_locked=True)
            )
            ids = (await session.scalars(due)).all()
            leased = (
                update(Turn)
                .where(Turn.id.in_(ids))
                .values(attempts=Turn.attempts + 1, due_at=at + LEASE)
                .returning(Turn)
            )
            turns = (await session.scalars(leased)).all()
            return [(turn, await self._taken_up(session, turn)) for turn in turns]

    async def _taken_up(self, session: AsyncSession, turn: Turn) -> Conversation:
        """The turn's conversation, which shows its customer that the message is being read."""
        if turn.seq:
            read = update(Conversation).where(
                Conversation.id == turn.conversation_id, Conversation.read_seq < turn.seq
            )
            await session.execute(read.values(read_seq=turn.seq))
        return await session.get_one(Conversation, turn.conversation_id)

    async def _work(self, turn: Turn, conversation: Conversation) -> None:
        try:
            with self._wakeups.typing(conversation.id):
                answered = await self._ask(turn, conversation)
            await self._append(turn, conversation, answered)
        except NoAnswer as error:
            log.warning("turn_unanswered", turn=turn.id, attempt=turn.attempts, reason=str(error))
            await self._postpone(turn, conversation)
        except IntegrityError:  # its answers are in the log: only its end was not noted
            async with self._database.transaction() as session:
                await self._end(session, turn, "done")
        except Exception:
            log.exception("turn_failed", turn=turn.id)
            await self._postpone(turn, conversation)

    async def _ask(self, turn: Turn, conversation: Conversation) -> Answered:
        """Raises NoAnswer. The turn's id makes a second question after a lost answer harmless."""
        body = {
            "conversation": conversation.id,
            "turn": turn.id,
            "text": turn.text,
            "payload": turn.payload,
            "language": conversation.language,
            "channel": conversation.channel,
            "token": self._tokens.issue(
                Caller(conversation.id, "action", conversation.currency, conversation.channel)
            ),
        }
        raw = await self._through_a_door(turn, conversation.id, body)
        try:
            answered = msgspec.json.decode(raw, type=Answered)
        except msgspec.MsgspecError as error:
            raise NoAnswer(str(error)) from error
        if not answered.answers and turn.kind == "message":
            raise NoAnswer("silence")
        return answered

    async def _through_a_door(self, turn: Turn, conversation_id: str, body: dict[str, Any]) -> bytes:
        """Raises NoAnswer.

        A Rasa that is gone has stored nothing, or all of it, of the turn: the next one may answer at once.
        """
        trouble = NoAnswer("no door")
        for url in self._doors.of(conversation_id, turn.attempts):
            try:
                async with self._http.post(
                    f"{url}/turn", json=body, headers=self._headers, timeout=self._timeout
                ) as response:
                    raw = await response.read()
            except TimeoutError as error:
                raise NoAnswer("too slow") from error
            except aiohttp.ClientError as error:
                self._doors.shut(url)
                trouble = NoAnswer(type(error).__name__)
            else:
                if response.status == 200:
                    return raw
                trouble = NoAnswer(f"status {response.status}")
                if response.status != NOT_READY:
                    break
                self._doors.shut(url)
        raise trouble

    async def _append(self, turn: Turn, asked: Conversation, answered: Answered) -> None:
        async with self._database.transaction() as session:
            conversation = await locked(session, turn.conversation_id)
            audience = "public" if conversation.epoch == asked.epoch else "staff"
            for index, answer in enumerate(answered.answers):
                body = msgspec.to_builtins(answer)
                await append(
                    session, conversation, "assistant", body, audience=audience, key=f"{turn.id}:{index}"
                )
            readings = msgspec.to_builtins(answered.readings)
            await session.execute(update(Turn).where(Turn.id == turn.id).values(readings=readings))
            await self._end(session, turn, "done")

    async def _postpone(self, turn: Turn, asked: Conversation) -> None:
        """An apology at once, another try soon, and at the end a way to reach a person."""
        is_last = turn.kind == "message" and turn.attempts >= MOST_ATTEMPTS
        async with self._database.transaction() as session:
            conversation = await locked(session, turn.conversation_id)
            if turn.kind == "message" and conversation.epoch != asked.epoch:  # a person answers it
                await self._end(session, turn, "dropped")
                return
            if turn.kind == "message" and (turn.attempts == 1 or is_last):
                said = "utter_trouble_lasting" if is_last else "utter_trouble"
                body = {"text": self._wording.say(said, conversation.language)}
                await append(session, conversation, "system", body, key=f"{turn.id}:{said}")
            if is_last:
                await self._end(session, turn, "failed")
                return
            wait = min(timedelta(seconds=2**turn.attempts), LONGEST_WAIT)
            await session.execute(update(Turn).where(Turn.id == turn.id).values(due_at=now(session) + wait))

    async def _end(self, session: AsyncSession, turn: Turn, state: str) -> None:
        await session.execute(update(Turn).where(Turn.id == turn.id).values(state=state))
