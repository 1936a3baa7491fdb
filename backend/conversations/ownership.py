"""Who answers a conversation. Each change is an epoch: what was computed before it is no longer said.

While a person answers, the assistant is silent: messages owe it no turn, and news of an order waits until the
person hands the conversation back, because two voices at once confuse. The person sees the order's state anyway.
"""

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversations.log import append, locked
from backend.conversations.models import Conversation, Event, Turn
from backend.conversations.wording import DeskWording
from backend.errors import Conflict


class AnsweredByAnother(Conflict):
    """Somebody else answers this conversation; `name` says who."""

    code = "answered_by_another"


class NotAnsweredByStaff(Conflict):
    """The assistant answers this conversation: a person has to join it first."""

    code = "not_answered_by_staff"


async def join(session: AsyncSession, wording: DeskWording, conversation_id: str, name: str) -> Conversation:
    """From now on a person answers. Joining again changes nothing.

    The customer's unanswered messages are the person's now. Raises ConversationNotFound, AnsweredByAnother.
    """
    conversation = await locked(session, conversation_id)
    if conversation.owner == "staff" and conversation.owner_name != name:
        raise AnsweredByAnother(name=conversation.owner_name)
    if conversation.owner != "staff":
        await _change(session, wording, conversation, "staff", name)
        owed = update(Turn).where(
            Turn.conversation_id == conversation.id, Turn.state == "owed", Turn.kind == "message"
        )
        await session.execute(owed.values(state="dropped"))
    conversation.read_seq = conversation.last_seq
    return conversation


async def say(session: AsyncSession, conversation_id: str, text: str) -> Event:
    """In the name of the person who answers. Raises ConversationNotFound, NotAnsweredByStaff."""
    conversation = await locked(session, conversation_id)
    if conversation.owner != "staff":
        raise NotAnsweredByStaff
    conversation.read_seq = conversation.last_seq
    return await append(session, conversation, "staff", {"text": text, "name": conversation.owner_name})


async def leave(session: AsyncSession, wording: DeskWording, conversation_id: str) -> None:
    """The assistant answers again, from the customer's next message on.

    Raises ConversationNotFound, NotAnsweredByStaff.
    """
    conversation = await locked(session, conversation_id)
    if conversation.owner != "staff":
        raise NotAnsweredByStaff
    await _change(session, wording, conversation, "bot", None)


async def _change(
    session: AsyncSession, wording: DeskWording, conversation: Conversation, owner: str, name: str | None
) -> None:
    conversation.owner, conversation.owner_name = owner, name
    conversation.epoch += 1
    status = {"kind": "owner", "owner": owner}
    if name:
        note = wording.say("utter_staff_note", conversation.language, name=name)
        status |= {"name": name, "note": note}
    said = "utter_staff_joined" if owner == "staff" else "utter_staff_left"
    text = wording.say(said, conversation.language, name=name or "")
    await append(session, conversation, "system", {"text": text, "status": status})
