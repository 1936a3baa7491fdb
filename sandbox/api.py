"""The part of Stripe's API that a shop with Checkout needs: what it reads, what it does, and its routes."""

from __future__ import annotations

from dataclasses import replace

from sandbox import cards, catalogue, checkout, debits, disputes, objects, payments, refunds
from sandbox.errors import CardDeclined, InvalidRequest, Json
from sandbox.parameters import (
    Boolean,
    Currency,
    Email,
    Integer,
    Kind,
    ListOf,
    Metadata,
    OneOf,
    Struct,
    Text,
    Url,
    missing,
)
from sandbox.protocol import PAGING, Call, Operation, listing
from sandbox.store import Filter

# fmt: off
LOCALES = (
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA",
    "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru",
    "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
)
# fmt: on
UNITS = ("hour", "day", "business_day", "week", "month")
TAX_BEHAVIOUR = OneOf(("exclusive", "inclusive", "unspecified"))
COUNTS = Integer(0, 99_999_999)

PRODUCT_DATA = Struct(
    {
        "name": Text(),
        "description": Text(40_000),
        "images": ListOf(Url(), most=8),
        "metadata": Metadata(),
        "tax_code": Text(),
        "unit_label": Text(12),
    },
    required=("name",),
)
PRICE_DATA = Struct(
    {
        "currency": Currency(),
        "product": Text(),
        "product_data": PRODUCT_DATA,
        "tax_behavior": TAX_BEHAVIOUR,
        "unit_amount": COUNTS,
    },
    required=("currency",),
)
ADDRESS = Struct({name: Text() for name in ("city", "country", "line1", "line2", "postal_code", "state")})
SHIPPING = Struct(
    {"address": ADDRESS, "carrier": Text(), "name": Text(), "phone": Text(), "tracking_number": Text()},
    required=("address", "name"),
)
BOUND = Struct({"unit": OneOf(UNITS), "value": Integer(1)}, required=("unit", "value"))
SHIPPING_RATE_DATA = Struct(
    {
        "delivery_estimate": Struct({"maximum": BOUND, "minimum": BOUND}),
        "display_name": Text(100),
        "fixed_amount": Struct({"amount": COUNTS, "currency": Currency()}, required=("amount", "currency")),
        "metadata": Metadata(),
        "tax_behavior": TAX_BEHAVIOUR,
        "type": OneOf(("fixed_amount",)),
    },
    required=("display_name",),
)
SESSION = Struct(
    {
        "adaptive_pricing": Struct({"enabled": OneOf(("false",))}),
        "automatic_tax": Struct({"enabled": OneOf(("false",))}, required=("enabled",)),
        "billing_address_collection": OneOf(("auto", "required")),
        "branding_settings": Struct(
            {
                "background_color": Text(),
                "border_style": OneOf(("pill", "rectangular", "rounded")),
                "button_color": Text(),
                "display_name": Text(),
            }
        ),
        "cancel_url": Url(),
        "client_reference_id": Text(200),
        "currency": Currency(),
        "customer_creation": OneOf(("always", "if_required")),
        "customer_email": Email(),
        "expires_at": Integer(0),
        "line_items": ListOf(
            Struct(
                {
                    "metadata": Metadata(),
                    "price": Text(),
                    "price_data": PRICE_DATA,
                    "quantity": Integer(1, 999_999),
                }
            )
        ),
        "locale": OneOf(LOCALES),
        "metadata": Metadata(),
        "mode": OneOf(("payment",)),
        "payment_intent_data": Struct(
            {
                "capture_method": OneOf(("automatic", "automatic_async")),
                "description": Text(1000),
                "metadata": Metadata(),
                "receipt_email": Email(),
                "setup_future_usage": OneOf(("off_session", "on_session")),
                "shipping": SHIPPING,
                "statement_descriptor": Text(22),
                "statement_descriptor_suffix": Text(22),
                "transfer_group": Text(),
            }
        ),
        "payment_method_types": ListOf(OneOf(("card", "sepa_debit"))),
        "shipping_options": ListOf(
            Struct({"shipping_rate": Text(), "shipping_rate_data": SHIPPING_RATE_DATA}), most=5
        ),
        "submit_type": OneOf(("auto", "book", "donate", "pay")),
        "success_url": Url(),
        "ui_mode": OneOf(("hosted_page",)),
    },
    required=("mode", "success_url", "line_items"),
)
PRODUCT = Struct(
    {**PRODUCT_DATA.fields, "active": Boolean(), "id": Text(), "shippable": Boolean(), "url": Url()},
    required=("name",),
)
PRICE = Struct(
    {**PRICE_DATA.fields, "lookup_key": Text(200), "metadata": Metadata(), "nickname": Text()},
    required=("currency",),
)
REFUND = Struct(
    {
        "amount": Integer(1),
        "charge": Text(),
        "metadata": Metadata(),
        "payment_intent": Text(),
        "reason": OneOf(("duplicate", "fraudulent", "requested_by_customer")),
    }
)
PAYMENT_METHOD = Struct(
    {
        "billing_details": Struct({"address": ADDRESS, "email": Email(), "name": Text(), "phone": Text()}),
        "card": Struct({"token": Text()}, required=("token",)),
        "sepa_debit": Struct({"iban": Text()}, required=("iban",)),
        "type": OneOf(("card", "sepa_debit")),
    },
    required=("type",),
)
PAYMENT_INTENT = Struct(
    {
        "amount": Integer(1, 99_999_999),
        "confirm": OneOf(("true",)),
        "customer": Text(),
        "currency": Currency(),
        "description": Text(1000),
        "metadata": Metadata(),
        "off_session": OneOf(("true",)),
        "payment_method": OneOf(cards.NAMED),
        "payment_method_types": ListOf(OneOf(("card",))),
        "receipt_email": Email(),
        "shipping": SHIPPING,
    },
    required=("amount", "currency", "confirm", "payment_method"),
)
DISPUTE = Struct(
    {
        "evidence": Struct({name: Text(20_000) for name in disputes.EVIDENCE}),
        "metadata": Metadata(),
        "submit": Boolean(),
    }
)
CONFIRMATION = Struct({"expected_amount": Integer(0), "payment_method": Text()}, required=("payment_method",))
NOTHING = Struct({})


class Created:
    """A moment in Unix seconds, or bounds around it."""

    bounds = Struct({"gt": Integer(), "gte": Integer(), "lt": Integer(), "lte": Integer()})

    def read(self, raw: object, param: str) -> dict[str, int]:
        return self.bounds.read(raw, param) if isinstance(raw, dict) else {"eq": Integer().read(raw, param)}


def listed(**filters: Kind) -> Struct:
    return Struct({**PAGING, "created": Created(), **filters})


def retrieve(kind: str) -> Operation:
    return lambda call: call.provider.find(kind, call.id)


def page_of(kind: str, url: str) -> Operation:
    """Each parameter that is neither paging nor a date is the field of that name."""

    def operation(call: Call) -> Json:
        fields = {
            name: value for name, value in call.given.items() if name not in (*PAGING, "created", "types")
        }
        wanted = Filter(_event_fields(fields), _event_types(call.given), call.given.get("created", {}))
        _check_cursor(call, kind)
        return listing(url, call.provider.store.read_page(kind, wanted, call.page))

    return operation


def _event_fields(fields: Json) -> Json:
    """`delivery_success` asks for the number of webhooks that wait: none, or the one that is always there."""
    if "delivery_success" in fields:
        fields["pending_webhooks"] = 0 if fields.pop("delivery_success") else 1
    return fields


def _event_types(given: Json) -> dict[str, list[str]]:
    return {"type": given["types"]} if "types" in given else {}


def _check_cursor(call: Call, kind: str) -> None:
    if call.page.starting_after and call.page.ending_before:
        raise InvalidRequest(
            "Received both `starting_after` and `ending_before` parameters. Please pass in only one."
        )
    for name in ("starting_after", "ending_before"):
        if name in call.given:
            call.provider.find(kind, call.given[name], name)


def open_session(call: Call) -> Json:
    return checkout.open_session(call.provider, call.given, call.base_url)


def expire_session(call: Call) -> Json:
    return checkout.expire_session(call.provider, call.provider.find("checkout.session", call.id))


def list_line_items(call: Call) -> Json:
    session = call.provider.find("checkout.session", call.id)
    _check_cursor(call, "item")
    found = checkout.line_items(call.provider, session["id"], replace(call.page, oldest_first=True))
    return listing(f"/v1/checkout/sessions/{session['id']}/line_items", found)


def create_product(call: Call) -> Json:
    return catalogue.create_product(call.provider, call.given)


def create_price(call: Call) -> Json:
    return catalogue.create_price(call.provider, call.given)


def create_refund(call: Call) -> Json:
    return refunds.create_refund(call.provider, call.given)


TOKENS = {
    "tok_visa": "4242424242424242",
    "tok_chargeDeclined": "4000000000000002",
    "tok_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
}


def create_payment_method(call: Call) -> Json:
    kind = call.given["type"]
    if kind not in call.given:
        raise missing(kind)
    if kind == "sepa_debit":
        return debits.create_method(call.provider, call.given)
    token = call.given["card"]["token"]
    if token not in TOKENS:
        raise InvalidRequest(f"No such token: '{token}'", param="card[token]", code="resource_missing")
    email = call.given.get("billing_details", {}).get("email")
    method = objects.payment_method(call.provider.now(), cards.card_of(TOKENS[token]), email)
    call.provider.store.save("token_card", {"id": method["id"], "number": TOKENS[token]})
    return call.provider.save(method)


def confirm_page(call: Call) -> Json:
    """What the hosted page's own script asks of Stripe, and the Stripe CLI in its place."""
    session = call.provider.find("checkout.session", call.id)
    if session["status"] != "open":
        raise InvalidRequest(
            f"This Session has a status of `{session['status']}`.", code="checkout_not_active_session"
        )
    if call.given.get("expected_amount", session["amount_total"]) != session["amount_total"]:
        raise InvalidRequest("The expected amount does not match the Session's.", param="expected_amount")
    method = call.provider.find("payment_method", call.given["payment_method"], "payment_method")
    if method["type"] == "sepa_debit":
        debits.begin(call.provider, session, method)
        return call.provider.find("checkout.session", call.id)
    card = cards.card_of(call.provider.find("token_card", method["id"], "payment_method")["number"])
    _refuse_declined(payments.pay(call.provider, session, card, method["billing_details"]["email"]))
    return call.provider.find("checkout.session", call.id)


def _refuse_declined(intent: Json) -> None:
    if error := intent["last_payment_error"]:
        raise CardDeclined(
            error["message"], code=error["code"], decline_code=error["decline_code"], charge=error["charge"]
        )


def create_intent(call: Call) -> Json:
    card = cards.card_of(cards.NAMED[call.given["payment_method"]])
    intent = payments.confirm_at_once(call.provider, call.given, card)
    _refuse_declined(intent)
    return intent


def answer_dispute(call: Call) -> Json:
    return disputes.answer(call.provider, call.provider.find("dispute", call.id), call.given)


def close_dispute(call: Call) -> Json:
    return disputes.close(call.provider, call.provider.find("dispute", call.id))


Route = tuple[str, str, Operation, Struct]

ROUTES: tuple[Route, ...] = (
    ("POST", "/checkout/sessions", open_session, SESSION),
    (
        "GET",
        "/checkout/sessions",
        page_of("checkout.session", "/v1/checkout/sessions"),
        listed(payment_intent=Text(), status=OneOf(("open", "complete", "expired"))),
    ),
    ("GET", "/checkout/sessions/{id}", retrieve("checkout.session"), NOTHING),
    ("GET", "/checkout/sessions/{id}/line_items", list_line_items, Struct(PAGING)),
    ("POST", "/checkout/sessions/{id}/expire", expire_session, NOTHING),
    ("POST", "/payment_intents", create_intent, PAYMENT_INTENT),
    ("GET", "/payment_intents", page_of("payment_intent", "/v1/payment_intents"), listed()),
    ("GET", "/payment_intents/{id}", retrieve("payment_intent"), NOTHING),
    ("POST", "/payment_methods", create_payment_method, PAYMENT_METHOD),
    ("GET", "/payment_methods/{id}", retrieve("payment_method"), NOTHING),
    ("GET", "/payment_pages/{id}", retrieve("checkout.session"), NOTHING),
    ("POST", "/payment_pages/{id}/confirm", confirm_page, CONFIRMATION),
    ("GET", "/charges", page_of("charge", "/v1/charges"), listed(payment_intent=Text())),
    ("GET", "/charges/{id}", retrieve("charge"), NOTHING),
    ("POST", "/refunds", create_refund, REFUND),
    ("GET", "/refunds", page_of("refund", "/v1/refunds"), listed(charge=Text(), payment_intent=Text())),
    ("GET", "/refunds/{id}", retrieve("refund"), NOTHING),
    (
        "GET",
        "/disputes",
        page_of("dispute", "/v1/disputes"),
        listed(charge=Text(), payment_intent=Text()),
    ),
    ("GET", "/disputes/{id}", retrieve("dispute"), NOTHING),
    ("POST", "/disputes/{id}", answer_dispute, DISPUTE),
    ("POST", "/disputes/{id}/close", close_dispute, NOTHING),
    (
        "GET",
        "/balance_transactions",
        page_of("balance_transaction", "/v1/balance_transactions"),
        listed(currency=Currency(), source=Text(), type=Text()),
    ),
    ("GET", "/balance_transactions/{id}", retrieve("balance_transaction"), NOTHING),
    (
        "GET",
        "/events",
        page_of("event", "/v1/events"),
        listed(delivery_success=Boolean(), type=Text(), types=ListOf(Text(), most=20)),
    ),
    ("GET", "/events/{id}", retrieve("event"), NOTHING),
    ("POST", "/products", create_product, PRODUCT),
    ("GET", "/products", page_of("product", "/v1/products"), listed(active=Boolean())),
    ("GET", "/products/{id}", retrieve("product"), NOTHING),
    ("POST", "/prices", create_price, PRICE),
    ("GET", "/prices", page_of("price", "/v1/prices"), listed(active=Boolean(), product=Text())),
    ("GET", "/prices/{id}", retrieve("price"), NOTHING),
)
