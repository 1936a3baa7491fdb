"""Customers upload files, and people of the staff answer."""

import sqlalchemy as sa
from alembic import op

import backend.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "uploaded_file",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("conversation_id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("at", backend.db.UtcDateTime(), nullable=False),
        sa.Column("shop", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_uploaded_file_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploaded_file")),
        sa.UniqueConstraint(
            "conversation_id", "client_id", name=op.f("uq_uploaded_file_conversation_id_client_id")
        ),
    )
    with op.batch_alter_table("conversation") as table:
        table.add_column(sa.Column("owner_name", sa.String(length=60), nullable=True))
        table.add_column(sa.Column("read_seq", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("conversation") as table:  # on SQLite a batch copies the rows as it ends
        table.alter_column("read_seq", server_default=None)
    with op.batch_alter_table("turn") as table:
        table.add_column(sa.Column("seq", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("turn") as table:
        table.alter_column("seq", server_default=None)
        table.alter_column("payload", type_=sa.String(length=2000), existing_nullable=True)


def downgrade() -> None:
    with op.batch_alter_table("turn") as table:
        table.alter_column("payload", type_=sa.String(length=1000), existing_nullable=True)
        table.drop_column("seq")
    with op.batch_alter_table("conversation") as table:
        table.drop_column("read_seq")
        table.drop_column("owner_name")
    op.drop_table("uploaded_file")
