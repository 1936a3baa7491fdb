"""The ledger of stock names who moved it."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "stock_movement", sa.Column("actor", sa.String(length=120), server_default="shop", nullable=False)
    )


def downgrade() -> None:
    with op.batch_alter_table("stock_movement") as altered:
        altered.drop_column("actor")
