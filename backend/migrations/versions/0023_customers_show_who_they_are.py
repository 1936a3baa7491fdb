"""Customers show who they are by a code, and see all of their orders then; invoices; what carriers say of parcels."""

import sqlalchemy as sa
from alembic import op

import backend.db

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "code_request",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("order_number", sa.String(length=20), nullable=True),
        sa.Column("asked_at", backend.db.UtcDateTime(), nullable=False),
        sa.Column("sent_to", sa.String(length=254), nullable=True),
        sa.Column("used_at", backend.db.UtcDateTime(), nullable=True),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_request")),
    )
    op.create_index("ix_code_request_conversation", "code_request", ["conversation_id", "asked_at"])
    op.create_table(
        "proven_contact",
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("proven_at", backend.db.UtcDateTime(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_proven_contact")),
    )
    op.create_table(
        "identity_try",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", backend.db.UtcDateTime(), nullable=False),
        sa.CheckConstraint("count BETWEEN 1 AND 5", name=op.f("ck_identity_try_count_in_bounds")),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_identity_try")),
    )
    op.create_table(
        "kept_letter",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("to", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("words", sa.String(length=2000), nullable=False),
        sa.Column("at", backend.db.UtcDateTime(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_letter")),
        sa.UniqueConstraint("key", name=op.f("uq_kept_letter_key")),
    )
    op.create_index("ix_kept_letter_at", "kept_letter", ["at"])
    op.create_table(
        "invoice",
        sa.Column("order_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("issued_at", backend.db.UtcDateTime(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_invoice_order_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_invoice")),
        sa.UniqueConstraint("number", name=op.f("uq_invoice_number")),
    )
    op.add_column(
        "shipment",
        sa.Column(
            "tracking_status", sa.String(length=20), server_default=sa.text("'pending'"), nullable=False
        ),
    )
    op.add_column(
        "tracking_event",
        sa.Column("reason", sa.String(length=40), server_default=sa.text("''"), nullable=False),
    )
    op.add_column("conversation", sa.Column("came_from", sa.String(length=64), nullable=True))
    op.create_index("ix_order_email", "order", ["email", "placed_at"])
    op.execute('UPDATE "order" SET email = lower(email)')


def downgrade() -> None:
    op.drop_index("ix_order_email", "order")
    op.drop_column("conversation", "came_from")
    op.drop_column("tracking_event", "reason")
    op.drop_column("shipment", "tracking_status")
    op.drop_table("invoice")
    op.drop_table("kept_letter")
    op.drop_table("identity_try")
    op.drop_table("proven_contact")
    op.drop_table("code_request")
