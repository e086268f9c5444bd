"""Alembic's entry: it works on the connection that `upgrade` hands over, inside its transaction."""

from alembic import context

from intake.store import meta

context.configure(connection=context.config.attributes["connection"], target_metadata=meta)
context.run_migrations()
