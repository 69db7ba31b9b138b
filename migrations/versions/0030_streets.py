"""streets can be looked up

Revision: 0030, after 0011
"""

from alembic import op

revision = "0030"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_customer_street", "customer", ["rooftop_id", "street"])


def downgrade() -> None:
    op.drop_index("ix_customer_street", table_name="customer")
