"""Prices depend on who buys, on how many, and on when."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import backend.db

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "price_list",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("name", DOCUMENT, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("customer_group", sa.String(length=80), nullable=True),
        sa.Column("starts_at", backend.db.UtcDateTime(), nullable=True),
        sa.Column("ends_at", backend.db.UtcDateTime(), nullable=True),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_list")),
        sa.UniqueConstraint("shop", "code", name=op.f("uq_price_list_shop_code")),
    )
    op.create_table(
        "price_list_entry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("price_list_id", sa.String(length=36), nullable=False),
        sa.Column("variant_id", sa.String(length=36), nullable=False),
        sa.Column("minimum_quantity", sa.Integer(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "minimum_quantity BETWEEN 1 AND 99", name=op.f("ck_price_list_entry_minimum_in_bounds")
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_price_list_entry_amount_not_negative")),
        sa.ForeignKeyConstraint(
            ["price_list_id"], ["price_list.id"], name=op.f("fk_price_list_entry_price_list_id")
        ),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_price_list_entry_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_list_entry")),
        sa.UniqueConstraint(
            "variant_id",
            "price_list_id",
            "minimum_quantity",
            name=op.f("uq_price_list_entry_variant_id_price_list_id_minimum_quantity"),
        ),
    )
    op.add_column("conversation", sa.Column("customer_group", sa.String(length=80), nullable=True))


def downgrade() -> None:
    op.drop_column("conversation", "customer_group")
    op.drop_table("price_list_entry")
    op.drop_table("price_list")
