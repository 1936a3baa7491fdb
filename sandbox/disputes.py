"""Disputes: opened by two of the test cards, answered and closed through the API.

An inquiry moves no money. A dispute takes the amount and a fee at once, and gives both back when it is won.
"""

from __future__ import annotations

from sandbox import objects
from sandbox.cards import BY_LAST4, Behaviour
from sandbox.errors import InvalidRequest, Json
from sandbox.provider import Provider

FEE = 1500
DAYS_TO_ANSWER = 9
EVIDENCE = (
    "access_activity_log",
    "billing_address",
    "cancellation_policy",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "customer_communication",
    "customer_email_address",
    "customer_name",
    "customer_purchase_ip",
    "customer_signature",
    "duplicate_charge_documentation",
    "duplicate_charge_explanation",
    "duplicate_charge_id",
    "product_description",
    "receipt",
    "refund_policy",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "service_documentation",
    "shipping_address",
    "shipping_carrier",
    "shipping_date",
    "shipping_documentation",
    "shipping_tracking_number",
    "uncategorized_file",
    "uncategorized_text",
)
WINNING, LOSING = "winning_evidence", "losing_evidence"
"""Stripe's test texts, which decide at once."""
OPENED_BY = {Behaviour.IS_DISPUTED: "needs_response", Behaviour.IS_INQUIRED: "warning_needs_response"}
OPEN = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")


def open_if_disputed(provider: Provider, intent: Json) -> None:
    charge = provider.find("charge", intent["latest_charge"])
    status = OPENED_BY.get(BY_LAST4[charge["payment_method_details"]["card"]["last4"]])
    if status is None:
        return
    dispute = provider.save(_dispute(provider.now(), charge, status))
    provider.save(charge, disputed=True)
    provider.publish("charge.dispute.created", dispute)
    if status == "needs_response":
        _move_money(provider, dispute, -charge["amount"], FEE, "charge.dispute.funds_withdrawn")


def answer(provider: Provider, dispute: Json, given: Json) -> Json:
    """Evidence; submitted, it is under review, and Stripe's test texts decide it."""
    _check_open(dispute)
    evidence = dispute["evidence"] | given.get("evidence", {})
    details = dispute["evidence_details"] | {"has_evidence": any(evidence[name] for name in EVIDENCE)}
    if given.get("submit", True):
        details["submission_count"] += 1
    is_inquiry = dispute["status"].startswith("warning_")
    status = ("warning_under_review" if is_inquiry else "under_review") if given.get("submit", True) else None
    changed = provider.save(
        dispute,
        evidence=evidence,
        evidence_details=details,
        metadata=dispute["metadata"] | given.get("metadata", {}),
        status=status or dispute["status"],
    )
    provider.publish("charge.dispute.updated", changed, {"evidence": dispute["evidence"]})
    return _decided(provider, changed, evidence["uncategorized_text"]) if status else changed


def close(provider: Provider, dispute: Json) -> Json:
    """The shop gives in."""
    _check_open(dispute)
    is_inquiry = dispute["status"].startswith("warning_")
    return _close(provider, dispute, "warning_closed" if is_inquiry else "lost")


def _decided(provider: Provider, dispute: Json, text: str | None) -> Json:
    is_inquiry = dispute["status"].startswith("warning_")
    if text == WINNING:
        closed = _close(provider, dispute, "warning_closed" if is_inquiry else "won")
        if is_inquiry:
            return closed
        return _move_money(provider, closed, closed["amount"], -FEE, "charge.dispute.funds_reinstated")
    return _close(provider, dispute, "lost") if text == LOSING and not is_inquiry else dispute


def _close(provider: Provider, dispute: Json, status: str) -> Json:
    closed = provider.save(dispute, status=status)
    provider.publish("charge.dispute.closed", closed, {"status": dispute["status"]})
    return closed


def _move_money(provider: Provider, dispute: Json, amount: int, fee: int, event: str) -> Json:
    transaction = provider.save(
        objects.balance_transaction(provider.now(), "adjustment", dispute, amount, fee)
        | {
            "description": f"Chargeback {'withdrawal' if amount < 0 else 'reversal'} for {dispute['charge']}",
            "reporting_category": "dispute" if amount < 0 else "dispute_reversal",
        }
    )
    moved = provider.save(dispute, balance_transactions=[*dispute["balance_transactions"], transaction])
    provider.publish(event, moved)
    return moved


def _check_open(dispute: Json) -> None:
    if dispute["status"] not in OPEN:
        raise InvalidRequest("This dispute is already closed.")


def _dispute(now: int, charge: Json, status: str) -> Json:
    return {
        "id": objects.new_id("du"),
        "object": "dispute",
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys(EVIDENCE) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now + DAYS_TO_ANSWER * 86400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": status.startswith("warning_"),
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": charge["payment_method_details"]["card"]["brand"],
                "case_type": "inquiry" if status.startswith("warning_") else "chargeback",
                "network_reason_code": "83",
            },
            "type": "card",
        },
        "reason": "fraudulent",
        "status": status,
    }
