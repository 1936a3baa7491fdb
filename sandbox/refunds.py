from __future__ import annotations

from sandbox import money, objects
from sandbox.errors import InvalidRequest, Json
from sandbox.parameters import missing
from sandbox.provider import Provider


def create_refund(provider: Provider, given: Json) -> Json:
    """All that is left of the charge, or a part of it; never more."""
    charge = _charge_to_refund(provider, given)
    amount = _amount_to_refund(charge, given)
    refund = objects.refund(provider.now(), charge, amount, given)
    transaction = provider.save(objects.balance_transaction(provider.now(), "refund", refund, -amount, 0))
    refund = provider.save(refund, balance_transaction=transaction["id"])
    provider.publish("refund.created", refund)
    _take_from_charge(provider, charge, amount)
    return _give_reference(provider, refund)


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
