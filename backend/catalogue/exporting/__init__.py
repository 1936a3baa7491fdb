"""Exporting a catalogue in the shop's own format: what `backend.catalogue.importing.own` reads."""

from backend.catalogue.exporting.own import (
    CannotExport,
    ExportReport,
    export_catalogue,
    write_sources,
)

__all__ = ["CannotExport", "ExportReport", "export_catalogue", "write_sources"]
