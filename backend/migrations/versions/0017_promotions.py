"""Promotions, coupons and their uses; orders keep what was taken off."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "promotion",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("name", DOCUMENT, nullable=False),
        sa.Column("description", DOCUMENT, nullable=False),
        sa.Column("conditions", DOCUMENT, nullable=False),
        sa.Column("applies_to", DOCUMENT, nullable=False),
        sa.Column("action", sa.String(length=20), nullable=False),
        sa.Column("terms", DOCUMENT, nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("stops_further", sa.Boolean(), nullable=False),
        sa.Column("needs_coupon", sa.Boolean(), nullable=False),
        sa.Column("is_combinable", sa.Boolean(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("customer_groups", DOCUMENT, nullable=False),
        sa.Column("starts_at", AT, nullable=True),
        sa.Column("ends_at", AT, nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion")),
        sa.UniqueConstraint("shop", "code", name=op.f("uq_promotion_shop_code")),
    )
    op.create_table(
        "coupon",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("folded_code", sa.String(length=40), nullable=False),
        sa.Column("promotion_id", sa.String(length=36), nullable=False),
        sa.Column("limit_in_all", sa.Integer(), nullable=True),
        sa.Column("limit_per_customer", sa.Integer(), nullable=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("starts_at", AT, nullable=True),
        sa.Column("ends_at", AT, nullable=True),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.CheckConstraint(
            "used >= 0 AND (limit_in_all IS NULL OR used <= limit_in_all)",
            name=op.f("ck_coupon_used_within_limit"),
        ),
        sa.CheckConstraint(
            "(limit_in_all IS NULL OR limit_in_all > 0)"
            " AND (limit_per_customer IS NULL OR limit_per_customer > 0)",
            name=op.f("ck_coupon_limits_positive"),
        ),
        sa.ForeignKeyConstraint(["promotion_id"], ["promotion.id"], name=op.f("fk_coupon_promotion_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon")),
        sa.UniqueConstraint("shop", "folded_code", name=op.f("uq_coupon_shop_folded_code")),
    )
    op.create_index("ix_coupon_promotion", "coupon", ["promotion_id"])
    op.create_table(
        "redemption",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("coupon_id", sa.String(length=36), nullable=False),
        sa.Column("order_id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("customer", sa.String(length=254), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupon.id"], name=op.f("fk_redemption_coupon_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redemption")),
        sa.UniqueConstraint("coupon_id", "order_id", name=op.f("uq_redemption_coupon_id_order_id")),
    )
    op.create_index("ix_redemption_order", "redemption", ["order_id"])
    op.create_index("ix_redemption_customer", "redemption", ["coupon_id", "customer"])
    op.create_table(
        "cart_coupon",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("cart_id", sa.String(length=36), nullable=False),
        sa.Column("coupon_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["cart_id"], ["cart.id"], name=op.f("fk_cart_coupon_cart_id")),
        sa.ForeignKeyConstraint(["coupon_id"], ["coupon.id"], name=op.f("fk_cart_coupon_coupon_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart_coupon")),
        sa.UniqueConstraint("cart_id", "coupon_id", name=op.f("uq_cart_coupon_cart_id_coupon_id")),
    )
    with op.batch_alter_table("order") as table:
        table.add_column(sa.Column("discount", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("delivery_discount", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("delivery_savings", DOCUMENT, server_default="[]", nullable=False))
        table.add_column(sa.Column("coupons", DOCUMENT, server_default="[]", nullable=False))
        table.create_check_constraint(
            op.f("ck_order_discounts_in_bounds"),
            "discount BETWEEN 0 AND goods AND delivery_discount BETWEEN 0 AND delivery",
        )
    with op.batch_alter_table("order_line") as table:
        table.add_column(sa.Column("discount", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("savings", DOCUMENT, server_default="[]", nullable=False))
        table.create_check_constraint(
            op.f("ck_order_line_discount_in_bounds"), "discount BETWEEN 0 AND price * quantity"
        )


def downgrade() -> None:
    with op.batch_alter_table("order_line") as table:
        table.drop_constraint(op.f("ck_order_line_discount_in_bounds"), type_="check")
        table.drop_column("savings")
        table.drop_column("discount")
    with op.batch_alter_table("order") as table:
        table.drop_constraint(op.f("ck_order_discounts_in_bounds"), type_="check")
        for column in ("coupons", "delivery_savings", "delivery_discount", "discount"):
            table.drop_column(column)
    for name in ("cart_coupon", "redemption", "coupon", "promotion"):
        op.drop_table(name)
