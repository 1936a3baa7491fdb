"""Turns keep which intents their words were read as, to learn from those that were missed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

READINGS = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("turn") as table:
        table.add_column(sa.Column("readings", READINGS, server_default="[]", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("turn") as table:
        table.drop_column("readings")
