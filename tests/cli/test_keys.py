"""`placet keys`: rotations, as an operator does them."""

import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from api.cli.claims import read_claims
from api.settings import load_settings
from api.tokens import BadToken
from api.wiring.installation import open_installation
from integrations.keys.signing import new_signing_key
from tests.cli.command_line import CommandLine


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def placet(home: Path) -> CommandLine:
    placet = CommandLine({"PLACET_HOME": str(home)})
    placet("people", "add", "ann@example.com")
    return placet


def accepted(home: Path, token: str) -> bool:
    installed = open_installation(load_settings({"PLACET_HOME": str(home)}))
    try:
        return bool(installed.issuer.verify(token))
    except BadToken:
        return False
    finally:
        installed.close()


def test_a_data_key_is_replaced_by_another(placet: CommandLine, home: Path) -> None:
    old, new = (home / "data.key").read_text(), Fernet.generate_key().decode()
    (home / "data.key").write_text(f"{new}\n{old}")
    ended = placet("keys", "reseal")
    assert (ended.code, ended.out.splitlines()[-1]) == (0, "No secret needs the older data key any more: it can be taken away.")
    (home / "data.key").write_text(new)
    assert placet("people", "list").code == 0
    (home / "data.key").write_text(old)
    assert placet("people", "list").err.startswith("The data key is another than this database was sealed with")


def test_without_a_reseal_the_old_data_key_cannot_be_dropped(placet: CommandLine, home: Path) -> None:
    (home / "data.key").write_text(Fernet.generate_key().decode())
    assert placet("keys", "reseal").err.startswith("The data key is another than this database was sealed with")


def test_a_token_of_the_old_signing_key_is_accepted_until_that_is_dropped(placet: CommandLine, home: Path) -> None:
    old, new = (home / "signing.pem").read_text(), new_signing_key()
    earlier = placet("tokens", "mint", "--person", "ann@example.com").out.strip()
    (home / "signing.pem").write_text(new + old)
    later = placet("tokens", "mint", "--person", "ann@example.com").out.strip()
    assert read_claims(earlier).subject == read_claims(later).subject
    assert (accepted(home, earlier), accepted(home, later)) == (True, True)
    (home / "signing.pem").write_text(new)
    assert (accepted(home, earlier), accepted(home, later)) == (False, True)


def test_the_digest_key_stays_what_it_was(placet: CommandLine, home: Path) -> None:
    before = placet("keys", "digest").out
    (home / "signing.pem").write_text(new_signing_key())
    assert placet("keys", "digest").out == before
    (home / "digest.key").write_text("A" * 43 + "=")
    assert placet("people", "list").err.startswith("The digest key is another than the digests of this database were made with")


def test_a_rotation_is_written_down(placet: CommandLine) -> None:
    assert json.loads(placet("keys", "reseal", "--json").out) == {"resealed": 0, "signed": 0, "busy": [], "lost": []}
    last = json.loads(placet("audit", "export").out.splitlines()[-1])
    assert (last["kind"], last["facts"]["texts"]) == ("reseal", 0)
