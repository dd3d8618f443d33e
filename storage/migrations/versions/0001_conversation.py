"""The one table of the first version, which had no migrations: made where it is missing, taken over where it exists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    if not sa.inspect(op.get_bind()).has_table("conversation"):
        op.create_table(
            "conversation",
            sa.Column("person", sa.String(), primary_key=True),
            sa.Column("state", sa.String(), nullable=False),
            sa.Column("changed_at", sa.DateTime(), nullable=False),
        )


def downgrade() -> None:
    op.drop_table("conversation")
