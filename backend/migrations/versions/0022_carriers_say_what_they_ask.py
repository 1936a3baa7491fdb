"""What a carrier asked for a parcel is kept with the checkout for a while."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("checkout") as table:
        table.add_column(sa.Column("quotes", DOCUMENT, server_default="{}", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("checkout") as table:
        table.drop_column("quotes")
