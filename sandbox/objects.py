"""Stripe's resources as they look when they are new. Fields that the sandbox never fills are null."""

from __future__ import annotations

import secrets
import string

from sandbox.cards import Card
from sandbox.errors import Json

API_VERSION = "2026-10-28.endive"
DEFAULT_SHOP_NAME = "Comptoir"


def new_id(prefix: str, length: int = 24) -> str:
    alphabet = string.ascii_letters + string.digits
    return f"{prefix}_{''.join(secrets.choice(alphabet) for _ in range(length))}"


def _basics(kind: str, id: str, now: int) -> Json:
    return {"id": id, "object": kind, "created": now, "livemode": False}


def product(now: int, given: Json) -> Json:
    return _basics("product", given.get("id") or new_id("prod", 14), now) | {
        "active": given.get("active", True),
        "default_price": None,
        "description": given.get("description"),
        "images": given.get("images", []),
        "marketing_features": [],
        "metadata": given.get("metadata", {}),
        "name": given["name"],
        "package_dimensions": None,
        "shippable": given.get("shippable"),
        "statement_descriptor": None,
        "tax_code": given.get("tax_code"),
        "unit_label": given.get("unit_label"),
        "updated": now,
        "url": given.get("url"),
    }


def price(now: int, product_id: str, given: Json, *, is_active: bool = True) -> Json:
    return _basics("price", new_id("price"), now) | {
        "active": is_active,
        "billing_scheme": "per_unit",
        "currency": given["currency"],
        "custom_unit_amount": None,
        "lookup_key": given.get("lookup_key"),
        "metadata": given.get("metadata", {}),
        "nickname": given.get("nickname"),
        "product": product_id,
        "recurring": None,
        "tax_behavior": given.get("tax_behavior", "unspecified"),
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": given["unit_amount"],
        "unit_amount_decimal": str(given["unit_amount"]),
    }


def line_item(price: Json, description: str, quantity: int, metadata: dict[str, str]) -> Json:
    amount = price["unit_amount"] * quantity
    return {
        "id": new_id("li"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": description,
        "metadata": metadata,
        "price": price,
        "quantity": quantity,
    }


def shipping_rate(now: int, given: Json) -> Json:
    return _basics("shipping_rate", new_id("shr"), now) | {
        "active": True,
        "delivery_estimate": {"maximum": None, "minimum": None} | given["delivery_estimate"]
        if "delivery_estimate" in given
        else None,
        "display_name": given["display_name"],
        "fixed_amount": given["fixed_amount"],
        "metadata": given.get("metadata", {}),
        "tax_behavior": given.get("tax_behavior", "unspecified"),
        "tax_code": None,
        "type": "fixed_amount",
    }


def checkout_session(now: int, id: str, url: str, given: Json, items: list[Json], rates: list[Json]) -> Json:
    """`given` are the parameters as read; the first of the shipping rates is the chosen one."""
    subtotal = sum(item["amount_total"] for item in items)
    shipping = rates[0]["fixed_amount"]["amount"] if rates else 0
    branding = given.get("branding_settings", {})
    return _basics("checkout.session", id, now) | {
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": subtotal,
        "amount_total": subtotal + shipping,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": given.get("billing_address_collection"),
        "branding_settings": {
            "background_color": branding.get("background_color", "#ffffff"),
            "border_style": branding.get("border_style", "rounded"),
            "button_color": branding.get("button_color", "#0f5c4d"),
            "display_name": branding.get("display_name", DEFAULT_SHOP_NAME),
            "font_family": "default",
            "icon": None,
            "logo": None,
        },
        "cancel_url": given.get("cancel_url"),
        "client_reference_id": given.get("client_reference_id"),
        "client_secret": None,
        "collected_information": {"business_name": None, "individual_name": None, "shipping_details": None},
        "consent": None,
        "consent_collection": None,
        "currency": items[0]["currency"],
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_account": None,
        "customer_creation": given.get("customer_creation", "if_required"),
        "customer_details": _customer_details(given["customer_email"], None)
        if "customer_email" in given
        else None,
        "customer_email": given.get("customer_email"),
        "discounts": [],
        "excluded_payment_method_types": [],
        "expires_at": given.get("expires_at", now + 86400),
        "integration_identifier": None,
        "invoice": None,
        "invoice_creation": None,
        "locale": given.get("locale"),
        "managed_payments": {"enabled": False},
        "metadata": given.get("metadata", {}),
        "mode": "payment",
        "optional_items": None,
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": given.get("payment_method_types", ["card"]),
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": {
            "amount_subtotal": shipping,
            "amount_tax": 0,
            "amount_total": shipping,
            "shipping_rate": rates[0]["id"],
        }
        if rates
        else None,
        "shipping_options": [
            {"shipping_amount": rate["fixed_amount"]["amount"], "shipping_rate": rate["id"]} for rate in rates
        ],
        "status": "open",
        "submit_type": given.get("submit_type"),
        "subscription": None,
        "success_url": given["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": shipping, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": url,
        "wallet_options": None,
    }


def _customer_details(email: str | None, name: str | None) -> Json:
    return {
        "address": None,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def paid_by(email: str | None) -> Json:
    return {"customer_details": _customer_details(email, None)}


def billing_details(email: str | None) -> Json:
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {"address": address, "email": email, "name": None, "phone": None, "tax_id": None}


def payment_intent(now: int, session: Json, given: Json) -> Json:
    id = new_id("pi")
    return _basics("payment_intent", id, now) | {
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{id}_secret_{secrets.token_hex(12)}",
        "confirmation_method": "automatic",
        "currency": session["currency"],
        "customer": None,
        "customer_account": None,
        "description": given.get("description"),
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "managed_payments": None,
        "metadata": given.get("metadata", {}),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": given.get("receipt_email"),
        "review": None,
        "setup_future_usage": given.get("setup_future_usage"),
        "shipping": _shipping(given["shipping"]) if "shipping" in given else None,
        "statement_descriptor": given.get("statement_descriptor"),
        "statement_descriptor_suffix": given.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": given.get("transfer_group"),
    }


def _shipping(given: Json) -> Json:
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    details = {"carrier": None, "name": None, "phone": None, "tracking_number": None}
    return details | given | {"address": address | given["address"]}


def payment_method(now: int, card: Card, email: str | None) -> Json:
    return _basics("payment_method", new_id("pm"), now) | {
        "allow_redisplay": "limited",
        "billing_details": billing_details(email),
        "card": {
            "brand": card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": "US",
            "display_brand": card.brand,
            "exp_month": card.expires_month,
            "exp_year": card.expires_year,
            "fingerprint": card.fingerprint,
            "funding": "credit",
            "generated_from": None,
            "last4": card.last4,
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "customer": None,
        "customer_account": None,
        "metadata": {},
        "type": "card",
    }


def charge(now: int, intent: Json, method: Json, outcome: Json, three_d_secure: Json | None) -> Json:
    """Neither paid nor failed yet; `outcome` is Stripe's account of how the bank decided."""
    card = {name: method["card"][name] for name in CHARGED_CARD}
    charged = card | {
        "amount_authorized": intent["amount"],
        "authorization_code": None,
        "extended_authorization": {"status": "disabled"},
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "network_transaction_id": secrets.token_hex(8),
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "three_d_secure": three_d_secure,
        "wallet": None,
    }
    return charge_with(now, intent, method, outcome, {"card": charged, "type": "card"})


def charge_with(now: int, intent: Json, method: Json, outcome: Json, details: Json) -> Json:
    """`details` are those of its payment method."""
    return _basics("charge", new_id("ch"), now) | {
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "COMPTOIR SANDBOX",
        "captured": False,
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": outcome,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": details,
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "pending",
        "transfer_data": None,
        "transfer_group": intent["transfer_group"],
    }


CHARGED_CARD = (
    "brand",
    "checks",
    "country",
    "exp_month",
    "exp_year",
    "fingerprint",
    "funding",
    "last4",
    "regulated_status",
)


def refund(now: int, charge: Json, amount: int, given: Json) -> Json:
    return {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "destination_details": {
            "card": {
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
        "metadata": given.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "reason": given.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def balance_transaction(now: int, kind: str, source: Json, amount: int, fee: int) -> Json:
    """`amount` is signed: positive for money that came, negative for money that went."""
    return {
        "id": new_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now + 2 * 86400,
        "balance_type": "payments",
        "created": now,
        "currency": source["currency"],
        "description": source.get("description"),
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [
            {
                "amount": fee,
                "application": None,
                "currency": source["currency"],
                "description": "Stripe processing fees",
                "type": "stripe_fee",
            }
        ]
        if fee
        else [],
        "net": amount - fee,
        "reporting_category": kind,
        "source": source["id"],
        "status": "pending",
        "type": kind,
    }


def event(now: int, type: str, snapshot: Json, previous: Json | None, request: Json) -> Json:
    data: Json = {"object": snapshot}
    if previous is not None:
        data["previous_attributes"] = previous
    return _basics("event", new_id("evt"), now) | {
        "api_version": API_VERSION,
        "data": data,
        "pending_webhooks": 1,
        "request": request,
        "type": type,
    }
