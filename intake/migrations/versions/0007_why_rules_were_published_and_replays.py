"""who approved published rules and why they were published; past letters under a draft of the rules"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for name, kind in (("approver", sa.Text()), ("reason", sa.Text()), ("agencies", _INT), ("rules", _INT)):
        op.add_column("rules_versions", sa.Column(name, kind))
    op.create_table(
        "replays",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("since", _INT, nullable=False),
        sa.Column("until", _INT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("asked", _INT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total", _INT, nullable=False),
        sa.Column("done", _INT, nullable=False),
        sa.Column("unread", _INT, nullable=False),
        sa.Column("chosen", _INT, nullable=False),
        sa.Column("last", sa.Text(), nullable=False),
        sa.Column("attempts", _INT, nullable=False),
        sa.Column("due", _INT, nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "replayed",
        sa.Column("replay", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("was_by", sa.Text(), nullable=False),
        sa.Column("now", sa.Text(), nullable=False),
        sa.Column("now_by", sa.Text(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("replay", "ref"),
    )
