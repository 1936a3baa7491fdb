"""SEPA direct debits: the page is complete at once, the money comes or fails a little later."""

from __future__ import annotations

import hashlib

from sandbox import objects, payments
from sandbox.errors import InvalidRequest, Json
from sandbox.payments import Decline
from sandbox.provider import Provider
from sandbox.store import Filter, Page

IBANS = {"AT611904300234573201": True, "IT60X0542811101000000123456": False}
"""Stripe's test accounts, and whether the debit succeeds."""
FAILED = Decline("payment_intent_payment_attempt_failed", "The payment failed.", None)


def create_method(provider: Provider, given: Json) -> Json:
    iban = given["sepa_debit"]["iban"]
    if iban not in IBANS:
        raise InvalidRequest("Invalid IBAN.", param="sepa_debit[iban]", code="invalid_iban")
    method = provider.save(_method(provider.now(), iban, given.get("billing_details", {})))
    provider.store.save("debit_account", {"id": method["id"], "iban": iban})
    return method


def begin(provider: Provider, session: Json, method: Json) -> Json:
    """The intent is being processed, and the session is complete without being paid."""
    session, intent = payments.intent_of(provider, session)
    charge = provider.save(_charge(provider.now(), intent, method))
    provider.publish("charge.pending", charge)
    processing = provider.save(
        intent,
        status="processing",
        latest_charge=charge["id"],
        payment_method=method["id"],
        payment_method_types=["sepa_debit"],
    )
    provider.publish("payment_intent.processing", processing)
    payments.complete_session(provider, session, intent, method, payment_status="unpaid")
    provider.store.save("debit", {"id": intent["id"], "session": session["id"], "is_waiting": 1})
    return processing


def settle(provider: Provider) -> None:
    """What waits is decided by its account."""
    waiting, _ = provider.store.read_page("debit", Filter(equal={"is_waiting": 1}), Page(limit=100))
    for debit in waiting:
        provider.store.save("debit", debit | {"is_waiting": 0})
        _settle_one(provider, debit)


def _settle_one(provider: Provider, debit: Json) -> None:
    intent = provider.find("payment_intent", debit["id"])
    session = provider.find("checkout.session", debit["session"])
    charge = provider.find("charge", intent["latest_charge"])
    method = provider.find("payment_method", intent["payment_method"])
    if IBANS[provider.find("debit_account", method["id"])["iban"]]:
        payments.capture(provider, charge)
        paid = provider.save(intent, status="succeeded", amount_received=intent["amount"])
        provider.publish("payment_intent.succeeded", paid)
        done = provider.save(session, payment_status="paid")
        provider.publish("checkout.session.async_payment_succeeded", done)
        return
    failed = provider.save(charge, status="failed", failure_code=FAILED.code, failure_message=FAILED.message)
    provider.publish("charge.failed", failed)
    payments.fail_intent(provider, intent, method, FAILED, failed)
    provider.publish("checkout.session.async_payment_failed", session)


def _method(now: int, iban: str, billing: Json) -> Json:
    known = objects.billing_details(billing.get("email"))
    address = known["address"] | billing.get("address", {})
    return {
        "id": objects.new_id("pm"),
        "object": "payment_method",
        "created": now,
        "livemode": False,
        "allow_redisplay": "limited",
        "billing_details": known | billing | {"address": address},
        "customer": None,
        "customer_account": None,
        "metadata": {},
        "sepa_debit": _account(iban) | {"generated_from": None},
        "type": "sepa_debit",
    }


def _account(iban: str) -> Json:
    return {
        "bank_code": iban[5:10],
        "branch_code": iban[10:15],
        "country": iban[:2],
        "fingerprint": hashlib.sha256(iban.encode()).hexdigest()[:16],
        "last4": iban[-4:],
    }


def _charge(now: int, intent: Json, method: Json) -> Json:
    account = {name: method["sepa_debit"][name] for name in _account("")}
    details = {
        "sepa_debit": account | {"mandate": None},
        "type": "sepa_debit",
    }
    return objects.charge_with(now, intent, method, payments.APPROVED, details)
