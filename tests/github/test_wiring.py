"""GitHub as the settings have it, and without it nothing of it."""

import subprocess
import sys
from pathlib import Path

import pytest

from api.settings import Settings, SettingsError, load_settings
from api.wiring.homes import github_of, homes
from integrations.github.credentials import AppKey, Pat
from tests.doubles.github.setting import pem

SECRET, OLD = "a-secret-of-the-webhook", "the-old-secret-of-the-webhook"
TOKEN = "ghp_" + "x" * 36


def app(tmp_path: Path, key: str | None = None, mode: int = 0o600) -> dict[str, str]:
    file = tmp_path / "app.pem"
    file.write_text(pem() if key is None else key)
    file.chmod(mode)
    return {"PLACET_GITHUB_APP_ID": "77", "PLACET_GITHUB_PRIVATE_KEY_FILE": str(file), "PLACET_GITHUB_WEBHOOK_SECRET": SECRET}


def token() -> dict[str, str]:
    return {"PLACET_GITHUB_TOKEN": TOKEN, "PLACET_GITHUB_WEBHOOK_SECRET": SECRET}


def refusal(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as refused:
        homes(load_settings(environ))
    return str(refused.value)


def test_without_settings_there_is_no_github() -> None:
    settings = load_settings({})
    assert (settings.github, github_of(settings), dict(homes(settings))) == (False, None, {})


def test_an_app_or_a_token_makes_it_a_home(tmp_path: Path) -> None:
    home = homes(load_settings(app(tmp_path)))["github"]
    assert home.door is not None
    hub = github_of(load_settings(app(tmp_path)))
    assert hub is not None
    assert hub.url == "https://api.github.com"
    assert hub.credential == AppKey(app_id="77", private_key=pem())
    own = github_of(load_settings(token() | {"PLACET_GITHUB_URL": "https://github.example.org/api/v3/"}))
    assert own is not None
    assert (own.credential, own.url) == (Pat(token=TOKEN), "https://github.example.org/api/v3")


def test_two_secrets_count_during_a_rotation() -> None:
    settings = load_settings(token() | {"PLACET_GITHUB_WEBHOOK_SECRET": f"{SECRET} {OLD}"})
    assert settings.github_webhook_secrets == [SECRET, OLD]


@pytest.mark.parametrize("secret", ["", "short", f"{SECRET} {OLD} {SECRET}", f"{SECRET} short"])
def test_e03_it_does_not_start_without_a_secret_of_its_webhook(tmp_path: Path, secret: str) -> None:
    for given in (app(tmp_path), token()):
        told = refusal(given | {"PLACET_GITHUB_WEBHOOK_SECRET": secret})
        assert "PLACET_GITHUB_WEBHOOK_SECRET" in told
        assert "short" not in told


def test_what_is_set_halfway_is_refused(tmp_path: Path) -> None:
    whole = app(tmp_path)
    for name in ("PLACET_GITHUB_APP_ID", "PLACET_GITHUB_PRIVATE_KEY_FILE"):
        assert refusal({key: value for key, value in whole.items() if key != name}) == (
            "PLACET_GITHUB_APP_ID and PLACET_GITHUB_PRIVATE_KEY_FILE are set together, or neither.")
    assert refusal(whole | token()).endswith("set it, or PLACET_GITHUB_APP_ID, not both.")
    for name, value in (("PLACET_GITHUB_WEBHOOK_SECRET", SECRET), ("PLACET_GITHUB_URL", "https://github.example.org/api/v3")):
        assert refusal({name: value}).startswith(f"{name} says something of GitHub: it needs ")


@pytest.mark.parametrize(("name", "value"), [
    ("PLACET_GITHUB_APP_ID", "my-app"), ("PLACET_GITHUB_APP_ID", "0"), ("PLACET_GITHUB_URL", "http://github.example.org/api/v3"),
    ("PLACET_GITHUB_URL", "https://u:p@github.example.org"), ("PLACET_GITHUB_TOKEN", "no token")])
def test_a_bad_value_is_told_and_never_shown_where_it_may_be_secret(tmp_path: Path, name: str, value: str) -> None:
    told = refusal(app(tmp_path) | {name: value})
    assert told.startswith(f"{name} must be ")
    assert "u:p" not in told
    assert "no token" not in told


@pytest.mark.parametrize(("key", "mode", "told"), [
    ("no key", 0o600, "holds no private key that can be read"), ("", 0o600, "holds no private key that can be read"),
    (None, 0o644, "can be read or changed by others")])
def test_a_key_that_is_none_or_open_to_others_keeps_it_from_starting(tmp_path: Path, key: str | None, mode: int, told: str) -> None:
    assert told in refusal(app(tmp_path, key, mode))


def test_a_key_that_is_not_there_is_named(tmp_path: Path) -> None:
    given = app(tmp_path)
    (tmp_path / "app.pem").unlink()
    assert refusal(given) == f"PLACET_GITHUB_PRIVATE_KEY_FILE names {tmp_path / 'app.pem'}, which is not there."


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    settings: Settings = load_settings(app(tmp_path))
    assert SECRET not in repr(settings)
    assert TOKEN not in repr(load_settings(token()))


@pytest.mark.parametrize("given", [False, True])
def test_its_libraries_are_loaded_with_the_first_call_and_not_before(tmp_path: Path, given: bool) -> None:
    program = ("import sys; from api.settings import load_settings; from api.wiring.homes import homes; import api.wiring.service; "
               "homes(load_settings()); print(sorted({'github', 'nacl', 'requests'} & sys.modules.keys()), 'markdown_it' in sys.modules)")
    loaded = subprocess.run([sys.executable, "-c", program], env=app(tmp_path) if given else {}, capture_output=True, text=True, check=True,
                            cwd=Path(__file__).parents[2])
    assert loaded.stdout.strip() == f"[] {given}"
