"""Products are linked."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "product_link",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("product_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("linked_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.CheckConstraint("linked_id <> product_id", name=op.f("ck_product_link_not_to_itself")),
        sa.ForeignKeyConstraint(["linked_id"], ["product.id"], name=op.f("fk_product_link_linked_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_link_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_link")),
        sa.UniqueConstraint(
            "product_id", "kind", "linked_id", name=op.f("uq_product_link_product_id_kind_linked_id")
        ),
    )


def downgrade() -> None:
    op.drop_table("product_link")
