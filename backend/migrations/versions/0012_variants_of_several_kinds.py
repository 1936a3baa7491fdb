"""Variants are stocked, digital, bundles or groups, and these have components."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("variant") as table:
        table.add_column(sa.Column("kind", sa.String(length=10), server_default="stocked", nullable=False))
        table.add_column(
            sa.Column("is_priced_by_parts", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        table.add_column(sa.Column("files", DOCUMENT, server_default="[]", nullable=False))
    with op.batch_alter_table(
        "variant"
    ) as table:  # on SQLite a batch copies the rows into the table as it ends
        for column in ("kind", "is_priced_by_parts", "files"):
            table.alter_column(column, server_default=None)
    with op.batch_alter_table("order_line") as table:
        table.add_column(sa.Column("is_digital", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("parts", DOCUMENT, server_default="[]", nullable=False))
    with op.batch_alter_table("order_line") as table:
        for column in ("is_digital", "parts"):
            table.alter_column(column, server_default=None)
    op.create_table(
        "component",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("variant_id", sa.String(length=36), nullable=False),
        sa.Column("part_id", sa.String(length=36), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.CheckConstraint("part_id <> variant_id", name=op.f("ck_component_not_of_itself")),
        sa.CheckConstraint("quantity BETWEEN 1 AND 99", name=op.f("ck_component_quantity_in_bounds")),
        sa.ForeignKeyConstraint(["part_id"], ["variant.id"], name=op.f("fk_component_part_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_component_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_component")),
        sa.UniqueConstraint("variant_id", "part_id", name=op.f("uq_component_variant_id_part_id")),
    )
    op.create_index("ix_component_part", "component", ["part_id"])
    op.create_table(
        "download",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("order_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("file", sa.String(length=200), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.CheckConstraint("taken BETWEEN 0 AND 10", name=op.f("ck_download_taken_in_bounds")),
        sa.ForeignKeyConstraint(["order_id"], ["order.id"], name=op.f("fk_download_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_download")),
    )
    op.create_index("ix_download_order", "download", ["order_id"])


def downgrade() -> None:
    op.drop_index("ix_download_order", "download")
    op.drop_table("download")
    op.drop_index("ix_component_part", "component")
    op.drop_table("component")
    with op.batch_alter_table("order_line") as table:
        for column in ("parts", "is_digital"):
            table.drop_column(column)
    with op.batch_alter_table("variant") as table:
        for column in ("files", "is_priced_by_parts", "kind"):
            table.drop_column(column)
