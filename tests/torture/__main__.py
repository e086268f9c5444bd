"""`python -m tests.torture`: hostile mail over the real road, and a table by hiding place for docs/privacy.md."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import structlog

from tests.torture import answers, corpus, letters
from tests.torture.passage import Passed, installation, quoted_back, towards_agencies, towards_citizens

_NAMES = {
    "header": "header fields, parts' headers, parameters, boundaries",
    "body": "character sets and transfer encodings",
    "pasted": "encoded or structured text pasted into the letter",
    "quotation": "quotations, forwarding blocks, signatures",
    "disguise": "disguises in plain text",
    "html": "HTML",
    "file": "attachments and their names",
    "anew": "attachments that are written anew",
    "report": "reports and machine mail",
    "malformed": "malformed mail",
    "token": "our own links and aliases, quoted back",
    "answer": "answers of agencies: staff's own address",
    "corpus": "the corpus beside the project",
}


def row(name: str, passed: Sequence[Passed]) -> str:
    """One line of the table."""
    leaks = [sum(bool(p.leaks) and p.case.level == level for p in passed) for level in ("must", "should", "best")]
    grades = [sum(p.case.level == level for p in passed) for level in ("must", "should", "best")]
    told = [f"{leak} of {grade}" if grade else "-" for leak, grade in zip(leaks, grades, strict=True)]
    held = sum(not p.left and p.state != "duplicate" for p in passed)
    gone = [p for p in passed if p.left and p.case.honest]
    kept = f"{sum(p.honest for p in gone)} of {len(gone)}" if gone else "-"
    return f"| {name} | {len(passed)} | {' | '.join(told)} | {held} | {kept} |"


def main() -> None:
    """Print the table."""
    logging.disable()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with installation() as road:
        out = towards_agencies(road, letters())
        back = towards_citizens(road, answers())
        ours = quoted_back(road)
        others = towards_agencies(road, corpus())
    print("| hiding place | cases | must leaked | should leaked | best leaked | held for a person | honest text kept |")
    print("|---|---|---|---|---|---|---|")
    for group in dict.fromkeys(p.case.group for p in out):
        print(row(_NAMES[group], [p for p in out if p.case.group == group]))
    print(row(_NAMES["answer"], back))
    print(row(_NAMES["token"], ours))
    if others:
        print(row(_NAMES["corpus"], others))


if __name__ == "__main__":
    main()
