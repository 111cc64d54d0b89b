"""The keys of an installation: given by files or the environment, or made once in its home."""

import hmac
import os
import re
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key
from pydantic import SecretStr

NewKey = Callable[[], str]
DATA_KEY, SIGNING_KEY = "data.key", "signing.pem"
LONGEST = 16_384
MAKE_DATA_KEY = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
MAKE_SIGNING_KEY = "openssl genpkey -algorithm ed25519"


class KeysError(Exception):
    """The keys cannot be had. Its text is a sentence for the operator, without any key in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """`data_keys`: the first encrypts, all decrypt. `digest_key` hangs on the signing key: it outlives a rotation of the data key."""

    signing_key: str = field(repr=False)
    verifying_key: str
    data_keys: tuple[str, ...] = field(repr=False)
    digest_key: bytes = field(repr=False)

    def check_value(self) -> str:
        """Name the data key that encrypts, without telling it: to be kept beside what is sealed, for `can_open` at the next start."""
        return _check_value(self.data_keys[0])

    def can_open(self, check_value: str) -> bool:
        """Tell whether what was sealed under a stored check value can be read. If not, a key is lost: refuse to start with another."""
        return any(hmac.compare_digest(_check_value(key), check_value) for key in self.data_keys)


def _check_value(data_key: str) -> str:
    return hmac.digest(data_key.encode(), b"placet data key", "sha256").hex()[:32]


def load_keys(home: Path, *, may_create: bool, data_key: SecretStr | str | None = None, data_key_file: Path | None = None,
              signing_key_file: Path | None = None) -> Keys:
    """Read what is given, else what the home holds, else make it there if that is allowed; raise KeysError for anything doubtful."""
    if data_key is not None and data_key_file is not None:
        raise KeysError("PLACET_DATA_KEY and PLACET_DATA_KEY_FILE are both set: set one of them.")
    pem = _from_file(
        "signing key", signing_key_file, home / SIGNING_KEY, may_create, _new_signing_key,
        f"Give PLACET_SIGNING_KEY_FILE, a file made by: {MAKE_SIGNING_KEY}")
    if data_key is not None:
        text = data_key.get_secret_value() if isinstance(data_key, SecretStr) else data_key
        data_keys = _parse_data_keys(text, "PLACET_DATA_KEY")
    else:
        text = _from_file(
            "data key", data_key_file, home / DATA_KEY, may_create, _new_data_key,
            f"Give PLACET_DATA_KEY or PLACET_DATA_KEY_FILE, a key made by: {MAKE_DATA_KEY}")
        data_keys = _parse_data_keys(text, str(data_key_file or home / DATA_KEY))
    private = _parse_signing_key(pem, signing_key_file or home / SIGNING_KEY)
    return Keys(
        signing_key=_private_pem(private), data_keys=data_keys, digest_key=_digest_key(private),
        verifying_key=private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def _parse_data_keys(text: str, where: str) -> tuple[str, ...]:
    keys = tuple(k for k in re.split(r"[\s,]+", text) if k)
    if not keys:
        raise KeysError(f"{where} is empty: it holds one data key, or two during a rotation, the new one first.")
    if len(keys) > 2:
        raise KeysError(f"{where} holds {len(keys)} data keys: one, or two during a rotation, the new one first.")
    for n, key in enumerate(keys, 1):
        try:
            Fernet(key)
        except ValueError:
            raise KeysError(f"Data key {n} in {where} is malformed: it is 32 bytes in URL-safe base64, made by: {MAKE_DATA_KEY}") from None
    return keys


def _parse_signing_key(pem: str, where: Path) -> Ed25519PrivateKey:
    if not pem.strip():
        raise KeysError(f"{where} is empty: it holds a signing key, made by: {MAKE_SIGNING_KEY}")
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeysError(f"{where} is malformed: it holds a private key in PEM without a password, made by: {MAKE_SIGNING_KEY}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeysError(f"{where} holds a key of another kind: the signing key is Ed25519, made by: {MAKE_SIGNING_KEY}")
    return key


def _digest_key(private: Ed25519PrivateKey) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"placet digest key").derive(private.private_bytes_raw())


def _new_signing_key() -> str:
    return _private_pem(Ed25519PrivateKey.generate())


def _private_pem(private: Ed25519PrivateKey) -> str:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _new_data_key() -> str:
    return Fernet.generate_key().decode() + "\n"


def _from_file(what: str, given: Path | None, at_home: Path, may_create: bool, new: NewKey, what_to_give: str) -> str:
    if given is not None:
        text = _read(given)
        if text is None:
            raise KeysError(f"There is no {what} at {given}.")
        return text
    text = _read(at_home)
    if text is None and not may_create:
        raise KeysError(f"There is no {what} at {at_home}, and with this database none is made. {what_to_give}")
    if text is None:
        _make_home(at_home.parent)
        _create_once(at_home, new())
        text = _read(at_home)
    if text is None:
        raise KeysError(f"{at_home} was made and has gone again.")
    return text


def _read(path: Path) -> str | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as e:
        raise KeysError(f"{path} cannot be read: {e.strerror}.") from None
    try:
        _refuse_unless_private(path, os.fstat(fd))
        data = os.read(fd, LONGEST + 1)
    finally:
        os.close(fd)
    if len(data) > LONGEST or not data.isascii():
        raise KeysError(f"{path} holds no key.")
    return data.decode("ascii")


def _refuse_unless_private(path: Path, found: os.stat_result) -> None:
    """Ours alone, or the administrator's and readable by our group (how a mounted secret looks)."""
    if not stat.S_ISREG(found.st_mode):
        raise KeysError(f"{path} is no file.")
    if found.st_uid not in (os.geteuid(), 0):
        raise KeysError(f"{path} belongs to another user: a key file belongs to whom Placet runs as, or to root.")
    too_wide = 0o077 if found.st_uid == os.geteuid() else 0o037
    if found.st_mode & too_wide:
        raise KeysError(f"{path} can be read or changed by others (mode {stat.S_IMODE(found.st_mode):03o}): run chmod 600 {path}")


def _make_home(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = stat.S_IMODE(home.stat().st_mode)
    except OSError as e:
        raise KeysError(f"{home} cannot be made: {e.strerror}.") from None
    if mode & 0o022:
        raise KeysError(f"{home} can be changed by others (mode {mode:03o}), and keys are about to be made there: run chmod 700 {home}")


def _create_once(path: Path, text: str) -> None:
    """Put a whole file there, or leave the one that somebody else has put there meanwhile."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(fd, "w") as file:
                file.write(text)
                file.flush()
                os.fsync(fd)
            with suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink()
        _sync_directory(path.parent)
    except OSError as e:
        raise KeysError(f"{path} cannot be made: {e.strerror}.") from None


def _sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
