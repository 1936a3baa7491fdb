"""Where an order is, in the customer's words and the carrier's facts."""

from typing import Any

from bot.actions.base import BackendAction, Reply, Turn
from bot.actions.checkout import payment_reply
from bot.actions.pickup import store_words
from bot.client import Money, Order, Parcel

DRAWN_STEPS = ("preparing", "in_transit", "out_for_delivery", "delivered")
"""The stops of the line that a parcel card draws."""
WITHOUT_PARCEL = ("downloadable", "to_be_prepared")
DRAWN_AS = {"picked_up": "in_transit"}


class TrackOrder(BackendAction):
    """The order of the number that was given, or the latest of this conversation; one that is to be paid is kept a
    while longer then."""

    changes_subject = True

    def name(self) -> str:
        return "action_track_order"

    async def answer(self, turn: Turn) -> Reply:
        order = await turn.backend.find_order(turn.entity("order_number"))
        if order.payment_status == "waiting":
            order = await turn.backend.keep_order(order.number)
        return order_reply(order)


class GiveInvoice(BackendAction):
    """The invoice of that order, or of the latest; there is none of what was not paid."""

    changes_subject = True

    def name(self) -> str:
        return "action_give_invoice"

    async def answer(self, turn: Turn) -> Reply:
        order = await turn.backend.find_order(turn.entity("order_number"))
        key = "utter_invoice" if order.invoice_url else "utter_no_invoice_yet"
        return Reply(key, number=order.number, invoice_url=order.invoice_url or "")


class TellOrderNews(BackendAction):
    """Something happened to an order: each piece of news has its own answer."""

    def name(self) -> str:
        return "action_tell_order_news"

    async def answer(self, turn: Turn) -> Reply:
        order = await turn.backend.find_order(turn.entity("order_number"))
        if turn.intent == "news_order_paid" and order.fulfilment_status in WITHOUT_PARCEL:
            return order_reply(order)
        facts = order_facts(order, turn.entity("parcel"))
        return Reply(f"utter_{turn.intent}", trouble=turn.entity("trouble"), **facts)


def order_reply(order: Order) -> Reply:
    if order.payment_status == "waiting":
        return payment_reply("utter_order_waiting", order)
    if order.payment_status != "paid":
        return Reply(f"utter_order_{order.payment_status}", **order_facts(order))
    if len(order.parcels) + bool(order.awaited) > 1:
        return parcels_reply(order)
    return Reply(f"utter_order_{order.fulfilment_status}", **order_facts(order))


def parcels_reply(order: Order) -> Reply:
    """Each parcel by itself, and what is still to come."""
    return Reply(
        "utter_order_parcels",
        number=order.number,
        count=len(order.parcels),
        parcels=[_parcel_card(number, parcel) for number, parcel in enumerate(order.parcels, start=1)],
        awaited=_awaited(order),
        order_url=order.order_url,
        **_money_back(order),
    )


def _parcel_card(number: int, parcel: Parcel) -> dict[str, Any]:
    return {
        "place": number,
        "status": parcel.status,
        "contents": _contents(parcel),
        "promised_from": {"date": parcel.promised_from} if parcel.promised_from else None,
        "promised_to": {"date": parcel.promised_to} if parcel.promised_to else None,
        "is_one_day": "yes" if parcel.promised_from == parcel.promised_to else "no",
        "tracking_url": parcel.tracking_url or "",
    }


def _contents(parcel: Parcel) -> list[str]:
    return [f"{part.quantity} × {part.name}" for part in parcel.contents]


def _awaited(order: Order) -> list[dict[str, Any]]:
    return [
        {"name": f"{one.quantity} × {one.name}", "ships_on": {"date": one.ships_on}} for one in order.awaited
    ]


def order_facts(order: Order, named: str | None = None) -> dict[str, Any]:
    """Of the parcel that is `named` by its id or tracking number; otherwise of the first."""
    first = order.parcels[0] if order.parcels else None
    parcel = next((one for one in order.parcels if named in (one.id, one.tracking_number)), first)
    is_one_of_several = len(order.parcels) + bool(order.awaited) > 1
    return {
        "contents": (_contents(parcel) or None) if parcel and is_one_of_several else None,
        "awaited": _awaited(order),
        "number": order.number,
        "total": order.total,
        "due": order.due,
        "credited": order.credited,
        "refunded": Money(order.refunded.amount - order.credited.amount, order.refunded.currency),
        "refunding": order.refunding,
        "pay_url": order.payment_url,
        "until": {"datetime": order.pay_by},
        "order_url": order.order_url,
        "has_tracking": "yes" if parcel and parcel.tracking_url else "no",
        "tracking_url": (parcel and parcel.tracking_url) or "",
        "tracking_number": (parcel and parcel.tracking_number) or "",
        "has_place": "yes" if parcel and parcel.location else "no",
        "place": parcel.location if parcel else "",
        "promised_from": {"date": parcel.promised_from} if parcel and parcel.promised_from else "",
        "promised_to": {"date": parcel.promised_to} if parcel and parcel.promised_to else "",
        "is_one_day": "yes" if parcel and parcel.promised_from == parcel.promised_to else "no",
        "step": DRAWN_STEPS.index(DRAWN_AS.get(parcel.status, parcel.status)) if parcel else 0,
        **_collected(order),
        **_money_back(order),
    }


def _money_back(order: Order) -> dict[str, Any]:
    return {
        "paid_back": order.refunded if order.refunded.amount else None,
        "going_back": order.refunding if order.refunding.amount else None,
        "not_back": order.refund_failed if order.refund_failed.amount else None,
    }


def _collected(order: Order) -> dict[str, Any]:
    if order.collection is None:
        return {}
    return {"code": order.collection.code, **store_words(order.collection.store)}
