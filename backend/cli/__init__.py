"""The command line: `./comptoir --help`. A module of commands is known by being imported here."""

from backend.cli import catalogue, parcels, payments, people, policies, searching, shop
from backend.cli.base import commands

__all__ = ["catalogue", "commands", "parcels", "payments", "people", "policies", "searching", "shop"]
