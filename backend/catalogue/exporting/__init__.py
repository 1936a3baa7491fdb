"""Exporting a catalogue: a writer per format, for what the importer of the same name reads."""

from backend.catalogue.exporting.own import (
    CannotExport,
    ExportReport,
    export_catalogue,
    write_sources,
)
from backend.catalogue.exporting.shopify import ShopifyReport, ShopifyTerms, write_shopify

__all__ = [
    "CannotExport",
    "ExportReport",
    "ShopifyReport",
    "ShopifyTerms",
    "export_catalogue",
    "write_shopify",
    "write_sources",
]
