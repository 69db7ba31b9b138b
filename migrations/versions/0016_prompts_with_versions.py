"""Prompts with versions: drafts, frozen texts, and the ledger of what was live.

Revision: 0016, after 0014
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

import kit.db

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "prompt_version",
        sa.Column("agent", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("why", sa.String(length=400), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("based_on_id", sa.String(length=32), nullable=True),
        sa.Column("advice", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["based_on_id"], ["prompt_version.id"], name=op.f("fk_prompt_version_based_on_id_prompt_version")
        ),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_prompt_version_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompt_version")),
        sa.UniqueConstraint("rooftop_id", "agent", "number", name=op.f("uq_prompt_version_rooftop_id_agent_number")),
    )
    with op.batch_alter_table("prompt_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prompt_version_rooftop_id"), ["rooftop_id"], unique=False)

    op.create_table(
        "prompt_draft",
        sa.Column("agent", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("based_on_id", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_by", sa.String(length=120), nullable=False),
        sa.Column("updated_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["based_on_id"], ["prompt_version.id"], name=op.f("fk_prompt_draft_based_on_id_prompt_version")
        ),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_prompt_draft_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompt_draft")),
    )
    with op.batch_alter_table("prompt_draft", schema=None) as batch_op:
        batch_op.create_index("ix_prompt_draft_open", ["rooftop_id", "agent", "closed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_prompt_draft_rooftop_id"), ["rooftop_id"], unique=False)

    op.create_table(
        "prompt_move",
        sa.Column("agent", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=10), nullable=False),
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("why", sa.String(length=400), nullable=False),
        sa.Column("at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_prompt_move_rooftop_id_rooftop")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["prompt_version.id"], name=op.f("fk_prompt_move_version_id_prompt_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompt_move")),
        sa.UniqueConstraint("rooftop_id", "agent", "seq", name=op.f("uq_prompt_move_rooftop_id_agent_seq")),
    )
    with op.batch_alter_table("prompt_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_prompt_move_rooftop_id"), ["rooftop_id"], unique=False)

    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.create_index("ix_call_prompt", ["rooftop_id", "prompt_version"], unique=False)

    with op.batch_alter_table("text_message", schema=None) as batch_op:
        batch_op.create_index("ix_text_message_prompt", ["rooftop_id", "prompt_version"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("text_message", schema=None) as batch_op:
        batch_op.drop_index("ix_text_message_prompt")

    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.drop_index("ix_call_prompt")

    with op.batch_alter_table("prompt_move", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prompt_move_rooftop_id"))

    op.drop_table("prompt_move")
    with op.batch_alter_table("prompt_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prompt_draft_rooftop_id"))
        batch_op.drop_index("ix_prompt_draft_open")

    op.drop_table("prompt_draft")
    with op.batch_alter_table("prompt_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_prompt_version_rooftop_id"))

    op.drop_table("prompt_version")
