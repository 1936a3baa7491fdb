"""Products and variants are shown for a time and in some channels."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import backend.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("product", "variant"):
        op.add_column(table, sa.Column("visible_from", backend.db.UtcDateTime(), nullable=True))
        op.add_column(table, sa.Column("visible_until", backend.db.UtcDateTime(), nullable=True))
        channels = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
        op.add_column(table, sa.Column("channels", channels, nullable=True))


def downgrade() -> None:
    for table in ("product", "variant"):
        for column in ("channels", "visible_until", "visible_from"):
            op.drop_column(table, column)
