"""HTML mail as plain text: what its reader would have seen, and nothing that only machines see.

The rule this package keeps: bounded time on any input. lexbor's tree takes quadratic time on deeply nested or never
closed elements (200 000 `<div>`: minutes) and on the choices of a field, so these are counted first, and what is absurd
is stripped flat (`bound`). Scripts, styles, comments and hidden elements never reach the text, and of attributes only
what a browser shows or does when it is pressed: what was typed or chosen, numbers of a list, the words for a picture,
where a link leads (`element`). What was struck out says so. Nothing is loaded. `walk` goes through the page and lets
the text (`page`) grow.
"""

from selectolax.lexbor import LexborHTMLParser

from intake.html.bound import costs_too_much, flat
from intake.html.walk import walk

LARGEST = 1_000_000  # characters read; a longer page is cut, and `mime` says so


def to_text(html: str, mailboxes: bool = False) -> str:
    """The visible text of `html`; lines end in \\n, quotations are marked with "> ", list items with "- " or "3. ", and
    the cells of a row are parted by tabs, as browsers copy them.

    `mailboxes`: whether what a link writes to is shown behind its words, as where it leads is. Never raises; reads at
    most LARGEST characters.
    """
    html = html[:LARGEST].replace("\0", "")
    return flat(html) if costs_too_much(html) else walk(LexborHTMLParser(html).root, mailboxes)
