"""The queue: states, clocks, tries, promises, hand-overs, evidence, alarms and the ledger; when people work.

Revision: 0013, after 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text  # noqa: F401
from sqlalchemy.dialects import postgresql  # noqa: F401

import kit.db

revision = "0013"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "loop_policy",
        sa.Column("department", sa.String(length=20), nullable=False),
        sa.Column("first_contact_minutes", sa.Integer(), nullable=True),
        sa.Column("hot_minutes", sa.Integer(), nullable=True),
        sa.Column("second_from_minutes", sa.Integer(), nullable=True),
        sa.Column("second_to_minutes", sa.Integer(), nullable=True),
        sa.Column("warn_percent", sa.Integer(), nullable=True),
        sa.Column("review_after_attempts", sa.Integer(), nullable=True),
        sa.Column("idle_minutes", sa.Integer(), nullable=True),
        sa.Column("director_days", sa.Integer(), nullable=True),
        sa.Column("close_attempts", sa.Integer(), nullable=True),
        sa.Column("close_days", sa.Integer(), nullable=True),
        sa.Column("call_seconds", sa.Integer(), nullable=True),
        sa.Column("accept_minutes", sa.Integer(), nullable=True),
        sa.Column("confirm_ai_minutes", sa.Integer(), nullable=True),
        sa.Column("high_value_cents", sa.Integer(), nullable=True),
        sa.Column("average_order_cents", sa.Integer(), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_loop_policy_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loop_policy")),
        sa.UniqueConstraint("rooftop_id", "department", name=op.f("uq_loop_policy_rooftop_id_department")),
    )
    with op.batch_alter_table("loop_policy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_loop_policy_rooftop_id"), ["rooftop_id"], unique=False)

    op.create_table(
        "staff_away",
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("starts_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_staff_away_rooftop_id_rooftop")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_away_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_away")),
    )
    with op.batch_alter_table("staff_away", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_away_rooftop_id"), ["rooftop_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_staff_away_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "staff_shift",
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_staff_shift_rooftop_id_rooftop")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_shift_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_shift")),
    )
    with op.batch_alter_table("staff_shift", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_shift_rooftop_id"), ["rooftop_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_staff_shift_staff_id"), ["staff_id"], unique=False)

    op.create_table(
        "staff_skill",
        sa.Column("staff_id", sa.String(length=32), nullable=False),
        sa.Column("skill", sa.String(length=30), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_staff_skill_rooftop_id_rooftop")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_skill_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_skill")),
        sa.UniqueConstraint("staff_id", "skill", name=op.f("uq_staff_skill_staff_id_skill")),
    )
    with op.batch_alter_table("staff_skill", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_skill_rooftop_id"), ["rooftop_id"], unique=False)

    op.create_table(
        "completion",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("loop_id", sa.String(length=32), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["loop_id"], ["loop.id"], name=op.f("fk_completion_loop_id_loop")),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_completion_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_completion")),
        sa.UniqueConstraint("rooftop_id", "seq", name=op.f("uq_completion_rooftop_id_seq")),
    )
    with op.batch_alter_table("completion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_completion_loop_id"), ["loop_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_completion_rooftop_id"), ["rooftop_id"], unique=False)

    op.create_table(
        "loop_alarm",
        sa.Column("loop_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.String(length=32), nullable=True),
        sa.Column("since", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("raised_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("cleared_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["loop_id"], ["loop.id"], name=op.f("fk_loop_alarm_loop_id_loop")),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_loop_alarm_rooftop_id_rooftop")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_loop_alarm_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loop_alarm")),
        sa.UniqueConstraint("loop_id", "kind", "since", name=op.f("uq_loop_alarm_loop_id_kind_since")),
    )
    with op.batch_alter_table("loop_alarm", schema=None) as batch_op:
        batch_op.create_index("ix_loop_alarm_for", ["rooftop_id", "staff_id", "cleared_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_loop_alarm_rooftop_id"), ["rooftop_id"], unique=False)

    op.create_table(
        "loop_evidence",
        sa.Column("loop_id", sa.String(length=32), nullable=False),
        sa.Column("part", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=14), nullable=False),
        sa.Column("ref", sa.String(length=40), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["loop_id"], ["loop.id"], name=op.f("fk_loop_evidence_loop_id_loop")),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_loop_evidence_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loop_evidence")),
        sa.UniqueConstraint("loop_id", "part", "kind", "ref", name=op.f("uq_loop_evidence_loop_id_part_kind_ref")),
    )
    with op.batch_alter_table("loop_evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_loop_evidence_rooftop_id"), ["rooftop_id"], unique=False)

    op.create_table(
        "loop_handoff",
        sa.Column("loop_id", sa.String(length=32), nullable=False),
        sa.Column("from_id", sa.String(length=32), nullable=False),
        sa.Column("to_id", sa.String(length=32), nullable=False),
        sa.Column("to_department", sa.String(length=20), nullable=False),
        sa.Column("facts", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False),
        sa.Column("asked_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("accepted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("says", sa.String(length=200), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["from_id"], ["staff.id"], name=op.f("fk_loop_handoff_from_id_staff")),
        sa.ForeignKeyConstraint(["loop_id"], ["loop.id"], name=op.f("fk_loop_handoff_loop_id_loop")),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_loop_handoff_rooftop_id_rooftop")),
        sa.ForeignKeyConstraint(["to_id"], ["staff.id"], name=op.f("fk_loop_handoff_to_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loop_handoff")),
    )
    with op.batch_alter_table("loop_handoff", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_loop_handoff_rooftop_id"), ["rooftop_id"], unique=False)
        batch_op.create_index(
            "uq_loop_handoff_open",
            ["loop_id"],
            unique=True,
            sqlite_where=sa.text("answered_at is null"),
            postgresql_where=sa.text("answered_at is null"),
        )

    op.create_table(
        "loop_promise",
        sa.Column("loop_id", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("made_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("settled_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("settled_as", sa.String(length=10), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["loop_id"], ["loop.id"], name=op.f("fk_loop_promise_loop_id_loop")),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_loop_promise_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loop_promise")),
    )
    with op.batch_alter_table("loop_promise", schema=None) as batch_op:
        batch_op.create_index("ix_loop_promise_open", ["loop_id", "settled_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_loop_promise_rooftop_id"), ["rooftop_id"], unique=False)

    op.create_table(
        "loop_step",
        sa.Column("loop_id", sa.String(length=32), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["loop_id"], ["loop.id"], name=op.f("fk_loop_step_loop_id_loop")),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_loop_step_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loop_step")),
    )
    with op.batch_alter_table("loop_step", schema=None) as batch_op:
        batch_op.create_index("ix_loop_step_of", ["loop_id", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_loop_step_rooftop_id"), ["rooftop_id"], unique=False)

    op.create_table(
        "loop_touch",
        sa.Column("loop_id", sa.String(length=32), nullable=False),
        sa.Column("touch_key", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.String(length=32), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("names_concern", sa.Boolean(), nullable=False),
        sa.Column("ref", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_loop_touch_by_id_staff")),
        sa.ForeignKeyConstraint(["loop_id"], ["loop.id"], name=op.f("fk_loop_touch_loop_id_loop")),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_loop_touch_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loop_touch")),
        sa.UniqueConstraint("loop_id", "touch_key", name=op.f("uq_loop_touch_loop_id_touch_key")),
    )
    with op.batch_alter_table("loop_touch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_loop_touch_ref"), ["ref"], unique=False)
        batch_op.create_index(batch_op.f("ix_loop_touch_rooftop_id"), ["rooftop_id"], unique=False)
        batch_op.create_index("ix_loop_touch_when", ["loop_id", "at"], unique=False)

    with op.batch_alter_table("loop", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.String(length=20), server_default="open", nullable=False))
        batch_op.add_column(sa.Column("stage", sa.String(length=16), server_default="inquiry", nullable=False))
        batch_op.add_column(sa.Column("source", sa.String(length=20), server_default="", nullable=False))
        batch_op.add_column(sa.Column("urgency", sa.String(length=8), server_default="normal", nullable=False))
        batch_op.add_column(sa.Column("requested_service", sa.String(length=200), server_default="", nullable=False))
        batch_op.add_column(sa.Column("vehicle", sa.String(length=120), server_default="", nullable=False))
        batch_op.add_column(sa.Column("next_step", sa.String(length=200), server_default="", nullable=False))
        batch_op.add_column(sa.Column("cause_code", sa.String(length=24), server_default="", nullable=False))
        batch_op.add_column(sa.Column("value_cents", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("due_for", sa.String(length=20), server_default="first_contact", nullable=False))
        batch_op.add_column(sa.Column("first_due_at", kit.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("taken_at", kit.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("snoozed_until", kit.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("last_action_at", kit.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("ai_done_at", kit.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("level", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("waits_for", sa.String(length=80), server_default="", nullable=False))
        batch_op.add_column(sa.Column("next_look_at", kit.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f("ix_loop_next_look_at"), ["next_look_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_loop_waits_for"), ["waits_for"], unique=False)

    # What was open is looked at once; what was closed stays closed.
    op.execute("update loop set first_due_at = due_at, next_look_at = due_at where closed_at is null")
    op.execute("update loop set first_due_at = due_at, state = 'closed' where closed_at is not null")


def downgrade() -> None:
    with op.batch_alter_table("loop", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_loop_waits_for"))
        batch_op.drop_index(batch_op.f("ix_loop_next_look_at"))
        batch_op.drop_column("next_look_at")
        batch_op.drop_column("waits_for")
        batch_op.drop_column("level")
        batch_op.drop_column("ai_done_at")
        batch_op.drop_column("last_action_at")
        batch_op.drop_column("snoozed_until")
        batch_op.drop_column("taken_at")
        batch_op.drop_column("first_due_at")
        batch_op.drop_column("due_for")
        batch_op.drop_column("value_cents")
        batch_op.drop_column("cause_code")
        batch_op.drop_column("next_step")
        batch_op.drop_column("vehicle")
        batch_op.drop_column("requested_service")
        batch_op.drop_column("urgency")
        batch_op.drop_column("source")
        batch_op.drop_column("stage")
        batch_op.drop_column("state")

    with op.batch_alter_table("loop_touch", schema=None) as batch_op:
        batch_op.drop_index("ix_loop_touch_when")
        batch_op.drop_index(batch_op.f("ix_loop_touch_rooftop_id"))
        batch_op.drop_index(batch_op.f("ix_loop_touch_ref"))

    op.drop_table("loop_touch")
    with op.batch_alter_table("loop_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_loop_step_rooftop_id"))
        batch_op.drop_index("ix_loop_step_of")

    op.drop_table("loop_step")
    with op.batch_alter_table("loop_promise", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_loop_promise_rooftop_id"))
        batch_op.drop_index("ix_loop_promise_open")

    op.drop_table("loop_promise")
    with op.batch_alter_table("loop_handoff", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_loop_handoff_open",
            sqlite_where=sa.text("answered_at is null"),
            postgresql_where=sa.text("answered_at is null"),
        )
        batch_op.drop_index(batch_op.f("ix_loop_handoff_rooftop_id"))

    op.drop_table("loop_handoff")
    with op.batch_alter_table("loop_evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_loop_evidence_rooftop_id"))

    op.drop_table("loop_evidence")
    with op.batch_alter_table("loop_alarm", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_loop_alarm_rooftop_id"))
        batch_op.drop_index("ix_loop_alarm_for")

    op.drop_table("loop_alarm")
    with op.batch_alter_table("completion", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_completion_rooftop_id"))
        batch_op.drop_index(batch_op.f("ix_completion_loop_id"))

    op.drop_table("completion")
    with op.batch_alter_table("staff_skill", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_skill_rooftop_id"))

    op.drop_table("staff_skill")
    with op.batch_alter_table("staff_shift", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_shift_staff_id"))
        batch_op.drop_index(batch_op.f("ix_staff_shift_rooftop_id"))

    op.drop_table("staff_shift")
    with op.batch_alter_table("staff_away", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_away_staff_id"))
        batch_op.drop_index(batch_op.f("ix_staff_away_rooftop_id"))

    op.drop_table("staff_away")
    with op.batch_alter_table("loop_policy", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_loop_policy_rooftop_id"))

    op.drop_table("loop_policy")
