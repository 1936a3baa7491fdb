"""Forgetting a person: previewed, agreed to, and then done by a job that goes on wherever it was interrupted."""

from datetime import timedelta

import msgspec
from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.catalogue.changes import tell
from backend.catalogue.models import Review
from backend.changes.asked import PreviewNotFound, PreviewOutdated
from backend.changes.models import OrderChange
from backend.conversations import desk
from backend.conversations.files import Files
from backend.conversations.log import append, locked
from backend.conversations.models import Conversation, Turn
from backend.conversations.wording import DeskWording
from backend.customers.addresses import Address
from backend.db import Database, now
from backend.jobs import enqueue
from backend.orders.models import Order
from backend.privacy.memory import AssistantMemory
from backend.privacy.models import Erasure
from backend.privacy.person import OrderUnderWay, Person, find_person, proven_address, refuse_under_way
from backend.privacy.stores import Store, machinery, stores

ERASE = "erase"
PREVIEWED, ASKED, EMPTIED, DONE = "previewed", "asked", "emptied", "done"
VALID_FOR = timedelta(minutes=30)
A_MOMENT, LATER = timedelta(seconds=2), timedelta(minutes=10)
WORDS = ("address", "description", "photos")
"""What customers say of themselves in a change of an order."""


async def preview(session: AsyncSession, conversation_id: str) -> Erasure:
    """For the customer to say yes to. Raises IdentityNotProven, OrderUnderWay."""
    email = await proven_address(session, conversation_id)
    await refuse_under_way(session, await find_person(session, email, is_typed_enough=True))
    erasure = Erasure(
        conversation_id=conversation_id, conversations=[], made_at=now(session), state=PREVIEWED
    )
    session.add(erasure)
    await session.flush()
    return erasure


async def agree(session: AsyncSession, conversation_id: str, erasure_id: str) -> Erasure:
    """The yes; again it changes nothing. Raises IdentityNotProven, OrderUnderWay, PreviewNotFound,
    PreviewOutdated."""
    erasure = await session.get(Erasure, erasure_id, with_for_update=True)
    if erasure is None or erasure.conversation_id != conversation_id:
        raise PreviewNotFound
    if erasure.state == PREVIEWED:
        if erasure.made_at < now(session) - VALID_FOR:
            raise PreviewOutdated
        await _ask(session, erasure, await proven_address(session, conversation_id))
    return erasure


async def erase_for_staff(session: AsyncSession, email: str) -> None:
    """Raises OrderUnderWay."""
    erasure = Erasure(conversations=[], made_at=now(session))
    session.add(erasure)
    await _ask(session, erasure, email)


async def erase(
    database: Database, files: Files, memory: AssistantMemory, wording: DeskWording, erasure_id: str
) -> None:
    """What was ordered since the yes is waited for, and so are answers that the assistant is still giving."""
    async with database.transaction() as session:
        erasure = await session.get_one(Erasure, erasure_id, with_for_update=True)
        if erasure.state == ASKED:
            await _empty(session, erasure, wording)
        if erasure.state != EMPTIED:
            return
    for conversation_id in erasure.conversations:
        await files.remove_all(conversation_id)
        await memory.forget(conversation_id)
    async with database.transaction() as session:
        over = {"state": DONE, "conversations": [], "done_at": now(session)}
        await session.execute(update(Erasure).where(Erasure.id == erasure_id).values(over))


async def _ask(session: AsyncSession, erasure: Erasure, email: str) -> None:
    await refuse_under_way(session, await find_person(session, email, is_typed_enough=True))
    erasure.email, erasure.state = email, ASKED
    await session.flush()
    await enqueue(session, ERASE, {"erasure": erasure.id})


async def _empty(session: AsyncSession, erasure: Erasure, wording: DeskWording) -> None:
    """All of it in this transaction, or it is tried again later."""
    assert erasure.email
    person = await find_person(session, erasure.email, is_typed_enough=True)
    if wait := await _wait(session, person):
        await enqueue(session, ERASE, {"erasure": erasure.id}, run_at=now(session) + wait)
        return
    for conversation_id in sorted(person.conversations):
        await locked(session, conversation_id)
    reviewed = select(Review.product_id).where(Review.conversation_id.in_(person.conversations))
    products = set(await session.scalars(reviewed))
    await _unname(session, person)
    for store in [*await machinery(session, person), *stores(person)]:
        await _clear(session, store)
    erasure.email, erasure.state, erasure.conversations = None, EMPTIED, person.conversations
    if erasure.conversation_id:
        conversation = await locked(session, erasure.conversation_id)
        said = {"text": wording.say("utter_erased", conversation.language)}
        await append(session, conversation, "system", said)
    await tell(session, products)


async def _wait(session: AsyncSession, person: Person) -> timedelta | None:
    try:
        await refuse_under_way(session, person)
    except OrderUnderWay:
        return LATER
    owed = exists().where(
        Turn.conversation_id.in_(person.conversations),
        Turn.state == "owed",
        Conversation.id == Turn.conversation_id,
        Conversation.owner == "bot",
    )
    return A_MOMENT if await session.scalar(select(owed)) else None


async def _unname(session: AsyncSession, person: Person) -> None:
    """Orders stay for the books: without names, and in a conversation of nobody's, where their news are told."""
    orders = list(await session.scalars(select(Order).where(Order.id.in_(person.orders))))
    if not orders:
        return
    nobody = await desk.start(session, "erased", orders[0].language, orders[0].currency)
    for order in orders:
        order.conversation_id = nobody.id
        order.address = msgspec.structs.asdict(Address(country=order.address.get("country", "")))
    for change in await session.scalars(select(OrderChange).where(OrderChange.order_id.in_(person.orders))):
        change.conversation_id = nobody.id
        change.asked = {name: value for name, value in change.asked.items() if name not in WORDS}
        change.planned = {**change.planned, "address": None}
    await session.flush()


async def _clear(session: AsyncSession, store: Store) -> None:
    if store.becomes is None:
        await session.execute(
            delete(store.table).where(store.rows).execution_options(synchronize_session=False)
        )
    elif store.becomes:
        changed = update(store.table).where(store.rows).values(store.becomes)
        await session.execute(changed.execution_options(synchronize_session=False))
