"""Products say when they came: the newest first."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("product", sa.Column("first_version", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("product", "first_version")
