"""From a card on the page to money on the balance.

A declined card is a result, not an error: the intent says why, and the session stays open.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox import disputes, money, objects
from sandbox.cards import Behaviour, Card
from sandbox.errors import Json
from sandbox.provider import Provider


@dataclass(frozen=True)
class Decline:
    code: str
    message: str
    decline_code: str | None = None


DECLINES = {
    Behaviour.DECLINED: Decline("card_declined", "Your card was declined.", "generic_decline"),
    Behaviour.INSUFFICIENT_FUNDS: Decline(
        "card_declined", "Your card has insufficient funds.", "insufficient_funds"
    ),
}
AUTHENTICATION_FAILED = Decline(
    "payment_intent_authentication_failure",
    "We are unable to authenticate your payment method. "
    "Please choose a different payment method and try again.",
)
AUTHENTICATED = {
    "authentication_flow": "challenge",
    "electronic_commerce_indicator": "05",
    "exemption_indicator": None,
    "result": "authenticated",
    "result_reason": None,
    "transaction_id": "3f8c9c2e-0d52-4a4b-9c5e-8a6d7c1b2e90",
    "version": "2.2.0",
}
APPROVED = {
    "advice_code": None,
    "network_advice_code": None,
    "network_decline_code": None,
    "network_status": "approved_by_network",
    "reason": None,
    "risk_level": "normal",
    "risk_score": 12,
    "seller_message": "Payment complete.",
    "type": "authorized",
}


def pay(provider: Provider, session: Json, card: Card, email: str | None) -> Json:
    """Tries the card on an open session; the intent has succeeded, asks for 3-D Secure, or says why not."""
    method = provider.save(objects.payment_method(provider.now(), card, session["customer_email"] or email))
    session, intent = intent_of(provider, session)
    if card.behaviour is Behaviour.ASKS_3D_SECURE:
        return _ask_for_authentication(provider, session, intent, method)
    if decline := DECLINES.get(card.behaviour):
        return _decline(provider, intent, method, decline)
    return _succeed(provider, session, intent, method, three_d_secure=None)


def authenticate(provider: Provider, session: Json, *, is_confirmed: bool) -> Json:
    """The customer's answer to 3-D Secure. Asked twice, the second answer changes nothing."""
    intent = provider.find("payment_intent", session["payment_intent"])
    if intent["status"] != "requires_action":
        return intent
    method = provider.find("payment_method", intent["payment_method"])
    if is_confirmed:
        return _succeed(provider, session, intent, method, three_d_secure=AUTHENTICATED)
    return fail_intent(provider, intent, method, AUTHENTICATION_FAILED, charge=None)


def intent_of(provider: Provider, session: Json) -> tuple[Json, Json]:
    if session["payment_intent"]:
        return session, provider.find("payment_intent", session["payment_intent"])
    given = provider.find("payment_intent_data", session["id"])
    intent = provider.save(objects.payment_intent(provider.now(), session, given))
    provider.publish("payment_intent.created", intent)
    return provider.save(session, payment_intent=intent["id"]), intent


def _ask_for_authentication(provider: Provider, session: Json, intent: Json, method: Json) -> Json:
    redirect = {"return_url": session["url"], "url": f"{session['url']}/authenticate"}
    waiting = provider.save(
        intent,
        status="requires_action",
        payment_method=method["id"],
        last_payment_error=None,
        next_action={"type": "redirect_to_url", "redirect_to_url": redirect},
    )
    provider.publish("payment_intent.requires_action", waiting)
    return waiting


def _decline(provider: Provider, intent: Json, method: Json, decline: Decline) -> Json:
    outcome = APPROVED | {
        "network_decline_code": "05",
        "network_status": "declined_by_network",
        "reason": decline.decline_code,
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }
    charge = provider.save(
        objects.charge(provider.now(), intent, method, outcome, None),
        status="failed",
        failure_code=decline.code,
        failure_message=decline.message,
    )
    provider.publish("charge.failed", charge)
    return fail_intent(provider, intent, method, decline, charge)


def fail_intent(
    provider: Provider, intent: Json, method: Json, decline: Decline, charge: Json | None
) -> Json:
    error = {
        "charge": charge and charge["id"],
        "code": decline.code,
        "decline_code": decline.decline_code,
        "doc_url": f"https://stripe.com/docs/error-codes/{decline.code.replace('_', '-')}",
        "message": decline.message,
        "payment_method": method,
        "type": "card_error" if charge else "invalid_request_error",
    }
    failed = provider.save(
        intent,
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        latest_charge=charge["id"] if charge else intent["latest_charge"],
        last_payment_error={name: value for name, value in error.items() if value is not None},
    )
    provider.publish("payment_intent.payment_failed", failed)
    return failed


def _succeed(
    provider: Provider, session: Json, intent: Json, method: Json, three_d_secure: Json | None
) -> Json:
    succeeded = _succeed_intent(provider, intent, method, three_d_secure)
    complete_session(provider, session, intent, method, payment_status="paid")
    disputes.open_if_disputed(provider, succeeded)
    return succeeded


def _succeed_intent(provider: Provider, intent: Json, method: Json, three_d_secure: Json | None) -> Json:
    charge = _charge(provider, intent, method, three_d_secure)
    succeeded = provider.save(
        intent,
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        payment_method=method["id"],
        last_payment_error=None,
        next_action=None,
    )
    provider.publish("payment_intent.succeeded", succeeded)
    return succeeded


def complete_session(
    provider: Provider, session: Json, intent: Json, method: Json, *, payment_status: str
) -> None:
    complete = provider.save(
        session | objects.paid_by(method["billing_details"]["email"]),
        status="complete",
        payment_status=payment_status,
        payment_intent=intent["id"],
        url=None,
    )
    provider.publish("checkout.session.completed", complete)


def confirm_at_once(provider: Provider, given: Json, card: Card) -> Json:
    """A payment without a page; a declined card is said in the intent."""
    sale = {"amount_total": given["amount"], "currency": given["currency"]}
    intent = provider.save(objects.payment_intent(provider.now(), sale, given))
    provider.publish("payment_intent.created", intent)
    method = provider.save(objects.payment_method(provider.now(), card, given.get("receipt_email")))
    if decline := DECLINES.get(card.behaviour):
        return _decline(provider, intent, method, decline)
    succeeded = _succeed_intent(provider, intent, method, three_d_secure=None)
    disputes.open_if_disputed(provider, succeeded)
    return succeeded


def _charge(provider: Provider, intent: Json, method: Json, three_d_secure: Json | None) -> Json:
    new = objects.charge(provider.now(), intent, method, APPROVED, three_d_secure)
    return capture(provider, new)


def capture(provider: Provider, new: Json) -> Json:
    """The money of a charge is there, less the fee."""
    fee = money.processing_fee(new["amount"])
    transaction = provider.save(
        objects.balance_transaction(provider.now(), "charge", new, new["amount"], fee)
    )
    charge = provider.save(
        new,
        status="succeeded",
        paid=True,
        captured=True,
        amount_captured=new["amount"],
        balance_transaction=transaction["id"],
    )
    provider.publish("charge.succeeded", charge)
    return charge
