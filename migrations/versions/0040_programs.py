"""Outreach programs with their people and touches, and the store's own numbers for being in touch.

Revision: 0040, after 0041
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

import kit.db

revision = "0040"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_policy",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("offers_week", sa.Integer(), nullable=False),
        sa.Column("offers_month", sa.Integer(), nullable=False),
        sa.Column("touches_week", sa.Integer(), nullable=False),
        sa.Column("touches_month", sa.Integer(), nullable=False),
        sa.Column("texts_day", sa.Integer(), nullable=False),
        sa.Column("offers_open", sa.Integer(), nullable=False),
        sa.Column("offers_close", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("why", sa.String(length=400), nullable=False),
        sa.Column("at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_contact_policy_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_policy")),
        sa.UniqueConstraint("rooftop_id", "number", name=op.f("uq_contact_policy_rooftop_id_number")),
    )
    with op.batch_alter_table("contact_policy") as batch_op:
        batch_op.create_index("ix_contact_policy_rooftop_id", ["rooftop_id"], unique=False)

    op.create_table(
        "program",
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rules", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False),
        sa.Column("paused_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("look_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_program_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program")),
        sa.UniqueConstraint("rooftop_id", "kind", name=op.f("uq_program_rooftop_id_kind")),
    )
    with op.batch_alter_table("program") as batch_op:
        batch_op.create_index("ix_program_look_at", ["look_at"], unique=False)
        batch_op.create_index("ix_program_rooftop_id", ["rooftop_id"], unique=False)

    op.create_table(
        "program_change",
        sa.Column("program_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=10), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("why", sa.String(length=400), nullable=False),
        sa.Column("at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("rules", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_program_change_program_id_program")),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_program_change_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_change")),
        sa.UniqueConstraint("program_id", "number", name=op.f("uq_program_change_program_id_number")),
    )
    with op.batch_alter_table("program_change") as batch_op:
        batch_op.create_index("ix_program_change_rooftop_id", ["rooftop_id"], unique=False)

    op.create_table(
        "program_enrollment",
        sa.Column("program_id", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("counts_from", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=True),
        sa.Column("next_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("enrolled_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("began_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("stop_reason", sa.String(length=120), nullable=False),
        sa.Column("came_ref", sa.String(length=32), nullable=True),
        sa.Column("came_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("came_cents", sa.Integer(), nullable=True),
        sa.Column("credited", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_program_enrollment_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_program_enrollment_program_id_program")),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_program_enrollment_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_enrollment")),
        sa.UniqueConstraint(
            "rooftop_id", "program_id", "subject", name=op.f("uq_program_enrollment_rooftop_id_program_id_subject")
        ),
    )
    with op.batch_alter_table("program_enrollment") as batch_op:
        batch_op.create_index("ix_program_enrollment_customer_id", ["customer_id"], unique=False)
        batch_op.create_index("ix_program_enrollment_next_at", ["next_at"], unique=False)
        batch_op.create_index("ix_program_enrollment_outcome", ["rooftop_id", "began_at"], unique=False)
        batch_op.create_index("ix_program_enrollment_rooftop_id", ["rooftop_id"], unique=False)
        batch_op.create_index("ix_program_enrollment_state", ["program_id", "state", "next_at"], unique=False)

    op.create_table(
        "program_touch",
        sa.Column("enrollment_id", sa.String(length=32), nullable=False),
        sa.Column("program_id", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=8), nullable=False),
        sa.Column("at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("budgeted", sa.Boolean(), nullable=False),
        sa.Column("ref", sa.String(length=40), nullable=False),
        sa.Column("says", sa.String(length=240), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_program_touch_customer_id_customer")),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["program_enrollment.id"], name=op.f("fk_program_touch_enrollment_id_program_enrollment")
        ),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_program_touch_program_id_program")),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_program_touch_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_touch")),
        sa.UniqueConstraint("enrollment_id", "after", "by", name=op.f("uq_program_touch_enrollment_id_after_by")),
    )
    with op.batch_alter_table("program_touch") as batch_op:
        batch_op.create_index("ix_program_touch_customer", ["customer_id", "at"], unique=False)
        batch_op.create_index("ix_program_touch_program", ["program_id", "at"], unique=False)
        batch_op.create_index("ix_program_touch_ref", ["ref"], unique=False)
        batch_op.create_index("ix_program_touch_rooftop_id", ["rooftop_id"], unique=False)

    with op.batch_alter_table("contact_event") as batch_op:
        batch_op.create_index("ix_contact_event_contact", ["rooftop_id", "contact", "at"], unique=False)

    with op.batch_alter_table("conversation") as batch_op:
        batch_op.create_index("ix_conversation_hint", ["rooftop_id", "customer_hint_id"], unique=False)

    with op.batch_alter_table("recommendation") as batch_op:
        batch_op.create_index("ix_recommendation_until", ["rooftop_id", "deferred_until"], unique=False)

    with op.batch_alter_table("repair_order") as batch_op:
        batch_op.drop_index("ix_repair_order_vehicle")
        batch_op.create_index("ix_repair_order_vehicle", ["rooftop_id", "vehicle_id", "opened_at"], unique=False)
        batch_op.create_index("ix_repair_order_closed", ["rooftop_id", "closed_at"], unique=False)
        batch_op.create_index("ix_repair_order_opened", ["rooftop_id", "opened_at"], unique=False)

    with op.batch_alter_table("special_order_part") as batch_op:
        batch_op.create_index("ix_special_order_part_received", ["rooftop_id", "state", "received_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("special_order_part") as batch_op:
        batch_op.drop_index("ix_special_order_part_received")

    with op.batch_alter_table("repair_order") as batch_op:
        batch_op.drop_index("ix_repair_order_opened")
        batch_op.drop_index("ix_repair_order_closed")
        batch_op.drop_index("ix_repair_order_vehicle")
        batch_op.create_index("ix_repair_order_vehicle", ["rooftop_id", "vehicle_id"], unique=False)

    with op.batch_alter_table("recommendation") as batch_op:
        batch_op.drop_index("ix_recommendation_until")

    with op.batch_alter_table("conversation") as batch_op:
        batch_op.drop_index("ix_conversation_hint")

    with op.batch_alter_table("contact_event") as batch_op:
        batch_op.drop_index("ix_contact_event_contact")

    with op.batch_alter_table("program_touch") as batch_op:
        batch_op.drop_index("ix_program_touch_rooftop_id")
        batch_op.drop_index("ix_program_touch_ref")
        batch_op.drop_index("ix_program_touch_program")
        batch_op.drop_index("ix_program_touch_customer")

    op.drop_table("program_touch")
    with op.batch_alter_table("program_enrollment") as batch_op:
        batch_op.drop_index("ix_program_enrollment_state")
        batch_op.drop_index("ix_program_enrollment_rooftop_id")
        batch_op.drop_index("ix_program_enrollment_outcome")
        batch_op.drop_index("ix_program_enrollment_next_at")
        batch_op.drop_index("ix_program_enrollment_customer_id")

    op.drop_table("program_enrollment")
    with op.batch_alter_table("program_change") as batch_op:
        batch_op.drop_index("ix_program_change_rooftop_id")

    op.drop_table("program_change")
    with op.batch_alter_table("program") as batch_op:
        batch_op.drop_index("ix_program_rooftop_id")
        batch_op.drop_index("ix_program_look_at")

    op.drop_table("program")
    with op.batch_alter_table("contact_policy") as batch_op:
        batch_op.drop_index("ix_contact_policy_rooftop_id")

    op.drop_table("contact_policy")
