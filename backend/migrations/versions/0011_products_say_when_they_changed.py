"""Products say at which version of the catalogue they last changed."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("product", sa.Column("catalogue_version", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_product_catalogue_version", "product", ["catalogue_version"])
    op.add_column(
        "catalogue_version", sa.Column("categories", sa.Integer(), server_default="0", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("catalogue_version", "categories")
    op.drop_index("ix_product_catalogue_version", "product")
    op.drop_column("product", "catalogue_version")
