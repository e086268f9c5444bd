"""signs of life are kept for each machine"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    old = sa.table("heartbeats", sa.column("name"), sa.column("at"), sa.column("info"))
    # Signs of life are seconds old, and come again. The marks of the rules files that were seen do not.
    marks = op.get_bind().execute(sa.select(old).where(old.c.name.like("rules %"))).mappings().all()
    op.drop_table("heartbeats")
    made = op.create_table(
        "heartbeats",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("info", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "host"),
    )
    op.bulk_insert(made, [{**mark, "host": ""} for mark in marks])
