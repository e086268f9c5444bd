"""links of citizens, addresses that are not written to, letters by target"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL statement_timeout = 0")  # an index over many letters takes its time
    op.create_table(
        "links",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("ticket", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=True),
        sa.Column("agency", sa.Text(), nullable=True),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("created", _INT, nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("links_ticket", "links", ["ticket"], unique=False)
    op.create_table(
        "suppressed",
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("since", _INT, nullable=False),
        sa.PrimaryKeyConstraint("recipient"),
    )
    op.create_index("letters_target", "letters", ["target", "received"], unique=False)
