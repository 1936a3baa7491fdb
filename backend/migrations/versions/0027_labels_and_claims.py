"""What comes back has a label and a parcel, and what staff refuse has words."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
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


def downgrade() -> None:
    for table, column in (("order_return", "words"), ("order_return", "send_by"), ("shipment", "is_return")):
        with op.batch_alter_table(table) as altered:
            altered.drop_column(column)
