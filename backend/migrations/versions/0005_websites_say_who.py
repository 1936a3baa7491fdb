"""Websites that show the chat say who their customers are."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversation", sa.Column("customer_id", sa.String(length=120), nullable=True))
    op.add_column("conversation", sa.Column("customer_name", sa.String(length=120), nullable=True))
    op.add_column("conversation", sa.Column("customer_email", sa.String(length=254), nullable=True))


def downgrade() -> None:
    op.drop_column("conversation", "customer_email")
    op.drop_column("conversation", "customer_name")
    op.drop_column("conversation", "customer_id")
