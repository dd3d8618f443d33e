"""Channels: outbox rows with their account, lane and outcome; announcements, leases, tokens, arrivals, reminders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ROW = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False, server_default=default)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default="0")


def upgrade() -> None:
    with op.batch_alter_table("account") as batch:
        batch.add_column(_text("gone"))
    with op.batch_alter_table("conversation") as batch:
        batch.add_column(_text("home_province"))
        batch.add_column(_text("home_commune"))
        batch.create_index("ix_conversation_home_province", ["home_province"])
    with op.batch_alter_table("outbox") as batch:
        batch.drop_index("ix_outbox_due")
        for column in (_text("key"), _number("lane"), _number("part"), _text("platform")):
            batch.add_column(column)
        batch.add_column(sa.Column("announcement_id", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("created_at", sa.DateTime(), nullable=True))
        batch.add_column(sa.Column("claimed_until", sa.DateTime(), nullable=True))
        batch.create_index("ix_outbox_claim", ["state", "channel", "lane", "id"])
        batch.create_index("ix_outbox_order", ["channel", "key", "lane", "state"])
        batch.create_index("ix_outbox_announcement", ["announcement_id", "state"])
        batch.create_index("ix_outbox_platform", ["channel", "platform"])
    op.execute("update outbox set created_at = due_at")
    # A reply of before was shown with its message; what was not given again within the message is not sent late.
    op.execute("update outbox set state = 'sent', sent_at = due_at where kind = 'reply' and state = 'due'")
    with op.batch_alter_table("outbox") as batch:
        batch.alter_column("created_at", existing_type=sa.DateTime(), nullable=False)
    op.create_table(
        "announcement",
        sa.Column("case_id", sa.BigInteger(), sa.ForeignKey("case_file.id"), primary_key=True),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        _text("run", "none"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _number("people"),
        _text("who"),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.DateTime(), nullable=True),
        sa.Column("frozen_at", sa.DateTime(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        _number("replies"),
    )
    op.create_index("ix_announcement_run", "announcement", ["run"])
    op.create_table(
        "reaction",
        sa.Column("announcement_id", sa.BigInteger(), sa.ForeignKey("announcement.case_id"), primary_key=True),
        sa.Column("person_id", sa.BigInteger(), primary_key=True),
        _text("icon"),
        sa.Column("at", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(), primary_key=True),
        _text("holder"),
        sa.Column("until", sa.DateTime(), nullable=False),
    )
    op.create_table(
        "channel_token",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("alarmed_at", sa.DateTime(), nullable=True),
    )
    op.create_table(
        "arrival",
        sa.Column("id", ROW, primary_key=True, autoincrement=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _number("attempts"),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_arrival_due_at", "arrival", ["due_at"])
    op.create_index("ix_arrival_sender", "arrival", ["sender"])
    op.create_table(
        "reminder",
        sa.Column("person_id", sa.BigInteger(), primary_key=True),
        sa.Column("what", sa.String(), primary_key=True),
        sa.Column("at", sa.DateTime(), nullable=False),
    )


def downgrade() -> None:
    raise NotImplementedError("Going back would lose announcements and tokens: restore a backup instead.")
