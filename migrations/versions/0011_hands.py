"""One-time codes, the wait list, and when work is due again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text  # noqa: F401
from sqlalchemy.dialects import postgresql  # noqa: F401

import kit.db

revision = "0011"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "maintenance_interval",
        sa.Column("op_code", sa.String(length=20), nullable=False),
        sa.Column("make", sa.String(length=40), nullable=False),
        sa.Column("months", sa.Integer(), nullable=True),
        sa.Column("miles", sa.Integer(), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["rooftop_id"], ["rooftop.id"], name=op.f("fk_maintenance_interval_rooftop_id_rooftop")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_interval")),
        sa.UniqueConstraint(
            "rooftop_id", "op_code", "make", name=op.f("uq_maintenance_interval_rooftop_id_op_code_make")
        ),
    )
    with op.batch_alter_table("maintenance_interval", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_maintenance_interval_rooftop_id"), ["rooftop_id"], unique=False)

    op.create_table(
        "verification_code",
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("occasion", sa.String(length=64), nullable=False),
        sa.Column("to_e164", sa.String(length=20), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("sent_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("used_at", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_verification_code_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_verification_code_rooftop_id_rooftop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_code")),
    )
    with op.batch_alter_table("verification_code", schema=None) as batch_op:
        batch_op.create_index("ix_verification_code_customer", ["customer_id", "sent_at"], unique=False)
        batch_op.create_index("ix_verification_code_number", ["rooftop_id", "to_e164", "sent_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_verification_code_rooftop_id"), ["rooftop_id"], unique=False)

    op.create_table(
        "wait_list",
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("vehicle_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column(
            "op_codes", sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"), nullable=False
        ),
        sa.Column("visit", sa.String(length=12), nullable=False),
        sa.Column("transport", sa.String(length=20), nullable=False),
        sa.Column("earliest", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("latest", kit.db.UtcDateTime(timezone=True), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("contact", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("idempotency_key", sa.String(length=160), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("rooftop_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", kit.db.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_wait_list_customer_id_customer")),
        sa.ForeignKeyConstraint(["rooftop_id"], ["rooftop.id"], name=op.f("fk_wait_list_rooftop_id_rooftop")),
        sa.ForeignKeyConstraint(["vehicle_id"], ["vehicle.id"], name=op.f("fk_wait_list_vehicle_id_vehicle")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wait_list")),
        sa.UniqueConstraint("rooftop_id", "idempotency_key", name=op.f("uq_wait_list_rooftop_id_idempotency_key")),
    )
    with op.batch_alter_table("wait_list", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wait_list_customer_id"), ["customer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_wait_list_rooftop_id"), ["rooftop_id"], unique=False)
        batch_op.create_index("ix_wait_list_waiting", ["rooftop_id", "state", "kind"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("wait_list", schema=None) as batch_op:
        batch_op.drop_index("ix_wait_list_waiting")
        batch_op.drop_index(batch_op.f("ix_wait_list_rooftop_id"))
        batch_op.drop_index(batch_op.f("ix_wait_list_customer_id"))

    op.drop_table("wait_list")
    with op.batch_alter_table("verification_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_verification_code_rooftop_id"))
        batch_op.drop_index("ix_verification_code_number")
        batch_op.drop_index("ix_verification_code_customer")

    op.drop_table("verification_code")
    with op.batch_alter_table("maintenance_interval", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_maintenance_interval_rooftop_id"))

    op.drop_table("maintenance_interval")
