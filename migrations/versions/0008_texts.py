"""Text conversations, their messages and pictures; tools used in them.

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text  # noqa: F401
from sqlalchemy.dialects import postgresql  # noqa: F401

import kit.db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversation",
        sa.Column("customer_e164", sa.String(length=20), nullable=False),
        sa.Column("line_e164", sa.String(length=20), nullable=False),
        sa.Column("department", sa.String(length=20), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("held_by", sa.String(length=120), nullable=False),
        sa.Column("customer_hint_id", sa.String(length=32), nullable=True),
        sa.Column("customer_id", sa.String(length=32), nullable=True),
        sa.Column("verified_level", sa.Integer(), nullable=False),
        sa.Column("unlinked_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column(
            "standing", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False
        ),
        sa.Column("session_began_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("first_turn", sa.Integer(), nullable=False),
        sa.Column("answering_until", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("quiet_until", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_inbound_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_outbound_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=20), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_hint_id"], ["customer.id"], name=op.f("fk_conversation_customer_hint_id_customer")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_conversation_customer_id_customer")),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_conversation_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("rooftop_id", "customer_e164", name=op.f("uq_conversation_rooftop_id_customer_e164")),
    )
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conversation_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index("ix_conversation_newest", ["rooftop_id", "last_inbound_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_conversation_rooftop_id"), ["rooftop_id"], unique=False)

    op.create_table(
        "conversation_epoch",
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("from_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_conversation_epoch_conversation_id_conversation")
        ),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_conversation_epoch_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_epoch")),
        sa.UniqueConstraint("conversation_id", "epoch", name=op.f("uq_conversation_epoch_conversation_id_epoch")),
    )
    with op.batch_alter_table("conversation_epoch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conversation_epoch_rooftop_id"), ["rooftop_id"], unique=False)

    op.create_table(
        "text_message",
        sa.Column("conversation_id", sa.String(length=32), nullable=False),
        sa.Column("direction", sa.String(length=10), nullable=False),
        sa.Column("author", sa.String(length=10), nullable=False),
        sa.Column("author_name", sa.String(length=120), nullable=False),
        sa.Column("message_sid", sa.String(length=64), nullable=True),
        sa.Column("from_e164", sa.String(length=20), nullable=False),
        sa.Column("to_e164", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("taken_as", sa.String(length=20), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("heard_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("handled_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("idem_key", sa.String(length=120), nullable=True),
        sa.Column("in_reply_to_id", sa.String(length=32), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=False),
        sa.Column("prompt_version", sa.String(length=40), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("media_count", sa.Integer(), nullable=False),
        sa.Column("validity_seconds", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("status_rank", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("withheld_by", sa.String(length=80), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_after", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("first_wire_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_text_message_conversation_id_conversation")
        ),
        sa.ForeignKeyConstraint(
            ["in_reply_to_id"], ["text_message.id"], name=op.f("fk_text_message_in_reply_to_id_text_message")
        ),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_text_message_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_message")),
        sa.UniqueConstraint("idem_key", name=op.f("uq_text_message_idem_key")),
        sa.UniqueConstraint("message_sid", name=op.f("uq_text_message_message_sid")),
    )
    with op.batch_alter_table("text_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_text_message_in_reply_to_id"), ["in_reply_to_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_text_message_next_try_at"), ["next_try_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_text_message_rooftop_id"), ["rooftop_id"], unique=False)
        batch_op.create_index("ix_text_message_thread", ["conversation_id", "at"], unique=False)

    op.create_table(
        "text_attempt",
        sa.Column("text_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.Column("resolved_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_text_attempt_rooftop_id_rooftop")),
        sa.ForeignKeyConstraint(["text_id"], ["text_message.id"], name=op.f("fk_text_attempt_text_id_text_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_attempt")),
        sa.UniqueConstraint("text_id", "number", name=op.f("uq_text_attempt_text_id_number")),
    )
    with op.batch_alter_table("text_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_text_attempt_rooftop_id"), ["rooftop_id"], unique=False)

    op.create_table(
        "text_media",
        sa.Column("text_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("media_sid", sa.String(length=64), nullable=False),
        sa.Column("content_type", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("why", sa.String(length=120), nullable=False),
        sa.Column("path", sa.String(length=400), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_text_media_rooftop_id_rooftop")),
        sa.ForeignKeyConstraint(["text_id"], ["text_message.id"], name=op.f("fk_text_media_text_id_text_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_media")),
        sa.UniqueConstraint("text_id", "position", name=op.f("uq_text_media_text_id_position")),
    )
    with op.batch_alter_table("text_media", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_text_media_next_try_at"), ["next_try_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_text_media_rooftop_id"), ["rooftop_id"], unique=False)

    op.create_table(
        "text_status",
        sa.Column("text_id", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=False),
        sa.Column("at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_text_status_rooftop_id_rooftop")),
        sa.ForeignKeyConstraint(["text_id"], ["text_message.id"], name=op.f("fk_text_status_text_id_text_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_status")),
        sa.UniqueConstraint("text_id", "status", "error_code", name=op.f("uq_text_status_text_id_status_error_code")),
    )
    with op.batch_alter_table("text_status", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_text_status_rooftop_id"), ["rooftop_id"], unique=False)

    with op.batch_alter_table("tool_call", schema=None) as batch_op:
        batch_op.add_column(sa.Column("conversation_id", sa.String(length=32), nullable=True))
        batch_op.alter_column("call_id", existing_type=sa.VARCHAR(length=32), nullable=True)
        batch_op.create_unique_constraint(
            batch_op.f("uq_tool_call_conversation_id_tool_call_id"), ["conversation_id", "tool_call_id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_tool_call_conversation_id_conversation"), "conversation", ["conversation_id"], ["id"]
        )


def downgrade() -> None:
    op.execute("delete from tool_call where call_id is null")
    with op.batch_alter_table("tool_call", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_tool_call_conversation_id_conversation"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_tool_call_conversation_id_tool_call_id"), type_="unique")
        batch_op.alter_column("call_id", existing_type=sa.VARCHAR(length=32), nullable=False)
        batch_op.drop_column("conversation_id")

    with op.batch_alter_table("text_status", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_text_status_rooftop_id"))

    op.drop_table("text_status")
    with op.batch_alter_table("text_media", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_text_media_rooftop_id"))
        batch_op.drop_index(batch_op.f("ix_text_media_next_try_at"))

    op.drop_table("text_media")
    with op.batch_alter_table("text_attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_text_attempt_rooftop_id"))

    op.drop_table("text_attempt")
    with op.batch_alter_table("text_message", schema=None) as batch_op:
        batch_op.drop_index("ix_text_message_thread")
        batch_op.drop_index(batch_op.f("ix_text_message_rooftop_id"))
        batch_op.drop_index(batch_op.f("ix_text_message_next_try_at"))
        batch_op.drop_index(batch_op.f("ix_text_message_in_reply_to_id"))

    op.drop_table("text_message")
    with op.batch_alter_table("conversation_epoch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conversation_epoch_rooftop_id"))

    op.drop_table("conversation_epoch")
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_conversation_rooftop_id"))
        batch_op.drop_index("ix_conversation_newest")
        batch_op.drop_index(batch_op.f("ix_conversation_customer_id"))

    op.drop_table("conversation")
