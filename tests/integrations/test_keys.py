import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat, load_pem_public_key
from pydantic import SecretStr

from integrations.keys.files import load_keys
from integrations.keys.kinds import Keys, KeysError
from integrations.keys.private_file import refuse_unless_private


def private(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


def new_data_key() -> str:
    return Fernet.generate_key().decode()


def refusal(load: Callable[[], Keys]) -> str:
    with pytest.raises(KeysError) as refused:
        load()
    return str(refused.value)


def test_a_first_start_makes_keys_that_the_next_start_finds(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"

    first, second = load_keys(home, may_create=True), load_keys(home, may_create=False)

    assert first == second
    assert oct(home.stat().st_mode & 0o777) == "0o700"
    assert {p.name for p in home.iterdir()} == {"data.key", "digest.key", "signing.pem"}
    assert {oct(p.stat().st_mode & 0o777) for p in home.iterdir()} == {"0o600"}


def test_the_verifying_key_belongs_to_the_signing_key(tmp_path: Path) -> None:
    keys = load_keys(tmp_path / "home", may_create=True)
    pem = (tmp_path / "home" / "signing.pem").read_text()

    assert keys.signing_key == pem
    assert load_pem_public_key(keys.verifying_key.encode())


def test_a_key_shows_itself_nowhere(tmp_path: Path) -> None:
    keys = load_keys(tmp_path / "home", may_create=True)

    assert keys.data_keys[0] not in repr(keys)
    assert str(keys.digest_key) not in repr(keys)
    assert "PRIVATE" not in repr(keys)
    assert keys.data_keys[0] not in keys.check_value()


def test_twenty_threads_that_start_at_once_end_with_the_same_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(20) as pool:
        loaded = list(pool.map(lambda _: load_keys(tmp_path / "home", may_create=True), range(20)))

    assert len({keys.check_value() for keys in loaded}) == 1
    assert len({keys.verifying_key for keys in loaded}) == 1
    assert len({keys.digest_key for keys in loaded}) == 1
    assert sorted(p.name for p in (tmp_path / "home").iterdir()) == ["data.key", "digest.key", "signing.pem"]


def _check_value(home: Path) -> str:
    return load_keys(home, may_create=True).check_value()


def test_processes_that_start_at_once_end_with_the_same_keys(tmp_path: Path) -> None:
    with get_context("spawn").Pool(2) as pool:
        for n in range(20):
            assert len(set(pool.map(_check_value, [tmp_path / str(n)] * 2, chunksize=1))) == 1


def test_where_no_key_may_be_made_the_refusal_says_what_to_give(tmp_path: Path) -> None:
    without_any = refusal(lambda: load_keys(tmp_path / "home", may_create=False))
    signing = private(tmp_path / "s.pem", load_keys(tmp_path / "other", may_create=True).signing_key)
    without_data_key = refusal(lambda: load_keys(tmp_path / "home", may_create=False, signing_key_file=signing))
    without_digest_key = refusal(lambda: load_keys(tmp_path / "home", may_create=False, signing_key_file=signing, data_key=new_data_key()))

    assert "Give PLACET_SIGNING_KEY_FILE, made by" in without_any
    assert "Give PLACET_DATA_KEY or PLACET_DATA_KEY_FILE, made by" in without_data_key
    assert "Give PLACET_DIGEST_KEY or PLACET_DIGEST_KEY_FILE, made by" in without_digest_key
    assert not (tmp_path / "home").exists()


def test_keys_are_given_by_files_and_the_home_stays_empty(tmp_path: Path) -> None:
    made = load_keys(tmp_path / "elsewhere", may_create=True)

    keys = load_keys(tmp_path / "home", may_create=True, data_key_file=tmp_path / "elsewhere" / "data.key",
                     digest_key_file=tmp_path / "elsewhere" / "digest.key", signing_key_file=tmp_path / "elsewhere" / "signing.pem")

    assert keys == made
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("wrap", [str, SecretStr])
@pytest.mark.parametrize("between", [",", ", ", "\n"])
def test_the_environment_gives_two_data_keys_in_a_rotation(tmp_path: Path, wrap: Callable[[str], str | SecretStr], between: str) -> None:
    new, old = new_data_key(), new_data_key()

    keys = load_keys(tmp_path, may_create=True, data_key=wrap(f"{new}{between}{old}"))

    assert keys.data_keys == (new, old)
    assert not (tmp_path / "data.key").exists()


@pytest.mark.parametrize(("text", "says"), [
    ("", "empty"), ("  \n", "empty"), (",", "empty"), ("tooshort", "malformed"), ("é" * 44, "malformed"), ("A" * 44, "malformed"),
    (f"{'A' * 43}=,x", "Data key 2"), (",".join([f"{'A' * 43}="] * 3), "3 data keys"),
])
def test_a_data_key_that_is_none_is_refused_without_showing_it(tmp_path: Path, text: str, says: str) -> None:
    said = refusal(lambda: load_keys(tmp_path, may_create=True, data_key=text))

    assert says in said
    assert "PLACET_DATA_KEY" in said
    assert not text.strip(" \n,") or text not in said


@pytest.mark.parametrize(("text", "says"), [("", "empty"), ("short", "malformed"), ("é" * 44, "malformed")])
def test_a_digest_key_that_is_none_is_refused_without_showing_it(tmp_path: Path, text: str, says: str) -> None:
    said = refusal(lambda: load_keys(tmp_path, may_create=True, digest_key=text))

    assert says in said
    assert "PLACET_DIGEST_KEY" in said
    assert not text or text not in said


def test_a_data_key_given_twice_is_refused(tmp_path: Path) -> None:
    file = private(tmp_path / "k", new_data_key())

    assert "both set" in refusal(lambda: load_keys(tmp_path, may_create=True, data_key=new_data_key(), data_key_file=file))


def pem(key: object, password: bytes | None = None) -> str:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption).decode()  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize(("text", "says"), [
    ("", "empty"), ("\n", "empty"), ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "malformed"), ("hello", "malformed"),
    ("é", "holds no key"), ("A" * 20_000, "holds no key"),
    pytest.param(pem(Ed25519PrivateKey.generate(), b"secret"), "without a password", id="locked"),
    pytest.param(pem(generate_private_key(SECP256R1())), "another kind", id="elliptic"),
])
def test_a_signing_key_that_is_none_is_refused(tmp_path: Path, text: str, says: str) -> None:
    home = tmp_path / "home"
    load_keys(home, may_create=True)
    private(home / "signing.pem", text)

    said = refusal(lambda: load_keys(home, may_create=True))

    assert says in said
    assert str(home / "signing.pem") in said
    assert (home / "signing.pem").read_text() == text


@pytest.mark.parametrize("name", ["data.key", "signing.pem"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_file_that_others_can_read_or_change_is_refused(tmp_path: Path, name: str, mode: int) -> None:
    load_keys(tmp_path / "home", may_create=True)
    (tmp_path / "home" / name).chmod(mode)

    assert f"chmod 600 {tmp_path / 'home' / name}" in refusal(lambda: load_keys(tmp_path / "home", may_create=True))


def owned_by(user: int, mode: int) -> os.stat_result:
    return os.stat_result((stat.S_IFREG | mode, 0, 0, 1, user, 0, 0, 0, 0, 0))


def test_a_key_file_of_another_user_is_refused() -> None:
    with pytest.raises(KeysError, match="another user"):
        refuse_unless_private(Path("data.key"), owned_by(os.geteuid() + 1, 0o600))
    refuse_unless_private(Path("data.key"), owned_by(0, 0o600))


def test_a_key_path_that_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo", 0o600)

    assert "no file" in refusal(lambda: load_keys(tmp_path / "home", may_create=True, signing_key_file=tmp_path / "fifo"))
    assert "no file" in refusal(lambda: load_keys(tmp_path / "home", may_create=True, signing_key_file=tmp_path))
    assert "no signing key" in refusal(lambda: load_keys(tmp_path / "home", may_create=True, signing_key_file=tmp_path / "none"))


def test_no_key_is_made_in_a_home_that_others_can_change(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home").chmod(0o775)

    assert "chmod 700" in refusal(lambda: load_keys(tmp_path / "home", may_create=True))
    assert list((tmp_path / "home").iterdir()) == []


def test_a_home_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    private(tmp_path / "file", "")

    assert "Not a directory" in refusal(lambda: load_keys(tmp_path / "file" / "home", may_create=True))


def test_a_lost_data_key_is_noticed_by_its_check_value(tmp_path: Path) -> None:
    signing = private(tmp_path / "s.pem", load_keys(tmp_path / "home", may_create=True).signing_key)
    old, new = new_data_key(), new_data_key()

    def keys(text: str) -> Keys:
        return load_keys(tmp_path, may_create=False, data_key=text, digest_key=new_data_key(), signing_key_file=signing)

    stored = keys(old).check_value()
    assert keys(old).can_open(stored)
    assert keys(f"{new},{old}").can_open(stored)
    assert not keys(new).can_open(stored)


def test_the_digest_key_outlives_a_rotation_of_the_others(tmp_path: Path) -> None:
    before = load_keys(tmp_path / "home", may_create=True)
    (tmp_path / "home" / "data.key").unlink()
    (tmp_path / "home" / "signing.pem").unlink()
    after = load_keys(tmp_path / "home", may_create=True)

    assert (before.data_keys, before.signing_key) != (after.data_keys, after.signing_key)
    assert before.digest_key == after.digest_key
    assert before.digest_key != load_keys(tmp_path / "other", may_create=True).digest_key
