"""What customers said to the question whether they want to be reminded."""

import sqlalchemy as sa
from alembic import op

import backend.db

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notification_choice",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("choice", sa.String(length=12), nullable=False),
        sa.Column("words", sa.String(length=20), nullable=False),
        sa.Column("at", backend.db.UtcDateTime(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification_choice")),
        sa.UniqueConstraint(
            "conversation_id", "number", name=op.f("uq_notification_choice_conversation_id_number")
        ),
    )


def downgrade() -> None:
    op.drop_table("notification_choice")
