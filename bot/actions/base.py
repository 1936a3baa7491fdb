"""What all actions share: the turn they answer, the reply they give, and what a refusal sounds like."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import msgspec
import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.client import Backend, BackendDown, Refused
from bot.settings import connection

log = structlog.get_logger()

OURS = ("en", "fr", "es")
CERTAIN = 0.8
"""An intent as sure as this needs no other reading."""
NEEDS_CONSENT = "backorder_consent_needed"
UNKNOWN_ORDER = "order_not_found"
NOT_PROVEN = "identity_not_proven"
IDENTIFYING = "identity_form"
FEWEST_WORDS = 5
"""A shorter wish has no address in it."""
REPORTS = ("report_damaged_item", "report_missing_item", "report_wrong_item")
COMMENTS = ("complain", "inform", "nlu_fallback", "out_of_scope", *REPORTS)
"""What words to a bad score are taken for; other wishes are served."""
FOR_ONE_ANSWER = (
    "offered_product",
    "misunderstandings",
    "awaits_comment",
    "awaits_consent",
    "awaits_change",
    "awaits_erasure",
    "awaits_reminder",
    "awaits_points",
)
"""Slots that hold for one answer: a reply that does not set them clears them."""


class Reply:
    """An answer by its key, with the arguments of its wording, and what the dialogue should remember.

    `loop` starts a form; an empty string ends the one that is active.
    """

    def __init__(
        self,
        key: str | None,
        *,
        slots: dict[str, Any] | None = None,
        loop: str | None = None,
        **arguments: Any,
    ) -> None:
        self.key = key
        self.slots = slots or {}
        self.loop = loop
        self.arguments = {name: msgspec.to_builtins(value) for name, value in arguments.items()}

    @classmethod
    def silent(cls, *, slots: dict[str, Any] | None = None, loop: str | None = None) -> Self:
        """Says nothing itself: the form that it starts asks its question."""
        return cls(None, slots=slots, loop=loop)


@dataclass(frozen=True)
class Turn:
    """What the customer said, and the backend as this turn may use it."""

    tracker: Tracker
    backend: Backend
    language: str
    kept: dict[str, Any] = field(default_factory=dict)
    """Slots that stay even if the backend refuses: what was refused is still what is being talked of."""

    @property
    def text(self) -> str:
        """The customer's own words; empty when a button was pressed."""
        text = self.tracker.latest_message.get("text") or ""
        return "" if text.startswith("/") else text

    @property
    def intent(self) -> str:
        return str(self.tracker.get_intent_of_latest_message() or "")

    @property
    def confidence(self) -> float:
        return float(self.tracker.latest_message["intent"]["confidence"])

    def entity(self, name: str) -> Any:
        return next(self.tracker.get_latest_entity_values(name), None)

    def slot(self, name: str) -> Any:
        return self.tracker.get_slot(name)

    @property
    def was_asked(self) -> bool:
        """Whether the form has asked yet: the message that started it is no answer to it."""
        return self.slot("requested_slot") is not None

    @property
    def active_loop(self) -> str | None:
        name: str | None = self.tracker.active_loop.get("name")
        return name


class BackendAction(Action, ABC):  # type: ignore[misc]
    """Subclasses say `name` and `answer`. Whatever the backend refuses is said by `utter_<code>`."""

    changes_subject: ClassVar[bool] = False
    """A wish of its own: which variant was meant is not asked again after it. Questions return to what was asked."""

    asks: ClassVar[bool] = False
    """It asks the question of a form."""

    @abstractmethod
    async def answer(self, turn: Turn) -> Reply: ...

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[EventType]:
        turn = turn_of(tracker, self.name())
        try:
            reply = await _comment(turn) or await self.answer(turn)
        except Refused as refusal:
            reply = refused(turn, refusal, self.name())
        except BackendDown as error:
            log.warning("backend_down", action=self.name(), error=str(error))
            reply = Reply("utter_backend_down")
        if reply.key:
            dispatcher.utter_message(response=reply.key, **({"language": turn.language} | reply.arguments))
        if reply.loop is None and not self.asks and _is_over(turn.active_loop, self.changes_subject):
            reply.loop = ""
        return events_of(reply)


def refused(turn: Turn, refusal: Refused, action: str) -> Reply:
    """What is said of a no. One that only asks whether the customer will wait is a question, and what was going on is
    taken up after the answer. An order may be there for whoever shows that it is theirs; then the wish goes on."""
    goes_on = turn.kept.pop("interrupted_loop", None)
    is_anybody = refusal.code == UNKNOWN_ORDER and not refusal.details["is_proven"]
    if (is_anybody or refusal.code == NOT_PROVEN) and (
        turn.active_loop is None or _is_over(turn.active_loop, changes_subject=True)
    ):
        message = {part: turn.tracker.latest_message[part] for part in ("text", "intent", "entities")}
        email = turn.entity("email")
        wanted = {
            "wanted_order": refusal.details.get("number") or None,
            "wanted_wish": {"action": action, "message": message},
            "order_contact": {"email": email, "order_number": None} if email else None,
        }
        return Reply.silent(slots=turn.kept | wanted, loop=IDENTIFYING)
    if refusal.code != NEEDS_CONSENT:
        return Reply(f"utter_{refusal.code}", slots=turn.kept, **refusal.details)
    kept = turn.kept | {"awaits_consent": consent_asked(refusal)}
    is_confirmed = turn.slot("order_confirmed") is True
    if goes_on or is_confirmed or turn.active_loop == "checkout_form":
        kept |= {"interrupted_loop": "checkout_form", "order_confirmed": None, "shown_total": None}
    loop = "" if turn.active_loop else None
    return Reply(f"utter_{refusal.code}", slots=kept, loop=loop, **consent_words(refusal))


def consent_asked(refusal: Refused) -> dict[str, Any]:
    """What a yes will do."""
    return {
        "sku": refusal.details["sku"],
        "instead_of": refusal.details.get("instead_of"),
        "quantity": refusal.details["quantity"],
        "agreed_date": refusal.details["ships_on"],
    }


def consent_words(refusal: Refused) -> dict[str, Any]:
    details = refusal.details
    return {
        "now": details["now"],
        "later": details["later"],
        "ships_on": {"date": details["ships_on"]},
        "is_preorder": "yes" if details["is_preorder"] else "no",
    }


def _is_over(loop: str | None, changes_subject: bool) -> bool:
    """A code that was asked for is not asked for again: whoever says something else meanwhile has none. Nor is who
    ordered."""
    return loop in ("coupon_form", IDENTIFYING) or (
        changes_subject and loop in ("variant_form", "after_sale_form")
    )


async def _comment(turn: Turn) -> Reply | None:
    """Keeps what the customer says to the bad score that they gave, whatever it would mean at another time."""
    if not (turn.slot("awaits_comment") and turn.text and turn.intent in COMMENTS):
        return None
    await turn.backend.answer_satisfaction(comment=turn.text)
    shop = await turn.backend.shop()
    return Reply("utter_comment_noted", contact=shop.email)


def turn_of(tracker: Tracker, action: str) -> Turn:
    """Whoever asks for another language hears all that follows in it."""
    metadata = tracker.latest_message["metadata"]
    language = metadata["language"]
    if tracker.get_intent_of_latest_message() == "change_language":
        wanted = next(tracker.get_latest_entity_values("language"), None)
        language = wanted if wanted in OURS else language
    http, base_url = connection()
    backend = Backend(
        http, base_url, metadata["token"], language, f"{metadata['turn']}:{metadata['part']}:{action}"
    )
    return Turn(tracker, backend, language)


async def without_address(turn: Turn) -> tuple[str, bool]:
    """The words of a wish that comes with its address ("two mugs to Anna Smith, 12 Baker Street, …"), and whether
    there is any such: the checkout has it then."""
    if len(turn.text.split()) < FEWEST_WORDS:
        return turn.text, False
    told = await turn.backend.tell_checkout(turn.text, is_answer=False)
    return told.rest if told.understood else turn.text, bool(told.understood)


def events_of(reply: Reply) -> list[EventType]:
    slots = dict.fromkeys(FOR_ONE_ANSWER) | reply.slots
    events: list[EventType] = [SlotSet(name, value) for name, value in slots.items()]
    if reply.loop is not None:
        events += [ActiveLoop(reply.loop or None), SlotSet("requested_slot", None)]
    return events
