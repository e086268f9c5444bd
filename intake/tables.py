"""The tables of the store.

What people wrote stands in `LargeBinary` columns, sealed; everything else is ids, states, counts and times
(milliseconds since 1970, UTC). The migrations make them; a test holds the two against each other.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Index, LargeBinary, MetaData, Table, Text

meta = MetaData()
_Int = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _where(condition: sa.TextClause) -> dict[str, Any]:
    """Of an index that holds only some rows."""
    return {"sqlite_where": condition, "postgresql_where": condition}


# What was accepted, as it was accepted: sealed once, read by every letter that was made of it.
contents = Table("contents", meta, Column("id", Text, primary_key=True), Column("sealed", LargeBinary, nullable=False))

# One row for each letter taken in: a citizen's (`new`), mail to an alias (`reply`) or a bounce token (`bounce`), or
# what a citizen chose on the page of a link (`wish`).
letters = Table(
    "letters",
    meta,
    Column("id", Text, primary_key=True),
    Column("ticket", Text),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("target", Text, nullable=False),  # `contact`, an agency id, `copy to` one, or the digest of a token
    Column("content", Text, nullable=False),
    Column("kid", Text, nullable=False),
    Column("data_key", LargeBinary),  # sealed; NULL when destroyed
    Column("octets", _Int, nullable=False),
    Column("notice", Text, nullable=False),
    Column("received", _Int, nullable=False),
    Column("state", Text, nullable=False),  # waiting done held duplicate refused destroyed
    Column("attempts", _Int, nullable=False),
    Column("claimed_by", Text, nullable=False),
    Column("due", _Int, nullable=False),  # when the sweeper may hand it out (again)
    Column("digest", Text, unique=True),  # keyed; the worker knows a retransmission by it
    Column("held_because", Text),
    Column("tags", LargeBinary),  # sealed: the spans
    Column("agency", Text),  # chosen by a person: overrides the rules
    Index("letters_due", "state", "due"),
    Index("letters_ticket", "ticket"),
    Index("letters_target", "target", "received"),
)

tickets = Table(
    "tickets",
    meta,
    Column("ref", Text, primary_key=True),
    Column("letter", Text, nullable=False),  # the one that opened it
    Column("linked_to", Text),
    Column("state", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("received", _Int, nullable=False),
    Column("notice", Text, nullable=False),
    Column("agency", Text),
    Column("due", _Int),
    Column("language", Text),
    Column("rule", Text),
    Column("rules_version", Text),
    Column("why", Text),
    Column("tags", Text, nullable=False),  # counts by class, JSON
    Column("held_because", Text),
    Column("citizen", LargeBinary),  # sealed: addresses, language, what the redactor must remember
    Column("consent", Text, nullable=False),  # agencies that may have the address, JSON
    Column("receipt", Text),  # digest of the receipt's code
    Column("priority", Text),  # urgent, or nothing
    Index("tickets_agency", "agency", "received"),
    Index("tickets_state", "state"),
    Index("tickets_receipt", "receipt"),
    Index("tickets_linked", "linked_to", **_where(sa.text("linked_to IS NOT NULL"))),
    Index("tickets_urgent", "state", **_where(sa.text("priority IS NOT NULL"))),
)

# Answers for those who left no address, sealed to their receipt: nobody here can read them.
answers = Table(
    "answers",
    meta,
    Column("letter", Text, primary_key=True),
    Column("ticket", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("created", _Int, nullable=False),
    Index("answers_ticket", "ticket"),
)

aliases = Table(
    "aliases",
    meta,
    Column("digest", Text, primary_key=True),
    Column("ticket", Text, nullable=False),
    Column("side", Text, nullable=False),  # whom it stands for: citizen or agency
    Column("agency", Text, nullable=False),
    Column("state", Text, nullable=False),  # open closed
    Column("token", LargeBinary, nullable=False),  # sealed
    Column("created", _Int, nullable=False),
    Index("aliases_ticket", "ticket"),
)

# What stands in a link that a citizen got by mail: who holds it may choose for this ticket, or say whose letter it was.
links = Table(
    "links",
    meta,
    Column("digest", Text, primary_key=True),
    Column("ticket", Text, nullable=False),
    Column("letter", Text),  # the held letter that the link asks about
    Column("agency", Text),  # the agency that the link asks consent for
    Column("token", LargeBinary, nullable=False),  # sealed
    Column("created", _Int, nullable=False),
    Index("links_ticket", "ticket"),
)

# Whom we never write to: keyed digests of addresses.
suppressed = Table(
    "suppressed",
    meta,
    Column("recipient", Text, primary_key=True),
    Column("since", _Int, nullable=False),
)

outbox = Table(
    "outbox",
    meta,
    Column("id", Text, primary_key=True),  # also its Message-ID: sent twice, it can be recognised
    Column("letter", Text, nullable=False),
    Column("ticket", Text, nullable=False),
    Column("kind", Text, nullable=False),  # redirect answer follow-up acknowledgement note question
    Column("side", Text, nullable=False),  # who gets it: agency or citizen
    Column("agency", Text, nullable=False),
    Column("recipient", Text, nullable=False),  # keyed digest of the address
    Column("sealed", LargeBinary, nullable=False),
    Column("bounce", Text, nullable=False, unique=True),  # digest of the envelope sender's token
    Column("state", Text, nullable=False),  # later queued sent held kept bounced withdrawn
    Column("attempts", _Int, nullable=False),
    Column("claimed_by", Text, nullable=False),
    Column("due", _Int, nullable=False),
    Column("created", _Int, nullable=False),
    Column("sent", _Int),
    Column("held_because", Text),
    Index("outbox_due", "state", "due"),
    Index("outbox_ticket", "ticket"),
    Index("outbox_recipient", "recipient", "created"),
)

events = Table(
    "events",
    meta,
    Column("id", _Int, primary_key=True, autoincrement=True),
    Column("at", _Int, nullable=False),
    Column("what", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("ticket", Text),
    Column("by", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("position", _Int, unique=True),  # NULL until the sealer has chained it
    Column("hash", Text),
    Index("events_ticket", "ticket"),
    Index("events_what", "what"),
    sqlite_autoincrement=True,  # an id of a deleted event is never given again
)

rules_versions = Table(
    "rules_versions",
    meta,
    Column("id", _Int, primary_key=True, autoincrement=True),
    Column("version", Text, nullable=False),
    Column("source", LargeBinary, nullable=False),
    Column("published", _Int, nullable=False),
    Column("by", Text, nullable=False),
    Column("approver", Text),  # the second person, where one was asked
    Column("reason", Text),
    Column("agencies", _Int),  # how many it has; NULL of those from before these were counted
    Column("rules", _Int),
)

# Past letters under a draft of the rules: how far that is. Kept for a week.
replays = Table(
    "replays",
    meta,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # replay, or suggest: what they teach the rules in force
    Column("version", Text, nullable=False),  # of the draft
    Column("source", LargeBinary, nullable=False),
    Column("since", _Int, nullable=False),  # the letters received from then on …
    Column("until", _Int, nullable=False),  # … and before
    Column("by", Text, nullable=False),
    Column("asked", _Int, nullable=False),
    Column("state", Text, nullable=False),  # asked running done failed
    Column("total", _Int, nullable=False),
    Column("done", _Int, nullable=False),
    Column("unread", _Int, nullable=False),  # of these: could not be read
    Column("chosen", _Int, nullable=False),  # of these: a person chose the agency
    Column("last", Text, nullable=False),  # the letter that was looked at last; they go by their ids
    Column("attempts", _Int, nullable=False),  # at the letters behind it
    Column("due", _Int, nullable=False),  # when the sweeper may hand it out (again)
    Column("result", Text),  # what is suggested, JSON
)

# The letters that a draft would send elsewhere.
replayed = Table(
    "replayed",
    meta,
    Column("replay", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("was", Text, nullable=False),  # the agency that has it
    Column("was_by", Text, nullable=False),  # the rule that sent it there
    Column("now", Text, nullable=False),  # the agency under the draft
    Column("now_by", Text, nullable=False),
    Column("chosen", sa.Boolean, nullable=False),  # a person chose where it is
)

users = Table(
    "users",
    meta,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("password", Text, nullable=False),  # Argon2id
    Column("role", Text, nullable=False),  # agency or admin
    Column("agencies", Text, nullable=False),  # JSON list
    Column("session", Text, nullable=False),  # changes when every open session must end
    Column("created", _Int, nullable=False),
)

# Signs of life of each kind of process on each machine. What stands here without a host is none: it is the mark of
# the rules file that a machine saw last.
heartbeats = Table(
    "heartbeats",
    meta,
    Column("name", Text, primary_key=True),
    Column("host", Text, primary_key=True, default=""),
    Column("at", _Int, nullable=False),
    Column("info", Text, nullable=False),
)
