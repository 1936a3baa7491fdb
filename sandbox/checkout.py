from __future__ import annotations

from sandbox import catalogue, money, objects
from sandbox.errors import InvalidParameter, InvalidRequest, Json
from sandbox.parameters import missing
from sandbox.provider import Provider
from sandbox.store import Filter, Page

SHORTEST_SECONDS, LONGEST_SECONDS = 30 * 60, 24 * 60 * 60
MOST_ITEMS = 100
MOST_TOTAL = 99_999_999


def open_session(provider: Provider, given: Json, base_url: str) -> Json:
    _check_expiry(provider, given)
    items = [
        _line_item(provider, line, f"line_items[{place}]") for place, line in enumerate(given["line_items"])
    ]
    rates = [
        _shipping_rate(provider, option, place)
        for place, option in enumerate(given.get("shipping_options", []))
    ]
    _check_currency(given, items, rates)
    id = objects.new_id("cs_test", 58)
    session = objects.checkout_session(provider.now(), id, f"{base_url}/c/pay/{id}", given, items, rates)
    _check_total(session)
    for item in items:
        provider.store.save("item", item | {"session": id})
    provider.store.save("payment_intent_data", {"id": id} | given.get("payment_intent_data", {}))
    return provider.save(session)


def line_items(provider: Provider, session_id: str, page: Page) -> tuple[list[Json], bool]:
    found, has_more = provider.store.read_page("item", Filter(equal={"session": session_id}), page)
    return [{name: value for name, value in item.items() if name != "session"} for item in found], has_more


def all_line_items(provider: Provider, session_id: str) -> list[Json]:
    return line_items(provider, session_id, Page(limit=MOST_ITEMS, oldest_first=True))[0]


def expire_session(provider: Provider, session: Json) -> Json:
    if session["status"] != "open":
        raise InvalidRequest(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Session has a status of `{session['status']}`."
        )
    expired = provider.save(session, status="expired", url=None)
    if session["payment_intent"]:
        _cancel_intent(provider, session["payment_intent"])
    provider.publish("checkout.session.expired", expired)
    return expired


def expire_overdue_sessions(provider: Provider) -> None:
    for session in provider.store.overdue_sessions(provider.clock()):
        expire_session(provider, session)


def _cancel_intent(provider: Provider, intent_id: str) -> None:
    canceled = provider.save(
        provider.find("payment_intent", intent_id),
        status="canceled",
        canceled_at=provider.now(),
        cancellation_reason="expired",
        next_action=None,
    )
    provider.publish("payment_intent.canceled", canceled)


def _check_expiry(provider: Provider, given: Json) -> None:
    seconds = given.get("expires_at", provider.now() + LONGEST_SECONDS) - provider.now()
    if seconds > LONGEST_SECONDS:
        message = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise InvalidParameter(message, param="expires_at")
    if seconds < SHORTEST_SECONDS:
        message = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise InvalidParameter(message, param="expires_at")


def _line_item(provider: Provider, line: Json, param: str) -> Json:
    if "quantity" not in line:
        raise missing(f"{param}[quantity]")
    price, product = catalogue.price_of_line(provider, line, param)
    return objects.line_item(price, product["name"], line["quantity"], line.get("metadata", {}))


def _shipping_rate(provider: Provider, option: Json, place: int) -> Json:
    if "shipping_rate" in option:
        return provider.find(
            "shipping_rate", option["shipping_rate"], f"shipping_options[{place}][shipping_rate]"
        )
    if "fixed_amount" not in option.get("shipping_rate_data", {}):
        raise missing(f"shipping_options[{place}][shipping_rate_data][fixed_amount]")
    return provider.save(objects.shipping_rate(provider.now(), option["shipping_rate_data"]))


def _check_currency(given: Json, items: list[Json], rates: list[Json]) -> None:
    currencies = {item["currency"] for item in items} | {rate["fixed_amount"]["currency"] for rate in rates}
    if "currency" in given:
        currencies.add(given["currency"])
    if len(currencies) > 1:
        found = ", ".join(sorted(currencies))
        message = f"All prices on a Checkout session must be in the same currency, found {found}."
        raise InvalidRequest(message, param="line_items")


def _check_total(session: Json) -> None:
    currency = session["currency"]
    least = money.LEAST_CHARGE.get(currency, 50)
    if session["amount_total"] < least:
        limit = money.shown(least, currency, "en")
        message = f"The Checkout Session's total amount due must add up to at least {limit} {currency}"
        raise InvalidRequest(message, code="amount_too_small")
    if session["amount_total"] > MOST_TOTAL:
        limit = money.shown(MOST_TOTAL, currency, "en")
        message = f"The Checkout Session's total amount must be no more than {limit}"
        raise InvalidRequest(message, code="amount_too_large")
