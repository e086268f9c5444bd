"""a ticket may be urgent"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tickets", sa.Column("priority", sa.Text(), nullable=True))
    some = sa.text("priority IS NOT NULL")
    op.create_index("tickets_urgent", "tickets", ["state"], sqlite_where=some, postgresql_where=some)
