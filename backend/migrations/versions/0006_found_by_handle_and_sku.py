"""Products are found by handle and variants by SKU, however many there are."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_product_handle", "product", ["handle"])
    op.create_index("ix_variant_sku", "variant", ["sku"])


def downgrade() -> None:
    op.drop_index("ix_variant_sku", "variant")
    op.drop_index("ix_product_handle", "product")
