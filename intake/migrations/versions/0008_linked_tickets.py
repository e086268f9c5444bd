"""the tickets that are linked to one"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_LINKED = sa.text("linked_to IS NOT NULL")


def upgrade() -> None:
    op.create_index("tickets_linked", "tickets", ["linked_to"], sqlite_where=_LINKED, postgresql_where=_LINKED)
