"""The benchmark's own records, with amounts as whole cents."""

from decimal import Decimal
from typing import Any

from backend.customers.addresses import Address

Record = dict[str, Any]
COUNTRY = "USA"


def cents(amount: Any) -> int:
    """The published amounts are floats that were summed: 94.54999999999995 is 94.55."""
    return int((Decimal(str(amount)) * 100).to_integral_value())


def dollars_of(amount: int) -> str:
    return f"{Decimal(amount).scaleb(-2):.2f}"


def address_of(theirs: Record, name: str) -> Address:
    assert theirs["country"] == COUNTRY
    return Address(
        name=name,
        line1=theirs["address1"],
        line2=theirs["address2"],
        postcode=theirs["zip"],
        city=theirs["city"],
        region=theirs["state"],
        country="US",
    )


def as_theirs(address: Record) -> Record:
    return {
        "address1": address["line1"],
        "address2": address["line2"],
        "city": address["city"],
        "country": COUNTRY if address["country"] == "US" else address["country"],
        "state": address["region"],
        "zip": address["postcode"],
    }


def full_name(user: Record) -> str:
    return f"{user['name']['first_name']} {user['name']['last_name']}"


def comparable(record: Record) -> Record:
    """Amounts in cents; what is null is as if it was not there."""
    return {key: _comparable(key, value) for key, value in record.items() if value is not None}


def _comparable(key: str, value: Any) -> Any:
    if key in ("price", "amount", "balance", "exchange_price_difference"):
        return cents(value)
    if isinstance(value, dict):
        return comparable(value)
    if isinstance(value, list):
        return [_comparable("", each) for each in value]
    return value
