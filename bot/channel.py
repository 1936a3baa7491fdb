"""One turn of a conversation through Rasa: all of it happens and is stored, or nothing is."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from rasa.core.actions.action import ActionExecutionRejection
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    UserUttered,
)
from rasa.shared.exceptions import RasaException

from bot.readings import ranking_of
from bot.stores import AsyncLockStore, CachedSQLTrackerStore
from bot.wishes import parted

Answer = dict[str, Any]

log = logging.getLogger(__name__)

_LANGUAGES = ("en", "fr", "es")
_PAYLOAD = re.compile(r"/(\w+)(\{.*\})?", re.DOTALL)
# Rasa reads a text that starts with a slash as a payload; this one looks the same and is only text.
_FULL_WIDTH_SLASH = "\uff0f"


class TurnFault(Exception):
    """A turn without answers; `code` is the private door's error.

    - BadTurn 400: the request itself
    - ActionFailed 502: the action server is down, or the action or its wording raised
    - NoAnswer 502: nothing was said
    - TurnTooSlow 504
    """

    code = ""
    status = 502


class BadTurn(TurnFault):
    code, status = "bad_request", 400


class ActionFailed(TurnFault):
    code = "action_failed"

    def __init__(self, action: str) -> None:
        super().__init__(f"{action} could not be run")


class NoAnswer(TurnFault):
    code = "no_answer"


class TurnTooSlow(TurnFault):
    code, status = "turn_timed_out", 504


@dataclass(frozen=True)
class Turn:
    conversation: str
    id: str
    language: str
    channel: str
    token: str
    text: str | None
    payload: str | None

    @classmethod
    def parse(cls, body: Any) -> Turn:
        try:
            turn = cls(
                conversation=_string(body, "conversation"),
                id=_string(body, "turn"),
                language=_string(body, "language"),
                channel=_string(body, "channel"),
                token=_string(body, "token"),
                text=_string(body, "text") if body.get("text") is not None else None,
                payload=_string(body, "payload") if body.get("payload") is not None else None,
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise BadTurn(f"a field is missing or not a string: {error}") from error
        turn._validate()
        return turn

    def _validate(self) -> None:
        words = [each for each in (self.text, self.payload) if each is not None]
        if len(words) != 1 or not words[0].strip():
            raise BadTurn("exactly one of text and payload, and not an empty one")
        if self.language not in _LANGUAGES:
            raise BadTurn(f"language must be one of {', '.join(_LANGUAGES)}")

    def metadata(self, part: int) -> dict[str, Any]:
        """What an action is told with the words; a `part` of several wishes writes under keys of its own."""
        return {
            "language": self.language,
            "turn": self.id,
            "part": part,
            "token": self.token,
            "channel": self.channel,
        }


def _string(body: Any, name: str) -> str:
    value = body[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value


@dataclass(frozen=True)
class Answered:
    """What was said, and how each wish of the turn was read: `{"intent", "read", "confidence"}`, where `intent` is
    what was answered, and `read` the likeliest."""

    answers: list[Answer]
    readings: list[dict[str, Any]]


class _Answers(OutputChannel):  # type: ignore[misc]
    """Collects what the assistant says during one turn."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []

    @classmethod
    def name(cls) -> str:
        return "turn"

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        self.answers += _answers_of(message)


def _answered(tracker: Any, turn: Turn) -> Answered | None:
    """What the conversation's end says of the turn; None when the turn is not its last."""
    answers: list[Answer] = []
    said: list[Answer] = []
    readings: list[dict[str, Any]] = []
    for event in reversed(tracker.events):
        if isinstance(event, BotUttered):
            said = _answers_of(event.message()) + said
        if isinstance(event, UserUttered):
            if (event.metadata or {}).get("turn") != turn.id:
                break
            answers, said = said + answers, []
            readings.insert(0, _reading(event.parse_data))
    return Answered(_said_once(answers), readings) if readings else None


def _reading(parse_data: dict[str, Any]) -> dict[str, Any]:
    intent = parse_data["intent"]["name"]
    best = next(iter(ranking_of(parse_data)), parse_data["intent"])
    return {"intent": intent, "read": best["name"], "confidence": round(best["confidence"] or 0.0, 3)}


def _said_once(answers: list[Answer]) -> list[Answer]:
    """After each of several wishes the open question is asked again: once is enough, at the end."""
    return [answer for at, answer in enumerate(answers) if answer not in answers[at + 1 :]]


def _answers_of(message: dict[str, Any]) -> list[Answer]:
    answer = {"text": message.get("text"), **(message.get("custom") or {})}
    return [{name: part for name, part in answer.items() if part}] if any(answer.values()) else []


class _Processor(MessageProcessor):  # type: ignore[misc]
    """Rasa's processor, except that an action that fails fails the turn: Rasa would go on and say nothing."""

    async def _run_action(
        self, action: Any, tracker: Any, output_channel: Any, nlg: Any, prediction: Any
    ) -> bool:
        seen = tracker.copy()  # forms write to the tracker they are given
        seen.update_with_events(prediction.events, self.domain)
        try:
            events = await action.run(output_channel, nlg, seen, self.domain)
        except ActionExecutionRejection:
            tracker.update(
                ActionExecutionRejected(action.name(), prediction.policy_name, prediction.max_confidence)
            )
            return bool(self.should_predict_another_action(action.name()))
        except Exception as error:
            raise ActionFailed(action.name()) from error
        self._log_action_on_tracker(tracker, action, events, prediction)
        if any(isinstance(event, UserUttered) for event in events):
            await self.run_action_extract_slots(output_channel, tracker)
        await self.execute_side_effects(events, tracker, output_channel)
        return bool(self.should_predict_another_action(action.name()))


class Assistant:
    """Answers turns: one at a time per conversation, each once."""

    def __init__(
        self,
        processor: MessageProcessor,
        locks: AsyncLockStore,
        trackers: CachedSQLTrackerStore,
        time_limit_seconds: float = 20,
        remembered_turns: int = 2_000,
    ) -> None:
        self._processor = processor
        self._locks = locks
        self._trackers = trackers
        self._time_limit_seconds = time_limit_seconds
        self._remembered_turns = remembered_turns
        self._turns: OrderedDict[tuple[str, str], asyncio.Task[Answered]] = OrderedDict()

    @classmethod
    def load(cls, model: str, endpoints: Any) -> Assistant:
        """The model with its stores and action server. Takes seconds; run it in a thread."""
        from rasa.core.lock_store import LockStore
        from rasa.core.nlg.generator import NaturalLanguageGenerator
        from rasa.core.tracker_store import TrackerStore

        trackers = TrackerStore.create(endpoints.tracker_store)
        locks = LockStore.create(endpoints.lock_store)
        generator = NaturalLanguageGenerator.create(endpoints.nlg, None)
        processor = _Processor(model, trackers, locks, generator, action_endpoint=endpoints.action)
        trackers.domain = processor.domain
        return cls(processor, locks, trackers)

    async def answer(self, turn: Turn) -> Answered:
        """The answers of a turn; a turn that was answered or is being answered is not run again.

        The turn goes on when the caller hangs up. Raises TurnFault, after which the conversation is as before
        and the same turn may be tried again.
        """
        key = (turn.conversation, turn.id)
        if key not in self._turns:
            self._turns[key] = asyncio.create_task(self._run(turn))
            self._turns[key].add_done_callback(lambda task: self._settle(key, task))
        return await asyncio.shield(self._turns[key])

    async def forget(self, conversation: str) -> None:
        """As if nothing had ever been said in it; again it changes nothing."""
        async with self._locks.lock(conversation):
            self._trackers.forget(conversation)
        answered = [key for key, task in self._turns.items() if key[0] == conversation and task.done()]
        for key in answered:
            del self._turns[key]

    def _settle(self, key: tuple[str, str], task: asyncio.Task[Answered]) -> None:
        if task.cancelled() or task.exception():
            del self._turns[key]
        settled = [key for key, task in self._turns.items() if task.done()]
        for old in settled[: -self._remembered_turns]:
            del self._turns[old]

    async def _run(self, turn: Turn) -> Answered:
        try:
            return await asyncio.wait_for(self._run_alone(turn), self._time_limit_seconds)
        except asyncio.TimeoutError:
            raise TurnTooSlow(f"no answer within {self._time_limit_seconds} s") from None

    async def _run_alone(self, turn: Turn) -> Answered:
        async with self._locks.lock(turn.conversation):
            return await self._answered_before(turn) or await self._answer_now(turn)

    async def _answered_before(self, turn: Turn) -> Answered | None:
        """What the stored conversation says to this turn, so that a retry after a crash is harmless too."""
        tracker = await self._trackers.retrieve(turn.conversation)
        if tracker is None:
            return None
        self._trackers.put_back(tracker)
        return _answered(tracker, turn)

    async def _answer_now(self, turn: Turn) -> Answered:
        started = time.perf_counter()
        channel = _Answers()
        tracker = None
        for message in await self._messages(turn, channel):
            tracker = await self._converse(message, tracker)
        answered = _answered(tracker, turn)
        if not answered or not answered.answers:
            raise NoAnswer("the dialogue ended the turn without saying anything")
        await self._trackers.save(tracker)
        _log_turn(turn, tracker, started)
        return answered

    async def _converse(self, message: Any, tracker: Any) -> Any:
        """MessageProcessor.handle_message without storing: an empty answer must leave no trace. `tracker` is what
        an earlier part of the same turn has made of the conversation."""
        if tracker is None:
            tracker = await self._processor.log_message(message, should_save_tracker=False)
        else:
            await self._processor._handle_message_with_tracker(message, tracker)
        try:
            tracker = await self._processor.run_action_extract_slots(message.output_channel, tracker)
        except RasaException as error:
            raise ActionFailed("action_extract_slots") from error
        await self._processor._run_prediction_loop(message.output_channel, tracker)
        return tracker

    async def _messages(self, turn: Turn, channel: _Answers) -> list[Any]:
        """One, or one for each of several wishes."""
        if turn.payload:
            return [_message(turn, channel, turn.payload, self._parse(turn.payload))]
        text = _as_plain_text(turn.text or "")
        wishes = await parted(text, lambda part: self._processor.parse_message(_message(turn, channel, part)))
        parts = [_message(turn, channel, wish["text"], wish, part) for part, wish in enumerate(wishes)]
        return parts or [_message(turn, channel, text)]

    def _parse(self, payload: str) -> dict[str, Any]:
        match = _PAYLOAD.fullmatch(payload)
        if not match or match[1] not in self._processor.domain.intents:
            raise BadTurn("payload without a known intent")
        try:
            entities = json.loads(match[2] or "{}")
        except ValueError as error:
            raise BadTurn("payload whose entities are not JSON") from error
        intent = {"name": match[1], "confidence": 1.0}
        return {
            "text": payload,
            "intent": intent,
            "intent_ranking": [intent],
            "entities": [
                {"entity": name, "value": value, "start": 0, "end": len(payload)}
                for name, value in entities.items()
            ],
        }


def _message(
    turn: Turn, channel: _Answers, text: str, parse_data: dict[str, Any] | None = None, part: int = 0
) -> Any:
    return UserMessage(
        text,
        output_channel=channel,
        sender_id=turn.conversation,
        parse_data=parse_data,
        input_channel=turn.channel,
        message_id=turn.id,
        metadata=turn.metadata(part),
    )


def _as_plain_text(text: str) -> str:
    text = text.strip()
    return _FULL_WIDTH_SLASH + text[1:] if text.startswith("/") else text


def _log_turn(turn: Turn, tracker: Any, started: float) -> None:
    milliseconds = round((time.perf_counter() - started) * 1000, 1)
    fields = {"conversation": turn.conversation, "turn": turn.id, "language": turn.language}
    log.info(
        "turn", extra={"fields": {**fields, "wishes": _served(turn, tracker), "milliseconds": milliseconds}}
    )


def _served(turn: Turn, tracker: Any) -> list[dict[str, Any]]:
    """Each wish of the turn: how it was read, in which form, and what was done."""
    wishes: list[dict[str, Any]] = []
    loop = None
    for event in tracker.events:
        if isinstance(event, ActiveLoop):
            loop = event.name
        if isinstance(event, UserUttered) and (event.metadata or {}).get("turn") == turn.id:
            confidence = round(event.intent.get("confidence") or 0.0, 3)
            wishes.append(
                {"intent": event.intent_name, "confidence": confidence, "loop": loop, "actions": []}
            )
        if wishes and isinstance(event, ActionExecuted) and event.action_name != "action_listen":
            wishes[-1]["actions"].append(event.action_name)
    return wishes
