"""Stores that customers collect from, doubts about addresses, and tax."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
AT = sa.DateTime(timezone=True)
STORE = (("phone", 40), ("time_zone", 60), ("opening_hours", 2000))


def upgrade() -> None:
    with op.batch_alter_table("source") as table:
        for name, length in STORE:
            table.add_column(
                sa.Column(name, sa.String(length=length), server_default=sa.text("''"), nullable=False)
            )
    with op.batch_alter_table("checkout") as table:
        table.add_column(sa.Column("store", sa.String(length=40), nullable=True))
        table.add_column(sa.Column("accepted", DOCUMENT, server_default="{}", nullable=False))
    with op.batch_alter_table("order") as table:
        table.add_column(sa.Column("tax", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("delivery_tax", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("is_tax_included", sa.Boolean(), server_default=sa.true(), nullable=False))
        table.add_column(sa.Column("store_id", sa.String(length=36), nullable=True))
        table.add_column(sa.Column("collection_code", sa.String(length=12), nullable=True))
        table.add_column(sa.Column("ready_at", AT, nullable=True))
        table.add_column(sa.Column("collected_at", AT, nullable=True))
        table.create_foreign_key(op.f("fk_order_store_id"), "source", ["store_id"], ["id"])
        table.create_unique_constraint(op.f("uq_order_collection_code"), ["collection_code"])
        table.create_check_constraint(op.f("ck_order_tax_not_negative"), "tax >= 0")
    with op.batch_alter_table("order_line") as table:
        table.add_column(sa.Column("tax", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("order_line") as table:
        table.drop_column("tax")
    with op.batch_alter_table("order") as table:
        table.drop_constraint(op.f("ck_order_tax_not_negative"), type_="check")
        table.drop_constraint(op.f("uq_order_collection_code"), type_="unique")
        table.drop_constraint(op.f("fk_order_store_id"), type_="foreignkey")
        for name in (
            "collected_at", "ready_at", "collection_code", "store_id", "is_tax_included", "delivery_tax", "tax",
        ):  # fmt: skip
            table.drop_column(name)
    with op.batch_alter_table("checkout") as table:
        table.drop_column("accepted")
        table.drop_column("store")
    with op.batch_alter_table("source") as table:
        for name, _ in reversed(STORE):
            table.drop_column(name)
