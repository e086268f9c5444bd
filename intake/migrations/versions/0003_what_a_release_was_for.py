"""what a person released a letter for stands in the audit trail: no flag beside it"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("letters") as letters:  # SQLite before 3.35 can drop no column in place
        letters.drop_column("released")
