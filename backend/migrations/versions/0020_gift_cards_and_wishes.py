"""Gift cards and store credit pay orders; carts end after a time, and what was in them is kept for later."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("order") as table:
        table.add_column(sa.Column("credit", sa.Integer(), server_default="0", nullable=False))
        table.create_check_constraint(op.f("ck_order_credit_at_most_total"), "credit BETWEEN 0 AND total")
    op.add_column("payment", sa.Column("method", sa.String(length=10), server_default="card", nullable=False))
    with op.batch_alter_table("cart") as table:
        table.add_column(
            sa.Column("changed_at", AT, server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False)
        )
        table.add_column(sa.Column("warned_at", AT, nullable=True))
        table.create_index("ix_cart_changed", ["state", "changed_at"])
    _credit()
    op.create_table(
        "wish",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("owner", sa.String(length=160), nullable=False),
        sa.Column("variant_id", sa.String(length=36), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("was_available", sa.Boolean(), nullable=False),
        sa.Column("kept_at", AT, nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.CheckConstraint("quantity BETWEEN 1 AND 99", name=op.f("ck_wish_quantity_in_bounds")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_wish_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish")),
        sa.UniqueConstraint("owner", "variant_id", name=op.f("uq_wish_owner_variant_id")),
    )


def _credit() -> None:
    op.create_table(
        "credit_account",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("last_four", sa.String(length=4), nullable=False),
        sa.Column("customer_id", sa.String(length=120), nullable=True),
        sa.Column("order_id", sa.String(length=36), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("balance", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("is_blocked", sa.Boolean(), nullable=False),
        sa.Column("expires_at", AT, nullable=True),
        sa.Column("issued_at", AT, nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.CheckConstraint("held >= 0", name=op.f("ck_credit_account_held_not_negative")),
        sa.CheckConstraint("balance >= held", name=op.f("ck_credit_account_never_overspent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_account")),
        sa.UniqueConstraint("key", name=op.f("uq_credit_account_key")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_credit_account_code_hash")),
        sa.UniqueConstraint("customer_id", "currency", name=op.f("uq_credit_account_customer_id_currency")),
    )
    op.create_index("ix_credit_account_order", "credit_account", ["order_id"])
    op.create_table(
        "credit_entry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("order_id", sa.String(length=36), nullable=True),
        sa.Column("at", AT, nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_credit_entry_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["credit_account.id"], name=op.f("fk_credit_entry_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_entry")),
        sa.UniqueConstraint("key", name=op.f("uq_credit_entry_key")),
    )
    op.create_index("ix_credit_entry_account", "credit_entry", ["account_id"])
    op.create_index("ix_credit_entry_order", "credit_entry", ["order_id"])
    op.create_table(
        "credit_hold",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("order_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_credit_hold_amount_positive")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["credit_account.id"], name=op.f("fk_credit_hold_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_hold")),
        sa.UniqueConstraint("order_id", "account_id", name=op.f("uq_credit_hold_order_id_account_id")),
    )
    op.create_table(
        "applied_credit",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("applied_at", AT, nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["credit_account.id"], name=op.f("fk_applied_credit_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applied_credit")),
        sa.UniqueConstraint(
            "conversation_id", "account_id", name=op.f("uq_applied_credit_conversation_id_account_id")
        ),
    )


def downgrade() -> None:
    for table in ("wish", "applied_credit", "credit_hold", "credit_entry", "credit_account"):
        op.drop_table(table)
    with op.batch_alter_table("cart") as cart:
        cart.drop_index("ix_cart_changed")
        cart.drop_column("warned_at")
        cart.drop_column("changed_at")
    with op.batch_alter_table("payment") as payment:
        payment.drop_column("method")
    with op.batch_alter_table("order") as order:
        order.drop_constraint(op.f("ck_order_credit_at_most_total"), type_="check")
        order.drop_column("credit")
