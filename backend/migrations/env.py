"""Alembic runs this file for every command. `backend.migrations` gives the connection and its transaction."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrationScript
from alembic.runtime.migration import MigrationContext
from sqlalchemy import JSON

from backend.db import UtcDateTime
from backend.migrations import COMPARED
from backend.models import Base


def render_item(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Migrations outlive our types: they name SQLAlchemy's."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        autogen_context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def number(migration: MigrationContext, _: Any, scripts: list[MigrationScript]) -> None:
    """Revisions are counted: 0001, 0002 … Nothing is written where nothing differs."""
    operations = scripts[0].upgrade_ops
    if operations is None or operations.is_empty():
        scripts.clear()
    else:
        scripts[0].rev_id = f"{int(migration.get_current_revision() or 0) + 1:04}"


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_item=render_item,
    render_as_batch=True,
    process_revision_directives=number,
    **COMPARED,
)
with context.begin_transaction():
    context.run_migrations()
