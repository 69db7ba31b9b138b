"""Lists compared with the carrier, the pace of our numbers, calls placed for staff.

Revision: 0041, after 0042
"""

import sqlalchemy as sa
from alembic import op

import kit.db

revision = "0041"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "carrier_list",
        sa.Column("line_e164", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("read_until", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("looked_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("repaired", sa.Integer(), server_default="0", nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_carrier_list_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carrier_list")),
        sa.UniqueConstraint("rooftop_id", "line_e164", "kind", name=op.f("uq_carrier_list_rooftop_id_line_e164_kind")),
    )
    with op.batch_alter_table("carrier_list", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_carrier_list_rooftop_id"), ["rooftop_id"], unique=False)

    op.create_table(
        "sender_pace",
        sa.Column("e164", sa.String(length=20), nullable=False),
        sa.Column("busy_until", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("news_until", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("offers_until", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_sender_pace_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender_pace")),
        sa.UniqueConstraint("rooftop_id", "e164", name=op.f("uq_sender_pace_rooftop_id_e164")),
    )
    with op.batch_alter_table("sender_pace", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sender_pace_rooftop_id"), ["rooftop_id"], unique=False)

    op.create_table(
        "callback_call",
        sa.Column("loop_id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=True),
        sa.Column("idem_key", sa.String(length=80), nullable=False),
        sa.Column("staff_e164", sa.String(length=20), nullable=False),
        sa.Column("customer_e164", sa.String(length=20), nullable=False),
        sa.Column("line_e164", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("says", sa.String(length=200), nullable=False),
        sa.Column("asked_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("started_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("joined_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("over_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("call_sid", sa.String(length=64), nullable=True),
        sa.Column("customer_sid", sa.String(length=64), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.String(length=10), nullable=False),
        sa.Column("rules", sa.String(length=120), nullable=False),
        sa.Column("rules_version", sa.String(length=12), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_callback_call_customer_id_customer")),
        sa.ForeignKeyConstraint(["loop_id"], ["loop.id"], name=op.f("fk_callback_call_loop_id_loop")),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_callback_call_rooftop_id_rooftop")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_callback_call_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_call")),
        sa.UniqueConstraint("call_sid", name=op.f("uq_callback_call_call_sid")),
        sa.UniqueConstraint("idem_key", name=op.f("uq_callback_call_idem_key")),
    )
    with op.batch_alter_table("callback_call", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_callback_call_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_callback_call_next_try_at"), ["next_try_at"], unique=False)
        batch_op.create_index("ix_callback_call_of", ["loop_id", "asked_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_callback_call_rooftop_id"), ["rooftop_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("callback_call", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_callback_call_rooftop_id"))
        batch_op.drop_index("ix_callback_call_of")
        batch_op.drop_index(batch_op.f("ix_callback_call_next_try_at"))
        batch_op.drop_index(batch_op.f("ix_callback_call_customer_id"))

    op.drop_table("callback_call")
    with op.batch_alter_table("sender_pace", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sender_pace_rooftop_id"))

    op.drop_table("sender_pace")
    with op.batch_alter_table("carrier_list", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_carrier_list_rooftop_id"))

    op.drop_table("carrier_list")
