"""The house: who may import whom, and what no file may hold."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOORS = {
    "intake.smtp",
    "intake.web",
    "intake.desk",
    "intake.cli",
    "intake.up",
    "intake.doctor",
    "intake.metrics",
    "intake.samples",
}
HOMES = {
    "flask": ("intake.web", "intake.desk"),
    "aiosmtpd": ("intake.smtp",),
    "celery": ("intake.queue", "workers.app", "workers.watchdog"),
    "billiard": ("workers.step", "workers.deliver"),
    "cryptography": ("intake.vault", "intake.receipt", "intake.sender", "intake.signer", "intake.doctor"),
    "re2": (
        "intake.pii",
        "intake.routing",
        "intake.html",
        "intake.mime",
        "intake.machine",
        "intake.redact",
        "intake.egress",
        "intake.echo",
    ),
    "yaml": ("intake.routing",),
    "alembic": ("intake.migrations",),
    "gunicorn": ("intake.web",),
    "selectolax": ("intake.html",),
    "redis": ("intake.queue", "intake.doctor"),
    "prometheus_client": ("intake.metrics",),
    "argon2": ("intake.users",),
    "numpy": ("intake.pii", "intake.echo", "intake.routing.suggest"),
    "pypdf": ("intake.attachment",),
    "dns": ("intake.sender",),
    "spf": ("intake.sender",),
    "authheaders": ("intake.sender",),
    "publicsuffix2": ("intake.sender",),
    "dkim": ("intake.sender", "intake.signer"),
    "PIL": ("intake.attachment",),
    "fpdf": ("intake.attachment",),
    "docx": ("intake.attachment",),
}
FILES = sorted([*(ROOT / "intake").rglob("*.py"), *(ROOT / "workers").rglob("*.py")])


def module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def within(name: str, places: tuple[str, ...] | set[str]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


@pytest.mark.parametrize("library", HOMES)
def test_each_library_has_its_home(library: str) -> None:
    """A library is imported where its job is done, and nowhere else."""
    strangers = [
        module(p) for p in FILES if within_library(imports(p), library) and not within(module(p), HOMES[library])
    ]
    assert strangers == []


def within_library(names: set[str], library: str) -> bool:
    return any(name == library or name.startswith(f"{library}.") for name in names)


def test_the_domain_knows_no_door_and_no_worker() -> None:
    """doors → domain ← workers: nothing of the domain imports a door or a worker."""
    wrong = [
        (module(p), name)
        for p in FILES
        if module(p).startswith("intake") and not within(module(p), DOORS)
        for name in imports(p)
        if within(name, DOORS) or name.startswith("workers")
    ]
    assert wrong == []


def test_the_public_doors_never_reach_for_what_opens_a_letter() -> None:
    """Promise 3: neither public door imports the private half of the vault, the reader or the tagger."""
    doors = [p for p in FILES if within(module(p), ("intake.smtp", "intake.web", "intake.door", "intake.recipient"))]
    opening = {"intake.vault.load_vault", "intake.vault.Vault", "intake.reader", "intake.view", "intake.pii"}
    assert [(module(p), name) for p in doors for name in imports(p) & opening] == []


def test_no_folder_is_named_after_nothing() -> None:
    """Flat nouns of the trade: no utils, helpers, common, core, manager, base."""
    bad = {"utils", "util", "helpers", "helper", "common", "core", "manager", "base", "misc"}
    assert [p for p in FILES if bad & set(p.with_suffix("").parts)] == []


def test_no_file_names_a_registry_s_host() -> None:
    """Lock files and the rest fetch by name from whatever registry the machine is set up for."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    hosts = [b"pypi" + b".org", b"pythonhosted" + b".org", b"registry.npm" + b"js", b"deb.debian" + b".org"]
    found = [f for f in listed if (ROOT / f).is_file() and any(h in (ROOT / f).read_bytes() for h in hosts)]
    assert found == []


def test_every_module_says_what_it_is_for() -> None:
    """Each module opens with prose."""
    assert [module(p) for p in FILES if not ast.get_docstring(ast.parse(p.read_text()))] == []
