import base64
import os
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

from integrations.keys.files import Keys, load_keys
from integrations.keys.private_file import KeysError

OLD_DATA_KEY = Fernet.generate_key().decode()


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
    assert {p.name: oct(p.stat().st_mode & 0o777) for p in home.iterdir()} == {
        "data.key": "0o600", "digest.key": "0o600", "signing.pem": "0o600"}


def test_the_verifying_key_belongs_to_the_signing_key(tmp_path: Path) -> None:
    keys = load_keys(tmp_path / "home", may_create=True)
    pem = (tmp_path / "home" / "signing.pem").read_text()

    assert keys.signing_key == pem
    assert load_pem_public_key(keys.verifying_keys[0].encode())


def test_a_key_shows_itself_nowhere(tmp_path: Path) -> None:
    keys = load_keys(tmp_path / "home", may_create=True)

    assert keys.data_keys[0] not in repr(keys)
    assert "PRIVATE" not in repr(keys)
    assert keys.data_keys[0] not in keys.check_value()


def test_twenty_threads_that_start_at_once_end_with_the_same_keys(tmp_path: Path) -> None:
    with ThreadPoolExecutor(20) as pool:
        loaded = list(pool.map(lambda _: load_keys(tmp_path / "home", may_create=True), range(20)))

    assert len({keys.check_value() for keys in loaded}) == 1
    assert len({keys.verifying_keys for keys in loaded}) == 1
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

    assert "PLACET_SIGNING_KEY_FILE" in without_any
    assert "PLACET_DATA_KEY" in without_data_key
    assert not (tmp_path / "home").exists()


def test_keys_are_given_by_files_and_the_home_stays_empty(tmp_path: Path) -> None:
    made = load_keys(tmp_path / "elsewhere", may_create=True)

    keys = load_keys(tmp_path / "home", may_create=True, data_key_file=tmp_path / "elsewhere" / "data.key",
                     signing_key_file=tmp_path / "elsewhere" / "signing.pem", digest_key_file=tmp_path / "elsewhere" / "digest.key")

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


@pytest.mark.parametrize("name", ["data.key", "digest.key", "signing.pem"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_file_that_others_can_read_or_change_is_refused(tmp_path: Path, name: str, mode: int) -> None:
    load_keys(tmp_path / "home", may_create=True)
    (tmp_path / "home" / name).chmod(mode)

    assert f"chmod 600 {tmp_path / 'home' / name}" in refusal(lambda: load_keys(tmp_path / "home", may_create=True))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_file_of_another_user_is_refused(tmp_path: Path) -> None:
    load_keys(tmp_path / "home", may_create=True)
    os.chown(tmp_path / "home" / "data.key", 12345, 12345)

    assert "another user" in refusal(lambda: load_keys(tmp_path / "home", may_create=True))


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
        return load_keys(tmp_path, may_create=False, data_key=text, signing_key_file=signing)

    stored = keys(old).check_value()
    assert keys(old).can_open(stored)
    assert keys(f"{new},{old}").can_open(stored)
    assert not keys(new).can_open(stored)


def test_the_digest_key_outlives_a_rotation_of_the_data_key(tmp_path: Path) -> None:
    load_keys(tmp_path / "home", may_create=True)
    before = load_keys(tmp_path / "home", may_create=True, data_key=new_data_key())
    after = load_keys(tmp_path / "home", may_create=True, data_key=new_data_key())

    assert before.digest_key == after.digest_key
    assert before.digest_key != load_keys(tmp_path / "other", may_create=True).digest_key


def test_during_a_rotation_the_new_signing_key_comes_first_and_the_old_one_is_accepted(tmp_path: Path) -> None:
    old, new = pem(Ed25519PrivateKey.generate()), pem(Ed25519PrivateKey.generate())

    def keys(text: str) -> Keys:
        return load_keys(tmp_path, may_create=False, data_key=OLD_DATA_KEY, digest_key="A" * 43 + "=",
                         signing_key_file=private(tmp_path / "s.pem", text))

    both = keys(new + old)
    assert both.signing_key == new
    assert both.verifying_keys == (keys(new).verifying_keys[0], keys(old).verifying_keys[0])
    assert keys(new + both.verifying_keys[1]).verifying_keys == both.verifying_keys
    assert "3 keys" in refusal(lambda: keys(new + old + old))
    assert "malformed" in refusal(lambda: keys(both.verifying_keys[0] + old))


def test_the_digest_key_is_written_down_once_and_outlives_a_rotation_of_the_signing_key(tmp_path: Path) -> None:
    home = tmp_path / "home"
    made = load_keys(home, may_create=True)
    (home / "digest.key").unlink()  # how an installation looks that is older than the file

    upgraded = load_keys(home, may_create=True)
    (home / "signing.pem").unlink()
    rotated = load_keys(home, may_create=True)

    assert upgraded.digest_key == made.digest_key == rotated.digest_key
    assert rotated.verifying_keys != made.verifying_keys


def test_an_upgrade_amidst_a_rotation_derives_the_digest_key_from_the_old_signing_key(tmp_path: Path) -> None:
    home = tmp_path / "home"
    made = load_keys(home, may_create=True)
    (home / "digest.key").unlink()
    private(home / "signing.pem", pem(Ed25519PrivateKey.generate()) + made.signing_key)
    assert load_keys(home, may_create=True).digest_key == made.digest_key

    (home / "digest.key").unlink()
    private(home / "signing.pem", pem(Ed25519PrivateKey.generate()) + made.verifying_keys[0])
    assert "none can be derived" in refusal(lambda: load_keys(home, may_create=True))


def test_where_nothing_may_be_made_the_digest_key_hangs_on_the_signing_key_until_it_is_given(tmp_path: Path) -> None:
    signing = private(tmp_path / "s.pem", pem(Ed25519PrivateKey.generate()))
    derived = load_keys(tmp_path / "home", may_create=False, data_key=OLD_DATA_KEY, signing_key_file=signing)
    assert not derived.digest_key_kept
    assert not (tmp_path / "home").exists()

    written = base64.urlsafe_b64encode(derived.digest_key).decode()
    private(tmp_path / "s.pem", pem(Ed25519PrivateKey.generate()))
    given = load_keys(tmp_path / "home", may_create=False, data_key=OLD_DATA_KEY, signing_key_file=signing, digest_key=written)
    assert given.digest_key_kept
    assert given.digest_key == derived.digest_key


@pytest.mark.parametrize("text", ["", "short", "A" * 43, "é" * 44, "A" * 60])
def test_a_digest_key_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    said = refusal(lambda: load_keys(tmp_path, may_create=True, digest_key=text))
    assert said.startswith("The digest key in PLACET_DIGEST_KEY is malformed")
    assert not text or text not in said
