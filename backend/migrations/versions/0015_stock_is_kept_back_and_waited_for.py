"""Some of the stock is kept back, staff hear when it is low, and customers when it is there again."""

import sqlalchemy as sa
from alembic import op

import backend.db

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SETTINGS = ("threshold", "notify_below")


def upgrade() -> None:
    with op.batch_alter_table("stock_item") as stock_item:
        for name in SETTINGS:
            stock_item.add_column(sa.Column(name, sa.Integer(), server_default="0", nullable=False))
            stock_item.create_check_constraint(op.f(f"ck_stock_item_{name}_not_negative"), f"{name} >= 0")
    op.create_table(
        "stock_subscription",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("variant_id", sa.String(length=36), nullable=False),
        sa.Column("subscribed_at", backend.db.UtcDateTime(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["variant_id"], ["variant.id"], name=op.f("fk_stock_subscription_variant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_subscription")),
        sa.UniqueConstraint(
            "variant_id", "conversation_id", name=op.f("uq_stock_subscription_variant_id_conversation_id")
        ),
    )
    op.create_index("ix_stock_subscription_conversation", "stock_subscription", ["conversation_id"])


def downgrade() -> None:
    op.drop_index("ix_stock_subscription_conversation", table_name="stock_subscription")
    op.drop_table("stock_subscription")
    with op.batch_alter_table("stock_item") as stock_item:
        for name in SETTINGS:
            stock_item.drop_constraint(op.f(f"ck_stock_item_{name}_not_negative"), type_="check")
            stock_item.drop_column(name)
