"""How Placet starts, and what it says when it cannot."""

import sqlite3
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from api.settings import Settings, SettingsError, load_settings
from api.wiring.installation import Installation, open_installation
from api.wiring.providers import access_provider, release_provider
from api.wiring.service import wire
from api.wiring.upkeep import migrate_database
from integrations.webhooks.access import WebhookAccess
from integrations.webhooks.release import WebhookRelease
from tests.api.edge import new_issuer
from tests.databases import PostgresTemplates

SECRET = "whsec_" + "c2VjcmV0" * 4


def at(home: Path, **more: str) -> Settings:
    return load_settings({"PLACET_HOME": str(home), **{f"PLACET_{name.upper()}": value for name, value in more.items()}})


def opened(settings: Settings) -> Installation:
    installation = open_installation(settings)
    installation.close()
    return installation


def refusal(settings: Settings) -> str:
    with pytest.raises(SettingsError) as refused:
        opened(settings)
    return str(refused.value)


def given_keys(home: Path) -> dict[str, str]:
    home.mkdir(mode=0o700, exist_ok=True)
    key = home / "given.pem"
    key.touch(0o600)
    key.write_text(new_issuer().signing_key)
    return {"data_key": Fernet.generate_key().decode(), "digest_key": Fernet.generate_key().decode(), "signing_key_file": str(key)}


def test_an_empty_directory_becomes_a_home_that_others_cannot_read(tmp_path: Path) -> None:
    first = opened(at(tmp_path / "home"))
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    again = opened(at(tmp_path / "home"))
    assert again.issuer.verifying_key == first.issuer.verifying_key
    assert again.vault.open(first.vault.seal({"a": 1})) == {"a": 1}


def test_nothing_runs_before_the_service_is_started(tmp_path: Path) -> None:
    installation = open_installation(at(tmp_path))
    service = wire(installation)
    flows = service.use_cases.registry.flows
    assert sorted(flows) == [
        "approve-deployment", "execute-release", "reconcile-access", "request-a-release-to-release-envs", "request-elevated-privileges"]
    assert service.use_cases.registry.versions() == {"request-elevated-privileges": 1}
    assert service.health.problems() == []
    installation.close()


def test_access_is_given_by_webhook_if_so_set(tmp_path: Path) -> None:
    webhook = {"access_provider": "webhook", "access_webhook_url": "https://example.com/", "access_webhook_secret": SECRET}
    installation = open_installation(at(tmp_path))
    assert isinstance(access_provider(at(tmp_path, **webhook), installation.database), WebhookAccess)
    assert access_provider(at(tmp_path), installation.database).name == "record"
    installation.close()


def test_releases_are_deployed_by_webhook_if_so_set(tmp_path: Path) -> None:
    webhook = {"release_webhook_url": "https://example.com/", "release_webhook_secret": SECRET}
    assert isinstance(release_provider(at(tmp_path, **webhook)), WebhookRelease)
    installation = open_installation(at(tmp_path, **webhook))
    assert {"execute-release", "request-a-release-to-release-envs"} <= set(wire(installation).use_cases.registry.versions())
    installation.close()


def test_a_lost_data_key_is_not_replaced_by_a_new_one(tmp_path: Path) -> None:
    opened(at(tmp_path))
    (tmp_path / "data.key").rename(tmp_path / "lost.key")
    assert refusal(at(tmp_path)) == (
        "The data key is another than this database was sealed with: put that one back, or name it as the second.")
    (tmp_path / "lost.key").rename(tmp_path / "data.key")
    opened(at(tmp_path))


def test_during_a_rotation_the_old_key_comes_second(tmp_path: Path) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    sealed = opened(at(tmp_path, data_key=old)).vault.seal({"a": 1})
    assert opened(at(tmp_path, data_key=f"{new} {old}")).vault.open(sealed) == {"a": 1}
    assert refusal(at(tmp_path, data_key=new)).startswith("The data key is another")


def test_postgresql_makes_no_keys_of_its_own(tmp_path: Path, postgres: PostgresTemplates) -> None:
    with postgres.database() as url:
        said = refusal(at(tmp_path / "home", database_url=url))
        assert said.startswith(f"There is no signing key at {tmp_path}/home/signing.pem, and with this database none is made.")
        assert not (tmp_path / "home").exists()
        opened(at(tmp_path / "home", database_url=url, **given_keys(tmp_path)))


def test_postgresql_is_not_migrated_by_a_start(tmp_path: Path, postgres: PostgresTemplates) -> None:
    settings = at(tmp_path, database_url=postgres.empty(), **given_keys(tmp_path))
    assert refusal(settings) == "The database is empty: run `placet migrate` first."
    assert migrate_database(settings) is None
    opened(settings)


def test_a_database_that_does_not_answer_is_told_without_its_password(tmp_path: Path) -> None:
    said = refusal(at(tmp_path, database_url="postgresql://placet:hunter2@127.0.0.1:1/placet", **given_keys(tmp_path)))
    assert said.startswith("The database does not answer (")
    assert said.endswith("): check PLACET_DATABASE_URL.")
    assert "hunter2" not in said
    assert "\n" not in said


def test_a_newer_database_is_left_alone(tmp_path: Path) -> None:
    opened(at(tmp_path))
    with sqlite3.connect(tmp_path / "placet.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    said = refusal(at(tmp_path))
    assert said.startswith("The database is newer than this Placet (schema 9999)")


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "placet.db").write_text("this is not a database, it is a letter to my sister" * 100)
    said = refusal(at(tmp_path))
    assert said.startswith("PLACET_DATABASE_URL names no database that can be used (")
    assert "file is not a database" in said


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert refusal(at(tmp_path / "file" / "home")) == f"{tmp_path}/file/home cannot be used (Not a directory)."


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite:///:memory:", "postgresql://[", "postgresql://u@h:port/x"])
def test_a_url_that_names_no_database_is_told(tmp_path: Path, url: str) -> None:
    said = refusal(at(tmp_path, database_url=url, **given_keys(tmp_path)))
    assert said.endswith(".")
    assert "\n" not in said
