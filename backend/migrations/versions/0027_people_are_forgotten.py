"""Who wants to be forgotten is."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
LIST = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("conversation_id", sa.String(length=36), nullable=True),
        sa.Column("conversations", LIST, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("made_at", AT, nullable=False),
        sa.Column("done_at", AT, nullable=True),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )


def downgrade() -> None:
    op.drop_table("erasure")
