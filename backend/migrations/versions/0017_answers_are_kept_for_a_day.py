"""Answers under an Idempotency-Key say when they were given: they are kept for a day."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("remembered_answer") as table:
        table.add_column(
            sa.Column(
                "at", sa.DateTime(timezone=True), server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False
            )
        )
        table.create_index("ix_remembered_answer_at", ["at"])


def downgrade() -> None:
    with op.batch_alter_table("remembered_answer") as table:
        table.drop_index("ix_remembered_answer_at")
        table.drop_column("at")
