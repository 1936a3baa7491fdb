"""The command line: `./comptoir --help`. A module of commands is known by being imported here."""

from backend.cli import (
    catalogue,
    customers,
    gift_cards,
    learning,
    missed,
    orders,
    parcels,
    payments,
    people,
    policies,
    promotions,
    refunds,
    returns,
    searching,
    shop,
    stock,
)
from backend.cli.base import commands

__all__ = [
    "catalogue",
    "commands",
    "customers",
    "gift_cards",
    "learning",
    "missed",
    "orders",
    "parcels",
    "payments",
    "people",
    "policies",
    "promotions",
    "refunds",
    "returns",
    "searching",
    "shop",
    "stock",
]
