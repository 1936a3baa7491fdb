"""Importing a catalogue: a reader per format, one writer.

Reading streams; each product is stored whole or not at all.
"""

from backend.catalogue.importing.adobe import read_adobe
from backend.catalogue.importing.own import read_own, read_sources
from backend.catalogue.importing.parsed import (
    CatalogueReader,
    ImportReport,
    ParsedProduct,
    RowError,
    SourceRow,
    StockCount,
    StockRefused,
    StockWriter,
)
from backend.catalogue.importing.shopify import read_shopify
from backend.catalogue.importing.store import import_catalogue
from backend.catalogue.importing.tables import Unreadable

__all__ = [
    "CatalogueReader",
    "ImportReport",
    "ParsedProduct",
    "RowError",
    "SourceRow",
    "StockCount",
    "StockRefused",
    "StockWriter",
    "Unreadable",
    "import_catalogue",
    "read_adobe",
    "read_own",
    "read_shopify",
    "read_sources",
]
