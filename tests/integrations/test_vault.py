from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from core.domain.json import Json
from core.errors import Unavailable
from integrations.keys.files import load_keys
from integrations.keys.vault import FernetVault

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def vault(home: Path, data_key: str = OLD) -> FernetVault:
    return FernetVault(load_keys(home, may_create=True, data_key=data_key))


@pytest.mark.parametrize("secrets", [{"password": "hunter2"}, {"a": None, "b": [1, {"c": "\x00é\ud800"}]}])
def test_what_is_sealed_is_read_back(tmp_path: Path, secrets: dict[str, Json]) -> None:
    sealed = vault(tmp_path).seal(secrets)

    assert vault(tmp_path).open(sealed) == secrets
    assert sealed is not None
    assert "hunter2" not in sealed


def test_nothing_is_sealed_as_nothing(tmp_path: Path) -> None:
    assert vault(tmp_path).seal({}) is None
    assert vault(tmp_path).open(None) == {}


def test_the_same_secret_is_sealed_differently_each_time(tmp_path: Path) -> None:
    assert vault(tmp_path).seal({"a": 1}) != vault(tmp_path).seal({"a": 1})


def test_during_a_rotation_the_new_key_seals_and_both_open(tmp_path: Path) -> None:
    before = vault(tmp_path, OLD).seal({"a": 1})
    both = vault(tmp_path, f"{NEW},{OLD}")

    assert both.open(before) == {"a": 1}
    assert vault(tmp_path, NEW).open(both.seal({"b": 2})) == {"b": 2}


@pytest.mark.parametrize("harm", [lambda s: s, lambda s: s[:-4] + "AAA=", lambda s: "", lambda s: "é"])
def test_what_another_key_sealed_is_refused_without_showing_it(tmp_path: Path, harm: object) -> None:
    sealed = vault(tmp_path, OLD).seal({"a": 1})

    with pytest.raises(Unavailable) as refused:
        vault(tmp_path, NEW).open(harm(sealed))  # type: ignore[operator]

    assert refused.value.what == "the data key that this was sealed with"
    assert refused.value.__cause__ is None
    assert str(sealed) not in str(refused.value)


def test_a_fingerprint_names_a_secret_alike_under_every_data_key(tmp_path: Path) -> None:
    assert vault(tmp_path, OLD).fingerprint({"b": 1, "a": 2}) == vault(tmp_path, NEW).fingerprint({"a": 2, "b": 1})
    assert vault(tmp_path).fingerprint("1") != vault(tmp_path).fingerprint(1)


def test_a_fingerprint_tells_another_installation_nothing(tmp_path: Path) -> None:
    assert vault(tmp_path / "ours").fingerprint("hunter2") != vault(tmp_path / "theirs").fingerprint("hunter2")
