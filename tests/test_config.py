"""Settings: read once, frozen, and a wrong value is one line that names the cure."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from intake.config import Config, read_config
from intake.errors import Misconfigured


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No .env and no INTAKE_ variable of the machine's."""
    monkeypatch.chdir(tmp_path)
    import os

    for name in [n for n in os.environ if n.startswith("INTAKE_")]:
        monkeypatch.delenv(name)


def test_the_defaults_are_the_contract_s() -> None:
    """An installation without any setting listens where CONTRACT.md says."""
    config = read_config()
    assert (config.smtp_listen, config.web_listen, config.desk_listen) == (
        "127.0.0.1:2525",
        "127.0.0.1:8000",
        "127.0.0.1:8001",
    )
    assert (config.mail_domain, config.smarthost, config.acknowledge, config.rate_limits) == (
        "intake.example",
        "",
        True,
        True,
    )
    assert config.home == Path.cwd() / "var"
    assert config.database == f"sqlite:///{Path.cwd()}/var/store/intake.db"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("INTAKE_SMTP_LISTEN", "2525", "host:port"),
        ("INTAKE_WEB_LISTEN", "127.0.0.1:99999", "host:port"),
        ("INTAKE_SMARTHOST", "mail.example", "host:port"),
        ("INTAKE_MAIL_DOMAIN", "not a domain", "intake.example.gov"),
        ("INTAKE_REDIS_URL", "localhost", "redis://"),
        ("INTAKE_ACKNOWLEDGE", "perhaps", "INTAKE_ACKNOWLEDGE"),
        ("INTAKE_MAX_OCTETS", "1", "INTAKE_MAX_OCTETS"),
        ("INTAKE_DNS", "dns.example:53", "127.0.0.1:53"),
        ("INTAKE_DNS", "127.0.0.1", "127.0.0.1:53"),
        ("INTAKE_TRUSTED_NETWORKS", "10.0.0.1/8, here", "10.1.0.0/16"),
        ("INTAKE_CLAMD", "clamd", "host:port"),
    ],
)
def test_a_wrong_value_is_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str) -> None:
    """The line begins with the variable and says what to write."""
    monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured) as caught:
        read_config()
    assert str(caught.value).startswith(name)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("word", "value"), [("on", True), ("off", False)])
def test_switches_are_on_and_off(monkeypatch: pytest.MonkeyPatch, word: str, value: bool) -> None:
    """INTAKE_ACKNOWLEDGE and INTAKE_RATE_LIMITS take on and off."""
    monkeypatch.setenv("INTAKE_ACKNOWLEDGE", word)
    monkeypatch.setenv("INTAKE_RATE_LIMITS", word)
    assert (read_config().acknowledge, read_config().rate_limits) == (value, value)


def test_dot_env_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """A .env file stands for the environment, which overrides it."""
    Path(".env").write_text("INTAKE_MAIL_DOMAIN=a.example\nINTAKE_WEB_LISTEN=127.0.0.1:1\n")
    monkeypatch.setenv("INTAKE_WEB_LISTEN", "127.0.0.1:2")
    assert (read_config().mail_domain, read_config().web_listen) == ("a.example", "127.0.0.1:2")


def test_settings_are_frozen() -> None:
    """Nobody changes a setting behind the others' back."""
    with pytest.raises(ValidationError):
        read_config().mail_domain = "x.example"  # type: ignore[misc]


def test_a_list_of_allowed_destinations_is_split(monkeypatch: pytest.MonkeyPatch) -> None:
    """INTAKE_ONLY_MAIL_TO takes domains and addresses, with commas."""
    monkeypatch.setenv("INTAKE_ONLY_MAIL_TO", "Agencies.example, a@b.example")
    assert read_config().only_mail_to == {"agencies.example", "a@b.example"}


def test_a_long_home_still_has_a_socket_that_fits(tmp_path: Path) -> None:
    """unix(7): a socket's path ends at 107 octets, a folder's name does not."""
    config = Config(home=tmp_path / ("x" * 150), _env_file=None)  # type: ignore[call-arg]
    assert len(str(config.socket)) <= 100
    assert config.socket != Config(home=tmp_path / ("y" * 150), _env_file=None).socket  # type: ignore[call-arg]


def test_networks_and_sockets_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists with commas, IPv4 and IPv6; a socket's path for clamd."""
    monkeypatch.setenv("INTAKE_TRUSTED_NETWORKS", "10.1.0.0/16, 192.0.2.7,2001:db8::/32")
    monkeypatch.setenv("INTAKE_CLAMD", "/run/clamav/clamd.ctl")
    monkeypatch.setenv("INTAKE_DNS", "[::1]:53")
    config = read_config()
    assert [str(network) for network in config.trusted_networks] == ["10.1.0.0/16", "192.0.2.7/32", "2001:db8::/32"]
    assert (config.clamd, config.dns) == ("/run/clamav/clamd.ctl", "[::1]:53")
