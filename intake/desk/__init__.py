"""The staff desk: an agency's letters as it may see them, what is held, and the local mail of an embedded
installation.

The rule it keeps: a ticket of another agency does not exist here (404, and a line in the audit trail), a
letter is opened only through `intake.view`, which records it first, and no page's address holds anything but
references.
"""

from intake.desk.app import create_app
from intake.desk.run import main

__all__ = ["create_app", "main"]
