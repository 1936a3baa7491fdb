"""Codes that prove who writes: asked for here, sent by a job, typed in the chat and used as they come in, so that
neither the log nor the assistant ever holds one."""

import re
import unicodedata
from typing import Annotated

import msgspec
import structlog
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.checkout.details import InvalidEmail, valid_email
from backend.conversations.models import Conversation
from backend.conversations.wording import DeskWording
from backend.customers import proving
from backend.customers.models import CodeRequest
from backend.customers.proving import AnotherCustomer, TooManyIdentityTries
from backend.db import Database
from backend.edge import SETTINGS, Call, Operations
from backend.errors import InvalidInput, ShopError
from backend.limits import address_of
from backend.mail import Letter, Mailer
from backend.orders import finding

log = structlog.get_logger()
operations = Operations("customers")

IDENTITY_CODE_GIVEN = "/identity_code_given"
"""Stands for a message that held a code, and says what became of it. It comes from nowhere but here."""
PROVEN = "proven"
BETWEEN = r"[\s.,'’_·–—‑-]{0,3}"
CODE = re.compile(rf"(?<![^\W_])(?<!\d[-.\s])\d(?:{BETWEEN}\d){{5}}(?![^\W_])(?![-.\s]\d)")
MASK = "••••••"


class CodeQuestion(msgspec.Struct, frozen=True):
    """What the customer knows of the order: at least one of both."""

    email: Annotated[str, msgspec.Meta(max_length=254)] | None = None
    number: Annotated[str, msgspec.Meta(max_length=20)] | None = None


class CodeAsked(msgspec.Struct, frozen=True):
    """A code comes by e-mail if there is such an order; nothing here says whether."""

    good_for_minutes: int


@operations.post(
    "/api/identity/codes",
    body=CodeQuestion,
    answer=CodeAsked,
    status=202,
    errors=(AnotherCustomer, TooManyIdentityTries, InvalidEmail),
)
async def ask_code(call: Call) -> CodeAsked:
    """Sends a code to the contact of the order, which is then typed in the conversation."""
    asked, email = call.body, call.body.email and valid_email(call.body.email)
    if not (email or asked.number):
        raise InvalidInput("Say an e-mail address or an order's number.")
    conversation = await call.session.get_one(Conversation, call.caller.conversation_id)
    came_from = conversation.came_from or ""
    if call.caller.kind == "visitor":
        address = address_of(call.request, call.request.app[SETTINGS].trusted_proxies)
        came_from = proving.codes_of(call.session).hidden(address)
    await proving.ask_code(call.session, conversation.id, came_from, email, asked.number)
    return CodeAsked(int(proving.GOOD_FOR.total_seconds()) // 60)


async def use_identity_code_in(session: AsyncSession, conversation: Conversation, text: str) -> str | None:
    """What the assistant is given instead of the text; None where it holds no code, or none was asked for."""
    typed = CODE.search(text)
    request = await proving.latest_request(session, conversation.id) if typed else None
    if typed is None or request is None:
        return None
    outcome = PROVEN
    try:
        await proving.use_code(session, request, conversation.came_from or "", _digits(typed[0]))
    except ShopError as refusal:
        log.info("identity_code_refused", conversation=conversation.id, reason=refusal.code)
        outcome = refusal.code
    return f"{IDENTITY_CODE_GIVEN}{msgspec.json.encode({'identity': outcome}).decode()}"


def mask_identity_code(text: str) -> str:
    return CODE.sub(MASK, text)


async def send_code(database: Database, mailer: Mailer, wording: DeskWording, request_id: str) -> None:
    """To the contact of the order that fits, in the order's language; nobody hears of it where none does."""
    async with database.transaction() as session:
        request = await session.get(CodeRequest, request_id)
        if request is None:
            return
        order = await finding.contact_of(session, request.email, request.order_number)
        if order is None:
            return
        if request.sent_to is None:
            try:
                await proving.count_try(session, "mail", order.email)
            except TooManyIdentityTries:
                return
        sent = update(CodeRequest).where(CodeRequest.id == request_id).values(sent_to=order.email)
        await session.execute(sent)
        code = proving.codes_of(session).of(request_id)
    minutes = str(int(proving.GOOD_FOR.total_seconds()) // 60)
    await mailer.send(
        Letter(
            key=f"code:{request_id}",
            to=order.email,
            subject=wording.say("utter_code_mail_subject", order.language),
            words=wording.say("utter_code_mail", order.language, code=code, minutes=minutes),
        )
    )


def _digits(typed: str) -> str:
    return "".join(str(unicodedata.digit(sign)) for sign in typed if sign.isdigit())
