"""Refunds, disputes and the books; answers under an Idempotency-Key say when they were given."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    with op.batch_alter_table("remembered_answer") as table:
        table.add_column(sa.Column("at", AT, server_default=sa.text("CURRENT_TIMESTAMP"), nullable=False))
        table.create_index("ix_remembered_answer_at", ["at"])
    with op.batch_alter_table("payment") as table:
        table.add_column(sa.Column("refunded", sa.Integer(), server_default="0", nullable=False))
        table.create_index("ix_payment_payment_intent", ["payment_intent"])
        table.create_check_constraint(
            op.f("ck_payment_refunded_at_most_paid"), "refunded BETWEEN 0 AND amount"
        )
    op.add_column("shipment", sa.Column("is_held", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "refund",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("payment_id", sa.String(length=36), nullable=False),
        sa.Column("order_id", sa.String(length=36), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("refund_id", sa.String(length=120), nullable=True),
        sa.Column("failure", sa.String(length=80), nullable=True),
        sa.Column("lines", DOCUMENT, nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_amount_positive")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_refund_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("key", name=op.f("uq_refund_key")),
        sa.UniqueConstraint("refund_id", name=op.f("uq_refund_refund_id")),
    )
    op.create_index("ix_refund_payment", "refund", ["payment_id"])
    op.create_index("ix_refund_order", "refund", ["order_id"])
    op.create_table(
        "dispute",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("dispute_id", sa.String(length=120), nullable=False),
        sa.Column("payment_id", sa.String(length=36), nullable=False),
        sa.Column("order_id", sa.String(length=36), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("status", sa.String(length=30), nullable=False),
        sa.Column("evidence_due_by", AT, nullable=True),
        sa.Column("at", AT, nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_dispute_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint("dispute_id", name=op.f("uq_dispute_dispute_id")),
    )
    op.create_index("ix_dispute_order", "dispute", ["order_id"])
    op.create_table(
        "ledger_entry",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("posting", sa.String(length=160), nullable=False),
        sa.Column("account", sa.String(length=20), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("posting", "account", name=op.f("uq_ledger_entry_posting_account")),
    )
    _open_the_books()


def _open_the_books() -> None:
    """With what was paid, and paid back in full, before there were any."""
    for account, sign in (("processor", ""), ("sales", "-")):
        op.execute(
            "INSERT INTO ledger_entry (id, posting, account, amount, currency, at, shop)"
            f" SELECT '{account[0]}' || SUBSTR(id, 2), 'payment:' || id, '{account}', {sign}amount, currency,"
            " CURRENT_TIMESTAMP, shop FROM payment WHERE status IN ('paid', 'refunded')"
        )
    op.execute("UPDATE payment SET refunded = amount WHERE status = 'refunded'")
    op.execute(
        "INSERT INTO refund (id, key, payment_id, order_id, amount, currency, status, lines, at, shop)"
        " SELECT id, 'refund:' || id, id, order_id, amount, currency, 'succeeded', '{}', CURRENT_TIMESTAMP, shop"
        " FROM payment WHERE status = 'refunded' AND amount > 0"
    )
    for account, sign in (("refunds", ""), ("processor", "-")):
        op.execute(
            "INSERT INTO ledger_entry (id, posting, account, amount, currency, at, shop)"
            f" SELECT '{account[0]}r' || SUBSTR(id, 3), 'refund:' || id, '{account}', {sign}amount, currency,"
            " CURRENT_TIMESTAMP, shop FROM refund"
        )


def downgrade() -> None:
    op.drop_table("ledger_entry")
    op.drop_table("dispute")
    op.drop_table("refund")
    op.drop_column("shipment", "is_held")
    with op.batch_alter_table("payment") as table:
        table.drop_constraint(op.f("ck_payment_refunded_at_most_paid"), type_="check")
        table.drop_index("ix_payment_payment_intent")
        table.drop_column("refunded")
    with op.batch_alter_table("remembered_answer") as table:
        table.drop_index("ix_remembered_answer_at")
        table.drop_column("at")
