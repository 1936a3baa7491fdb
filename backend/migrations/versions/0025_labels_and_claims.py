"""What comes back has a label and a parcel, what staff refuse has words, and what was paid back a credit note."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shipment", sa.Column("is_return", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("order_return", sa.Column("send_by", sa.Date(), nullable=True))
    op.add_column(
        "order_return",
        sa.Column("words", sa.String(length=300), server_default=sa.text("''"), nullable=False),
    )
    op.create_table(
        "credit_note",
        sa.Column("refund_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"], name=op.f("fk_credit_note_refund_id")),
        sa.PrimaryKeyConstraint("refund_id", name=op.f("pk_credit_note")),
        sa.UniqueConstraint("number", name=op.f("uq_credit_note_number")),
    )


def downgrade() -> None:
    op.drop_table("credit_note")
    for table, column in (("order_return", "words"), ("order_return", "send_by"), ("shipment", "is_return")):
        with op.batch_alter_table(table) as altered:
            altered.drop_column(column)
