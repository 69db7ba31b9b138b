"""hand offs

Revision: 0010, after 0030
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text  # noqa: F401
from sqlalchemy.dialects import postgresql  # noqa: F401

import kit.db

revision = "0010"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("call_transfer") as batch_op:
        batch_op.add_column(sa.Column("extension", sa.String(length=20), server_default="", nullable=False))
        batch_op.add_column(sa.Column("staff_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("warm", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(
            sa.Column(
                "brief", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=True
            )
        )
        batch_op.add_column(sa.Column("stage", sa.String(length=12), server_default="over", nullable=False))
        batch_op.add_column(sa.Column("rung_at", kit.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("answered_at", kit.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("accepted_at", kit.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("ended_at", kit.db.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("returned_on", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_call_transfer_staff_id_staff"), "staff", ["staff_id"], ["id"])
    op.execute("update call_transfer set stage = 'ringing' where outcome is null")

    with op.batch_alter_table("transfer_target") as batch_op:
        batch_op.add_column(sa.Column("staff_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("cold", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("extension", sa.String(length=20), server_default="", nullable=False))
        batch_op.create_foreign_key(batch_op.f("fk_transfer_target_staff_id_staff"), "staff", ["staff_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("transfer_target") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_transfer_target_staff_id_staff"), type_="foreignkey")
        batch_op.drop_column("extension")
        batch_op.drop_column("cold")
        batch_op.drop_column("staff_id")

    with op.batch_alter_table("call_transfer") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_call_transfer_staff_id_staff"), type_="foreignkey")
        batch_op.drop_column("returned_on")
        batch_op.drop_column("ended_at")
        batch_op.drop_column("accepted_at")
        batch_op.drop_column("answered_at")
        batch_op.drop_column("rung_at")
        batch_op.drop_column("stage")
        batch_op.drop_column("brief")
        batch_op.drop_column("warm")
        batch_op.drop_column("staff_id")
        batch_op.drop_column("extension")
