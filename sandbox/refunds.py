from __future__ import annotations

from sandbox import cards, money, objects
from sandbox.cards import Behaviour
from sandbox.errors import InvalidRequest, Json
from sandbox.parameters import missing
from sandbox.provider import Provider
from sandbox.store import Filter, Page


def create_refund(provider: Provider, given: Json) -> Json:
    """All that is left of the charge, or a part of it; never more."""
    charge = _charge_to_refund(provider, given)
    amount = _amount_to_refund(charge, given)
    refund = objects.refund(provider.now(), charge, amount, given)
    transaction = provider.save(objects.balance_transaction(provider.now(), "refund", refund, -amount, 0))
    refund = provider.save(refund, balance_transaction=transaction["id"], status=_first_status(charge))
    provider.publish("refund.created", refund)
    _take_from_charge(provider, charge, amount)
    if _behaviour(charge) in UNSETTLED:
        provider.store.save("unsettled_refund", {"id": refund["id"], "is_waiting": 1})
        return refund
    return _give_reference(provider, refund)


UNSETTLED = (Behaviour.REFUNDS_LATE, Behaviour.REFUNDS_FAIL)


def settle(provider: Provider) -> None:
    """What the card's bank decides later: it takes the refund, or sends it back."""
    waiting, _ = provider.store.read_page(
        "unsettled_refund", Filter(equal={"is_waiting": 1}), Page(limit=100)
    )
    for entry in waiting:
        provider.store.save("unsettled_refund", entry | {"is_waiting": 0})
        refund = provider.find("refund", entry["id"])
        if _behaviour(provider.find("charge", refund["charge"])) is Behaviour.REFUNDS_LATE:
            _give_reference(provider, provider.save(refund, status="succeeded"))
        else:
            _fail(provider, refund)


def _behaviour(charge: Json) -> Behaviour | None:
    card = charge["payment_method_details"].get("card")
    return cards.BY_LAST4[card["last4"]] if card else None


def _first_status(charge: Json) -> str:
    return "pending" if _behaviour(charge) is Behaviour.REFUNDS_LATE else "succeeded"


def _fail(provider: Provider, refund: Json) -> None:
    """The money is the shop's again."""
    back = objects.balance_transaction(provider.now(), "refund_failure", refund, refund["amount"], 0)
    transaction = provider.save(back)
    failed = provider.save(
        refund,
        status="failed",
        failure_reason="expired_or_canceled_card",
        failure_balance_transaction=transaction["id"],
    )
    charge = provider.find("charge", refund["charge"])
    left = charge["amount_refunded"] - refund["amount"]
    provider.save(charge, amount_refunded=left, refunded=False)
    provider.publish("refund.updated", failed, {"status": refund["status"]})
    provider.publish("refund.failed", failed)


def _charge_to_refund(provider: Provider, given: Json) -> Json:
    if "charge" in given and "payment_intent" in given:
        message = "Both a `charge` and a `payment_intent` are specified. Please specify only one."
        raise InvalidRequest(message, param="charge")
    if "charge" in given:
        return _paid(provider.find("charge", given["charge"], "charge"))
    if "payment_intent" not in given:
        raise missing("payment_intent")
    intent = provider.find("payment_intent", given["payment_intent"], "payment_intent")
    if intent["latest_charge"] is None:
        raise InvalidRequest(
            "This PaymentIntent does not have a successful charge to refund.", param="payment_intent"
        )
    return _paid(provider.find("charge", intent["latest_charge"]))


def _paid(charge: Json) -> Json:
    if not charge["paid"]:
        raise InvalidRequest(
            f"Charge {charge['id']} is not successful, so it can't be refunded.", param="charge"
        )
    return charge


def _amount_to_refund(charge: Json, given: Json) -> int:
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left == 0:
        raise InvalidRequest(
            f"Charge {charge['id']} has already been refunded.",
            param="charge",
            code="charge_already_refunded",
        )
    amount: int = given.get("amount", left)
    if amount > left:
        asked, most = (money.shown(value, charge["currency"], "en") for value in (amount, left))
        raise InvalidRequest(
            f"Refund amount ({asked}) is greater than unrefunded amount on charge ({most})", param="amount"
        )
    return amount


def _take_from_charge(provider: Provider, charge: Json, amount: int) -> None:
    refunded = charge["amount_refunded"] + amount
    after = provider.save(charge, amount_refunded=refunded, refunded=refunded == charge["amount_captured"])
    before = {name: charge[name] for name in ("amount_refunded", "refunded") if charge[name] != after[name]}
    provider.publish("charge.refunded", after, before)


def _give_reference(provider: Provider, refund: Json) -> Json:
    """The bank's reference comes a moment after the refund, as its own update."""
    details = refund["destination_details"]
    card = details["card"] | {
        "reference": objects.new_id("arn")[-12:].upper(),
        "reference_status": "available",
    }
    after = provider.save(refund, destination_details=details | {"card": card})
    provider.publish("refund.updated", after, {"destination_details": details})
    return after
