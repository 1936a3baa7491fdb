"""Codes of gift cards that are typed in the chat: used as they come in, so that neither the log nor the assistant
ever holds one."""

from datetime import timedelta

import msgspec
import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversations.models import Conversation, Turn
from backend.credit.applying import apply_gift_card
from backend.credit.codes import codes_in
from backend.db import now
from backend.errors import ShopError

log = structlog.get_logger()

GIFT_CARD_GIVEN = "/gift_card_given"
"""Stands for a message that held codes, and says what became of the last one. It comes from nowhere but here."""
MOST_TRIED = 20
AN_HOUR = timedelta(hours=1)
APPLIED, TRIED_TOO_OFTEN = "applied", "too_many_gift_card_codes"


async def use_codes_in(session: AsyncSession, conversation: Conversation, text: str) -> str | None:
    """What the assistant is given instead of the text; None where it holds no code."""
    found = codes_in(text)
    if not found:
        return None
    told: dict[str, object] = {}
    for _, _, typed in found:
        told = await _use(session, conversation, typed)
    return f"{GIFT_CARD_GIVEN}{msgspec.json.encode(told).decode()}"


async def _use(session: AsyncSession, conversation: Conversation, typed: str) -> dict[str, object]:
    """The refusal's code, or that it is to be paid with."""
    if await _tried(session, conversation.id) >= MOST_TRIED:
        return {"gift_card": TRIED_TOO_OFTEN}
    try:
        account = await apply_gift_card(session, conversation.id, typed, conversation.currency)
    except ShopError as refusal:
        log.info("gift_card_refused", conversation=conversation.id, reason=refusal.code)
        return {"gift_card": refusal.code, **refusal.details}
    return {"gift_card": APPLIED, "last_four": account.last_four}


async def _tried(session: AsyncSession, conversation_id: str) -> int:
    """Messages with codes in the last hour."""
    recent = select(func.count()).where(
        Turn.conversation_id == conversation_id,
        Turn.payload.startswith(GIFT_CARD_GIVEN),
        Turn.due_at > now(session) - AN_HOUR,
    )
    return await session.scalar(recent) or 0
