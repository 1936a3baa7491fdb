"""Orders and customers as our API says them, in the benchmark's own form; and which rows a task has changed."""

import sqlite3
from contextlib import closing
from pathlib import Path

from benchmarks.retail.data import Record, as_theirs
from benchmarks.retail.tools import Shop

STATUSES = {"canceled": "cancelled", "delivered": "delivered"}
PENDING = ("unfulfilled", "preparing")
SOURCES = {"card": "credit_card"}
BY_ORDER = {
    "order": "id",
    "order_line": "order_id",
    "payment": "order_id",
    "refund": "order_id",
    "order_return": "order_id",
    "order_change": "order_id",
    "shipment": "order_id",
}
BY_CUSTOMER = {
    "customer": "SELECT reference, email, given_name, family_name, address FROM customer",
    "saved_method": "SELECT c.reference, m.reference, m.kind, m.brand, m.last_four FROM saved_method m "
    "JOIN customer c ON c.id = m.customer_id",
    "credit_account": "SELECT c.reference, a.balance, a.held FROM saved_method m "
    "JOIN customer c ON c.id = m.customer_id JOIN credit_account a ON a.id = m.account_id",
}
Rows = dict[str, set[tuple[object, ...]]]


def conversations_of(database: Path) -> dict[str, str]:
    """By customer, while the shop is closed: two libraries of SQLite in one process break one another's locks."""
    with closing(sqlite3.connect(database)) as connection:
        return dict(connection.execute("SELECT customer_id, id FROM conversation"))


async def order_record(shop: Shop, order_id: str, user_id: str) -> Record:
    order, after = await shop.order(order_id)
    items = []
    for line in order["lines"]:
        product = await shop.product_of(line["sku"])
        item = {
            "name": product["name"],
            "product_id": product["id"],
            "item_id": line["sku"],
            "price": line["price"]["amount"] / 100,
            "options": options_of(product, line["sku"]),
        }
        items += [item] * line["quantity"]
    record = {
        "order_id": order["number"],
        "user_id": user_id,
        "address": as_theirs(after["address"]),
        "items": items,
        "status": _status(order, after),
        "fulfillments": [
            {
                "tracking_id": [parcel["tracking_number"]],
                "item_ids": [part["sku"] for part in parcel["contents"] for _ in range(part["quantity"])],
            }
            for parcel in order["parcels"]
            if parcel["status"] != "preparing"
        ],
        "payment_history": [
            {
                "transaction_type": moved["kind"],
                "amount": moved["amount"]["amount"] / 100,
                "payment_method_id": moved["method"],
            }
            for moved in after["money"]
        ],
    }
    return record | _reasons(after) | _back(after)


async def user_record(shop: Shop, user_id: str, orders: list[str]) -> Record:
    """Which orders are theirs is what they may see."""
    profile = await shop.profile(user_id)
    return {
        "user_id": profile["reference"],
        "name": {"first_name": profile["given_name"], "last_name": profile["family_name"]},
        "address": as_theirs(profile["address"]),
        "email": profile["email"],
        "payment_methods": {method["reference"]: _method(method) for method in profile["methods"]},
        "orders": [number for number in orders if (await shop.order(number))[0]["number"] == number],
    }


def options_of(product: Record, sku: str) -> dict[str, str]:
    """In the customer's words."""
    chosen = next(variant for variant in product["variants"] if variant["sku"] == sku)["options"]
    names = {}
    for option in product["options"]:
        values = {value["code"]: value["name"] for value in option["values"]}
        names[option["name"]] = values[chosen[option["code"]]]
    return names


def rows_of(database: Path) -> tuple[Rows, Rows]:
    """By order number and by customer, all that is stored of them; previews that nobody agreed to are not counted."""
    with closing(sqlite3.connect(database)) as connection:
        orders: Rows = {}
        numbers = dict(connection.execute('SELECT id, number FROM "order"'))
        for table, column in BY_ORDER.items():
            of = "WHERE state <> 'previewed'" if table == "order_change" else ""
            cursor = connection.execute(f'SELECT {column}, * FROM "{table}" {of}')
            for order_id, *row in cursor:
                orders.setdefault(numbers[order_id], set()).add((table, *row))
        customers: Rows = {}
        for table, query in BY_CUSTOMER.items():
            for reference, *row in connection.execute(query):
                customers.setdefault(reference, set()).add((table, *row))
    return orders, customers


def _status(order: Record, after: Record) -> str:
    if after["returns"]:
        return f"{after['returns'][-1]['change']['kind']} requested"
    if order["fulfilment_status"] in PENDING:
        is_modified = any(change["kind"] == "items" for change in after["changes"])
        return "pending (item modified)" if is_modified else "pending"
    return STATUSES.get(order["fulfilment_status"], "processed")


def _reasons(after: Record) -> Record:
    given = [change["reason"] for change in after["changes"] if change["kind"] == "cancel"]
    return {"cancel_reason": given[0].replace("_", " ")} if given else {}


def _back(after: Record) -> Record:
    if not after["returns"]:
        return {}
    change = after["returns"][-1]["change"]
    items = sorted(item["sku"] for item in change["items"] for _ in range(item["quantity"]))
    if change["kind"] == "return":
        return {"return_items": items, "return_payment_method_id": change["method"]}
    return {
        "exchange_items": items,
        "exchange_new_items": sorted(
            item["new_sku"] for item in change["items"] for _ in range(item["quantity"])
        ),
        "exchange_payment_method_id": change["method"],
        "exchange_price_difference": change["difference"]["amount"] / 100,
    }


def _method(method: Record) -> Record:
    known = {"source": SOURCES.get(method["kind"], method["kind"]), "id": method["reference"]}
    if method["kind"] == "card":
        return known | {"brand": method["brand"], "last_four": method["last_four"]}
    if method["kind"] == "gift_card":
        return known | {"balance": method["balance"]["amount"] / 100 if method["balance"] else 0}
    return known
