"""Alembic's entry: runs on the connection it is given, for either engine."""

from alembic import context
from sqlalchemy import Connection

import crm_sync.delivery_models  # noqa: F401
import crm_sync.models  # noqa: F401
import followup.callback_models  # noqa: F401
import followup.lead_models  # noqa: F401
import followup.loop_models  # noqa: F401
import followup.models  # noqa: F401
import followup.program_models  # noqa: F401
import prompts.models  # noqa: F401
import prompts.tuning_models  # noqa: F401
import record.tables  # noqa: F401
import scheduling.models  # noqa: F401
import visibility.models  # noqa: F401
from kit.db import Base


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        include_name=lambda name, kind, parents: kind != "schema" or name in (None, "public"),
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
