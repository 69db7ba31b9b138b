"""What a text was permitted by, what it is about, and what the carriers know our numbers as.

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text  # noqa: F401
from sqlalchemy.dialects import postgresql  # noqa: F401

import kit.db

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sender_registration",
        sa.Column("e164", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("campaign", sa.String(length=60), nullable=False),
        sa.Column(
            "purposes", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False
        ),
        sa.Column("checked_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_sender_registration_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender_registration")),
        sa.UniqueConstraint("rooftop_id", "e164", name=op.f("uq_sender_registration_rooftop_id_e164")),
    )
    with op.batch_alter_table("sender_registration", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sender_registration_rooftop_id"), ["rooftop_id"], unique=False)

    with op.batch_alter_table("text_message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=24), server_default="", nullable=False))
        batch_op.add_column(sa.Column("subject", sa.String(length=80), server_default="", nullable=False))
        batch_op.add_column(sa.Column("stale_after", kit.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("rules", sa.String(length=120), server_default="", nullable=False))
        batch_op.add_column(sa.Column("rules_version", sa.String(length=12), server_default="", nullable=False))
        batch_op.add_column(sa.Column("local_minute", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("window_opens", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("window_closes", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_text_message_subject"), ["subject"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("text_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_text_message_subject"))
        batch_op.drop_column("window_closes")
        batch_op.drop_column("window_opens")
        batch_op.drop_column("local_minute")
        batch_op.drop_column("rules_version")
        batch_op.drop_column("rules")
        batch_op.drop_column("stale_after")
        batch_op.drop_column("subject")
        batch_op.drop_column("kind")

    with op.batch_alter_table("sender_registration", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sender_registration_rooftop_id"))

    op.drop_table("sender_registration")
