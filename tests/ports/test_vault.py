"""What every vault does, the fake and the real one alike."""

from pathlib import Path

import pytest

from core.domain.json import Json
from core.ports.keys import Vault
from integrations.keys.files import load_keys
from integrations.keys.vault import FernetVault
from tests.fakes.vault import FakeVault


@pytest.fixture(params=["fake", "fernet"])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    return FakeVault() if request.param == "fake" else FernetVault(load_keys(tmp_path / "home", may_create=True))


@pytest.mark.parametrize("secrets", [{"password": "hunter2"}, {"a": None, "b": [1, {"c": "é"}]}])
def test_what_is_sealed_is_read_back_and_not_readable(vault: Vault, secrets: dict[str, Json]) -> None:
    sealed = vault.seal(secrets)
    assert sealed is not None
    assert "hunter2" not in sealed
    assert vault.open(sealed) == secrets


def test_nothing_is_sealed_as_nothing(vault: Vault) -> None:
    assert vault.seal({}) is None
    assert vault.open(None) == {}


def test_a_fingerprint_is_the_value_s_and_not_the_value(vault: Vault) -> None:
    assert vault.fingerprint({"b": 1, "a": 2}) == vault.fingerprint({"a": 2, "b": 1})
    assert vault.fingerprint("hunter2") != vault.fingerprint("hunter3")
    assert "hunter2" not in vault.fingerprint("hunter2")
