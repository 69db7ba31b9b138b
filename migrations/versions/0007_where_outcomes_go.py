"""where outcomes go

Revision: 0007, after 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

import kit.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql")


def upgrade() -> None:
    op.create_table(
        "writeback_target",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("settings", _JSON, nullable=False),
        sa.Column("subjects", _JSON, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failing_since", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("paused_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("pause_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_writeback_target_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_writeback_target")),
        sa.UniqueConstraint("rooftop_id", "name", name=op.f("uq_writeback_target_rooftop_id_name")),
    )
    with op.batch_alter_table("writeback_target") as batch_op:
        batch_op.create_index(batch_op.f("ix_writeback_target_rooftop_id"), ["rooftop_id"], unique=False)

    with op.batch_alter_table("writeback") as batch_op:
        batch_op.add_column(sa.Column("subject_kind", sa.String(length=20), nullable=True))
        batch_op.add_column(sa.Column("subject_id", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("subject_version", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("proof", sa.String(length=12), nullable=True))
    # Until now there were dispositions only, and every target was read back.
    op.execute("update writeback set subject_kind = 'disposition', subject_id = disposition_id, subject_version = 1")
    op.execute("update writeback set proof = 'read_back' where state = 'acked'")
    with op.batch_alter_table("writeback") as batch_op:
        batch_op.alter_column("subject_kind", existing_type=sa.String(length=20), nullable=False)
        batch_op.alter_column("subject_id", existing_type=sa.String(length=40), nullable=False)
        batch_op.alter_column("subject_version", existing_type=sa.Integer(), nullable=False)
        batch_op.drop_constraint(batch_op.f("uq_writeback_target_disposition_id"), type_="unique")
        batch_op.drop_constraint(batch_op.f("fk_writeback_disposition_id_disposition"), type_="foreignkey")
        batch_op.drop_column("disposition_id")
        batch_op.create_unique_constraint(
            batch_op.f("uq_writeback_target_subject_kind_subject_id_subject_version"),
            ["target", "subject_kind", "subject_id", "subject_version"],
        )
        batch_op.create_index(batch_op.f("ix_writeback_subject_id"), ["subject_id"], unique=False)


def downgrade() -> None:
    # The older schema has no place for anything but dispositions.
    op.execute("delete from writeback where subject_kind <> 'disposition' or subject_version <> 1")
    op.execute("update writeback set state = 'pending', next_try_at = created_at where state = 'held'")
    with op.batch_alter_table("writeback") as batch_op:
        batch_op.add_column(sa.Column("disposition_id", sa.String(length=32), nullable=True))
    op.execute("update writeback set disposition_id = subject_id")
    with op.batch_alter_table("writeback") as batch_op:
        batch_op.alter_column("disposition_id", existing_type=sa.String(length=32), nullable=False)
        batch_op.drop_index(batch_op.f("ix_writeback_subject_id"))
        batch_op.drop_constraint(
            batch_op.f("uq_writeback_target_subject_kind_subject_id_subject_version"), type_="unique"
        )
        for column in ("subject_kind", "subject_id", "subject_version", "proof"):
            batch_op.drop_column(column)
        batch_op.create_unique_constraint(
            batch_op.f("uq_writeback_target_disposition_id"), ["target", "disposition_id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_writeback_disposition_id_disposition"), "disposition", ["disposition_id"], ["id"]
        )
    with op.batch_alter_table("writeback_target") as batch_op:
        batch_op.drop_index(batch_op.f("ix_writeback_target_rooftop_id"))
    op.drop_table("writeback_target")
