"""Puts the benchmark's shop into an empty data directory: the catalogue by our importer, customers and orders as what
they are here. What was paid by card was charged at the sandbox, so that it can really be paid back."""

import csv
import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.cart.models import Cart
from backend.catalogue.variants import variant_ids
from backend.conversations.models import Conversation
from backend.credit import spending
from backend.credit.accounts import issue_gift_card
from backend.credit.codes import GiftCodes
from backend.customers.models import GIFT_CARD, Customer, SavedMethod
from backend.db import Database
from backend.importing import import_own
from backend.inventory.models import Reservation, StockItem
from backend.money import Money
from backend.orders.models import CANCELED, Order, OrderLine
from backend.payments import ledger, refunds
from backend.payments.gateway import StripeGateway
from backend.payments.models import Payment, Refund
from backend.payments.service import record_credit, refund_key
from backend.shipping.models import Shipment
from benchmarks.retail.data import Record, address_of, cents, dollars_of, full_name

CURRENCY = "USD"
PLACED = datetime(2026, 10, 1, tzinfo=UTC)
KINDS = {"credit_card": "card", "paypal": "paypal", "gift_card": GIFT_CARD}
CARD = "pm_card_visa"
"""Stripe's own payment method for trials; PayPal is a method like others there."""
PLENTY = 100_000
STATES = {"processed": "in_transit", "delivered": "delivered"}


async def load(database: Database, gateway: StripeGateway, secret: str, folder: Path, db: Record) -> None:
    write_catalogue(folder, db)
    report = await import_own(database, folder)
    assert not report.errors, report.errors[:3]
    conversations: dict[str, str] = {}
    methods: dict[str, SavedMethod] = {}
    async with database.transaction() as session:
        for user in db["users"].values():
            spent = _spent_by(user, db)
            conversations[user["user_id"]] = await _customer(session, GiftCodes(secret), user, spent, methods)
        ids = await variant_ids(
            session, [sku for product in db["products"].values() for sku in product["variants"]]
        )
        items = {item.variant_id: item.id for item in await session.scalars(select(StockItem))}
    for order in db["orders"].values():
        payment = order["payment_history"][0]
        method, amount = methods[payment["payment_method_id"]], cents(payment["amount"])
        intent = None
        if method.account_id is None:
            due = Money(amount, CURRENCY)
            key = f"load:{order['order_id']}"
            intent = await gateway.charge(CARD, None, due, key=key, reference=order["order_id"])
            assert intent
        async with database.transaction() as session:
            placed = await _order(session, order, db, conversations[order["user_id"]], ids, items)
            is_over = order["status"] == "cancelled"
            if is_over and method.account_id:
                await _spent_and_returned(session, placed, method, amount)
            else:
                await _payment(session, placed, method, amount, intent)
            if is_over:
                await _cancel(session, placed)


def write_catalogue(folder: Path, db: Record) -> None:
    """In our own format. Names of options become codes, as they are anything but that."""
    folder.mkdir(parents=True, exist_ok=True)
    codes: dict[tuple[str, str], str] = {}
    for product in db["products"].values():
        for variant in product["variants"].values():
            for option, value in variant["options"].items():
                codes.setdefault((option, ""), f"o{len(codes)}")
                codes.setdefault((option, value), f"v{len(codes)}")
    _write(
        folder / "vocabulary.csv",
        ["kind", "code", "value", "position", "name_en"],
        [
            ["option", codes[option, ""], code if value else "", str(position), value or option]
            for position, ((option, value), code) in enumerate(sorted(codes.items()))
        ],
    )
    most = max(len(v["options"]) for p in db["products"].values() for v in p["variants"].values())
    columns = [f"{kind}{number}" for number in range(1, most + 1) for kind in ("option", "value")]
    rows = []
    for product in db["products"].values():
        for sku, variant in product["variants"].items():
            chosen = [
                code
                for option, value in variant["options"].items()
                for code in (codes[option, ""], codes[option, value])
            ]
            price = dollars_of(cents(variant["price"]))
            stock = str(PLENTY if variant["available"] else 0)
            padded = chosen + [""] * (2 * most - len(chosen))
            rows.append([product["product_id"], "all", product["name"], sku, price, stock, *padded])
    _write(
        folder / "products.csv",
        ["handle", "category", "name_en", "sku", "price_USD", "stock_main", *columns],
        rows,
    )
    _write(folder / "categories.csv", ["code", "parent", "position", "name_en"], [["all", "", "1", "All"]])
    _write(
        folder / "sources.csv",
        ["code", "kind", "name", "priority", "country"],
        [["main", "warehouse", "Main", "1", "US"]],
    )


def _write(path: Path, columns: list[str], rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])


def _spent_by(user: Record, db: Record) -> dict[str, int]:
    """By saved method, what its orders took of it and keep."""
    spent = dict.fromkeys(user["payment_methods"], 0)
    for number in user["orders"]:
        payment, *back = db["orders"][number]["payment_history"]
        if not back:
            spent[payment["payment_method_id"]] += cents(payment["amount"])
    return spent


async def _customer(
    session: AsyncSession,
    codes: GiftCodes,
    user: Record,
    spent: dict[str, int],
    methods: dict[str, SavedMethod],
) -> str:
    """Returns the conversation in which they order."""
    address = msgspec.structs.asdict(address_of(user["address"], full_name(user)))
    names = {"given_name": user["name"]["first_name"], "family_name": user["name"]["last_name"]}
    customer = Customer(reference=user["user_id"], email=user["email"], address=address, **names)
    session.add(customer)
    await session.flush()
    for reference, method in user["payment_methods"].items():
        saved = SavedMethod(
            customer_id=customer.id,
            reference=reference,
            kind=KINDS[method["source"]],
            brand=method.get("brand", ""),
            last_four=method.get("last_four", ""),
        )
        if saved.kind == GIFT_CARD:
            value = Money(cents(method["balance"]) + spent[reference], CURRENCY)
            key = f"{user['user_id']}:{reference}"
            if value.amount:
                saved.account_id = (await issue_gift_card(session, codes, value, key=key))[0].id
        else:
            saved.stripe_method = CARD
        session.add(saved)
        methods[reference] = saved
    conversation = Conversation(
        id=str(uuid.uuid4()),
        channel="web",
        contact=user["user_id"],
        language="en",
        currency=CURRENCY,
        started_at=PLACED,
        customer_id=user["user_id"],
        customer_email=user["email"],
    )
    session.add(conversation)
    await session.flush()
    return conversation.id


async def _order(
    session: AsyncSession,
    order: Record,
    db: Record,
    conversation: str,
    ids: dict[str, str],
    items: dict[str, str],
) -> Order:
    user = db["users"][order["user_id"]]
    total = sum(cents(item["price"]) for item in order["items"])
    cart = Cart(conversation_id=conversation, currency=CURRENCY, state="ordered")
    session.add(cart)
    await session.flush()
    placed = Order(
        number=order["order_id"],
        token=str(uuid.uuid4()),
        conversation_id=conversation,
        cart_id=cart.id,
        cart_version=0,
        language="en",
        currency=CURRENCY,
        goods=total,
        delivery=0,
        total=total,
        email=user["email"],
        address=msgspec.structs.asdict(address_of(order["address"], full_name(user))),
        delivery_method="standard",
        payment_status="paid",
        fulfilment_status=STATES.get(order["status"], "unfulfilled"),
        placed_at=PLACED,
        pay_by=PLACED,
        paid_at=PLACED,
    )
    session.add(placed)
    await session.flush()
    shipments = [_shipment(session, placed, each) for each in order["fulfillments"]]
    await session.flush()
    for position, item in enumerate(order["items"]):
        variant = ids[item["item_id"]]
        session.add(
            OrderLine(
                order_id=placed.id,
                position=position,
                variant_id=variant,
                sku=item["item_id"],
                name=item["name"],
                price=cents(item["price"]),
                quantity=1,
            )
        )
        if order["status"] != "cancelled":
            shipment = shipments[0].id if shipments else None
            sold = {"order_id": placed.id, "quantity": 1, "state": "committed", "shipment_id": shipment}
            session.add(Reservation(stock_item_id=items[variant], variant_id=variant, **sold))
    await session.flush()
    return placed


def _shipment(session: AsyncSession, order: Order, fulfilment: Record) -> Shipment:
    shipment = Shipment(
        order_id=order.id,
        service="standard",
        status="delivered" if order.fulfilment_status == "delivered" else "in_transit",
        tracking_number=fulfilment["tracking_id"][0],
        promised_from=date(2026, 10, 3),
        promised_to=date(2026, 10, 5),
        source="main",
        contents=[{"sku": sku, "name": sku, "quantity": 1} for sku in fulfilment["item_ids"]],
    )
    session.add(shipment)
    return shipment


async def _payment(
    session: AsyncSession, order: Order, method: SavedMethod, amount: int, intent: str | None
) -> None:
    if method.account_id:
        await spending.spend(session, method.account_id, amount, order_id=order.id, key=f"load:{order.id}")
        await record_credit(session, order.id, Money(amount, CURRENCY), method.id)
        order.credit = amount
        return
    payment = Payment(
        order_id=order.id,
        attempt=1,
        amount=amount,
        currency=CURRENCY,
        status="paid",
        payment_intent=intent,
        saved_method_id=method.id,
        expires_at=PLACED + timedelta(hours=1),
    )
    session.add(payment)
    await session.flush()
    await ledger.post_payment(session, payment)


async def _spent_and_returned(session: AsyncSession, order: Order, method: SavedMethod, amount: int) -> None:
    """Before our time: the balance that is given has got it back already."""
    await record_credit(session, order.id, Money(amount, CURRENCY), method.id)
    payment = (await session.scalars(select(Payment).filter_by(order_id=order.id))).one()
    payment.status, payment.refunded = "refunded", amount
    refund = {"payment_id": payment.id, "order_id": order.id, "amount": amount, "currency": CURRENCY}
    session.add(Refund(key=refund_key(payment.id), status="succeeded", lines={}, at=PLACED, **refund))
    await session.flush()


async def _cancel(session: AsyncSession, order: Order) -> None:
    payment = (await session.scalars(select(Payment).filter_by(order_id=order.id))).one()
    await refunds.request_rest(session, payment.id, key=refund_key(payment.id))
    order.payment_status, order.fulfilment_status = "refunded", CANCELED
