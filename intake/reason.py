"""Why a letter or a message is held, or a message kept: the words that each reason begins with.

Ids of rules, names of malware and the like stand behind some of them; never anything a citizen wrote. docs/admin.md
says of each what it means and which way on there is.
"""

from __future__ import annotations

RULE = "rule "
STRAY = "an agency's answer that was sent to a public address"
INFECTED = "an attachment is infected: "
DANGEROUS = "an attachment may do harm: "
MACHINE = "perhaps written by a machine: "
TOO_MANY = "more than "
UNVERIFIED = "unverified agency sender: "
STRANGER = "unknown sender at a citizen's alias"

UNREADABLE = "unreadable: "
POISON = "poison: "
TAMPERED = "tampered: it does not open as what was sealed"

LOOP = "a loop: "
CLOSED = "written to an alias that is closed"
NO_TICKET = "its ticket is gone"
NO_MESSAGE = "a bounce of nothing we know"
NO_ADDRESS = "the writer left no address"
NO_FORM = "no message can be addressed to the writer's address"
UNWANTED = "the writer wants no mail"
NO_AGENCY = "its agency is no longer in the rules"

STOPPED = "egress: "
TAKEN_BACK = "it shows the writer's address, and consent to that was taken back"
MAYBE_SENT = "maybe sent: its worker died three times on it"
NOT_YET = "its letter has not arrived yet"
ONLY_MAIL_TO = "INTAKE_ONLY_MAIL_TO"
NO_SMTPUTF8 = "the smarthost takes no international addresses (RFC 6531)"
SMARTHOST = "smarthost "
AGENCY_REFUSED = "the agency's mailbox refused it"
WRITER_REFUSED = "the writer's mailbox refused it"

JUDGED = (RULE, STRAY, INFECTED, DANGEROUS, MACHINE, TOO_MANY, UNVERIFIED, STRANGER)
"""A person decides: released, a letter is not held for the same reason again."""
UNREAD = (UNREADABLE,)
"""The program could not take the letter in hand: a citizen's may go without its words. Not one that it failed on: its
words can be read, and would be shown and sent as if there were nothing in them to cover."""
FINAL = (LOOP, CLOSED, NO_TICKET, NO_MESSAGE, NO_ADDRESS, NO_FORM)
"""Nothing changes these: tried again, it is held again. It can only end here."""
