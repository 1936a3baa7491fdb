"""Points for what customers pay, and what becomes of them."""

import sqlalchemy as sa
from alembic import op

import backend.db

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "loyalty_account",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("expires_at", backend.db.UtcDateTime(), nullable=True),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.CheckConstraint("points >= 0", name=op.f("ck_loyalty_account_points_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_account")),
        sa.UniqueConstraint("email", name=op.f("uq_loyalty_account_email")),
    )
    op.create_table(
        "loyalty_entry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("order_id", sa.String(length=36), nullable=True),
        sa.Column("at", backend.db.UtcDateTime(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.CheckConstraint("points <> 0", name=op.f("ck_loyalty_entry_points_not_zero")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["loyalty_account.id"], name=op.f("fk_loyalty_entry_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loyalty_entry")),
        sa.UniqueConstraint("account_id", "number", name=op.f("uq_loyalty_entry_account_id_number")),
    )
    op.create_index("ix_loyalty_entry_order", "loyalty_entry", ["order_id"])


def downgrade() -> None:
    op.drop_table("loyalty_entry")
    op.drop_table("loyalty_account")
