"""a call has its ten seconds' reading, and a text what it claims

Revision: 0044, after 0043
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kept = sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql")
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.add_column(sa.Column("brief", kept, nullable=True))
    with op.batch_alter_table("claim_flag", schema=None) as batch_op:
        batch_op.add_column(sa.Column("text_id", sa.String(length=32), nullable=True))
        batch_op.alter_column("call_id", existing_type=sa.String(length=32), nullable=True)
        batch_op.create_index(batch_op.f("ix_claim_flag_text_id"), ["text_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_claim_flag_text_id_text_message"), "text_message", ["text_id"], ["id"]
        )


def downgrade() -> None:
    op.execute("delete from claim_flag where call_id is null")
    with op.batch_alter_table("claim_flag", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_claim_flag_text_id_text_message"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_claim_flag_text_id"))
        batch_op.alter_column("call_id", existing_type=sa.String(length=32), nullable=False)
        batch_op.drop_column("text_id")
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.drop_column("brief")
