"""The public form door: the contact form, the status of a receipt, the privacy notice.

The rule it keeps: what is thanked for is committed, and this process can read nothing that it stored. It
holds the public key, a session key and a limit key; everything works without a script, and nothing typed is
lost by an error.
"""

from intake.web.app import create_app
from intake.web.run import main

__all__ = ["create_app", "main"]
