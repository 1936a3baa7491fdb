"""Orders are changed once they are placed, and goods come back; customers keep an address and ways to pay."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")


def upgrade() -> None:
    op.add_column("order", sa.Column("lowered", sa.Integer(), server_default="0", nullable=False))
    op.add_column("payment", sa.Column("saved_method_id", sa.String(length=36), nullable=True))
    op.add_column("refund", sa.Column("saved_method_id", sa.String(length=36), nullable=True))
    op.create_table(
        "customer",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("given_name", sa.String(length=120), nullable=False),
        sa.Column("family_name", sa.String(length=120), nullable=False),
        sa.Column("address", DOCUMENT, nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("reference", name=op.f("uq_customer_reference")),
    )
    op.create_index(op.f("ix_customer_email"), "customer", ["email"])
    op.create_table(
        "saved_method",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("customer_id", sa.String(length=36), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("brand", sa.String(length=20), nullable=False),
        sa.Column("last_four", sa.String(length=4), nullable=False),
        sa.Column("stripe_method", sa.String(length=120), nullable=True),
        sa.Column("stripe_customer", sa.String(length=120), nullable=True),
        sa.Column("account_id", sa.String(length=36), nullable=True),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_saved_method_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_method")),
        sa.UniqueConstraint("customer_id", "reference", name=op.f("uq_saved_method_customer_id_reference")),
    )
    op.create_table(
        "order_change",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("order_id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("asked", DOCUMENT, nullable=False),
        sa.Column("planned", DOCUMENT, nullable=False),
        sa.Column("saved_method_id", sa.String(length=36), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("made_at", AT, nullable=False),
        sa.Column("valid_until", AT, nullable=False),
        sa.Column("done_at", AT, nullable=True),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_order_change_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_change")),
    )
    op.create_index("ix_order_change_order", "order_change", ["order_id", "made_at"])
    op.create_table(
        "order_return",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("change_id", sa.String(length=36), nullable=False),
        sa.Column("order_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("requested_at", AT, nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["order_change.id"], name=op.f("fk_order_return_change_id")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_order_return_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_return")),
        sa.UniqueConstraint("change_id", name=op.f("uq_order_return_change_id")),
    )
    op.create_index("ix_order_return_order", "order_return", ["order_id"])


def downgrade() -> None:
    for table in ("order_return", "order_change", "saved_method", "customer"):
        op.drop_table(table)
    for table, column in (
        ("refund", "saved_method_id"),
        ("payment", "saved_method_id"),
        ("order", "lowered"),
    ):
        with op.batch_alter_table(table) as altered:
            altered.drop_column(column)
