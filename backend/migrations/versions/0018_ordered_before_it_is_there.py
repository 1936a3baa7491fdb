"""What is not there may be ordered with consent; sources have a place on the map, and an order has several parcels."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("source") as table:
        table.add_column(
            sa.Column("region", sa.String(length=80), server_default=sa.text("''"), nullable=False)
        )
        table.add_column(sa.Column("latitude", sa.Double(), nullable=True))
        table.add_column(sa.Column("longitude", sa.Double(), nullable=True))
    with op.batch_alter_table("reservation") as table:
        table.add_column(sa.Column("not_before", sa.Date(), nullable=True))
        table.add_column(sa.Column("shipment_id", sa.String(length=36), nullable=True))
    op.add_column("cart_line", sa.Column("agreed_date", sa.Date(), nullable=True))
    with op.batch_alter_table("order_line") as table:
        table.add_column(sa.Column("agreed_date", sa.Date(), nullable=True))
        table.add_column(sa.Column("later", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("ships_on", sa.Date(), nullable=True))
        table.add_column(sa.Column("is_preorder", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("shipment") as table:
        table.add_column(
            sa.Column("source", sa.String(length=40), server_default=sa.text("''"), nullable=False)
        )
        table.add_column(sa.Column("contents", DOCUMENT, server_default=sa.text("'[]'"), nullable=False))
        table.add_column(sa.Column("not_before", sa.Date(), nullable=True))
    op.create_table(
        "backorder_terms",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("variant_id", sa.String(length=36), nullable=False),
        sa.Column("is_preorder", sa.Boolean(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("promised", sa.Integer(), nullable=False),
        sa.Column("ships_on", sa.Date(), nullable=True),
        sa.Column("lead_days", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.CheckConstraint("most >= 0", name=op.f("ck_backorder_terms_most_not_negative")),
        sa.CheckConstraint("promised >= 0", name=op.f("ck_backorder_terms_promised_not_negative")),
        sa.CheckConstraint("lead_days >= 0", name=op.f("ck_backorder_terms_lead_days_not_negative")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_backorder_terms_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backorder_terms")),
        sa.UniqueConstraint("variant_id", name=op.f("uq_backorder_terms_variant_id")),
    )
    op.create_table(
        "backorder",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("order_id", sa.String(length=36), nullable=False),
        sa.Column("variant_id", sa.String(length=36), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("served", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("ships_on", sa.Date(), nullable=False),
        sa.Column("is_preorder", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("owed_since", AT, nullable=True),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_backorder_quantity_positive")),
        sa.CheckConstraint("served BETWEEN 0 AND quantity", name=op.f("ck_backorder_served_in_bounds")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_backorder_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backorder")),
    )
    op.create_index("ix_backorder_order", "backorder", ["order_id"])
    op.create_index("ix_backorder_waiting", "backorder", ["variant_id", "state", "owed_since"])


def downgrade() -> None:
    op.drop_table("backorder")
    op.drop_table("backorder_terms")
    columns = {
        "shipment": ("not_before", "contents", "source"),
        "order_line": ("is_preorder", "ships_on", "later", "agreed_date"),
        "cart_line": ("agreed_date",),
        "reservation": ("shipment_id", "not_before"),
        "source": ("longitude", "latitude", "region"),
    }
    for name, added in columns.items():
        with op.batch_alter_table(name) as table:
            for column in added:
                table.drop_column(column)
