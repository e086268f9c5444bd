"""what the doors may look up on PostgreSQL: one digest at a time, with the rights of the tables' owner"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_LOOK_UPS = {
    "alias": (
        "side text, state text, created bigint",
        """
        SELECT aliases.side, aliases.state, aliases.created
        FROM aliases
        WHERE aliases.digest = $1
        """,
    ),
    "bounce": (
        "bounce text",
        """
        SELECT outbox.bounce
        FROM outbox
        WHERE outbox.bounce = $1
        """,
    ),
    "link": (
        "created bigint, agency text, holder text, about_letter boolean, answered boolean",
        """
        SELECT links.created, links.agency, tickets.agency AS holder, links.letter IS NOT NULL AS about_letter,
            (EXISTS (SELECT *
            FROM letters AS wish
            WHERE wish.kind = 'wish' AND wish.target = links.digest AND (wish.state = 'waiting' OR (EXISTS (SELECT *
            FROM events
            WHERE events.subject = wish.id AND events.what IN ('wish: mine', 'wish: stranger'))))))
            OR (EXISTS (SELECT *
            FROM letters AS asked
            WHERE asked.id = links.letter AND asked.state IN ('done', 'refused'))) AS answered
        FROM links LEFT OUTER JOIN tickets ON tickets.ref = links.ticket
        WHERE links.digest = $1
        """,
    ),
    "receipt": (
        "ref text, state text, agency text, received bigint, due bigint",
        """
        SELECT tickets.ref, tickets.state, tickets.agency, tickets.received, tickets.due
        FROM tickets
        WHERE tickets.receipt = $1
        """,
    ),
    "answers": (
        "letter text, sealed bytea, created bigint",
        """
        SELECT answers.letter, answers.sealed, answers.created
        FROM answers JOIN tickets ON tickets.ref = answers.ticket
        WHERE tickets.receipt = $1 ORDER BY answers.created
        """,
    ),
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    schema = op.get_bind().scalar(sa.text("SELECT quote_ident(current_schema())"))
    for name, (columns, body) in _LOOK_UPS.items():
        op.execute(
            f"CREATE FUNCTION look_up_{name}(digest text) RETURNS TABLE ({columns}) LANGUAGE sql STABLE "
            # pg_temp last: nobody's temporary table stands in for one of ours
            f"SECURITY DEFINER SET search_path = {schema}, pg_temp AS $${body}$$"
        )
