"""The keys of an installation: given by files or the environment, or made once in its home."""

import base64
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet
from pydantic import SecretStr

from integrations.keys.private_file import KeysError, create_once, make_home, read_private
from integrations.keys.signing import MAKE_SIGNING_KEY, SigningKeys, new_signing_key, parse_signing_keys

NewKey = Callable[[], str]
DATA_KEY, SIGNING_KEY, DIGEST_KEY = "data.key", "signing.pem", "digest.key"
MAKE_DATA_KEY = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Of data keys and of verifying keys the first is in use, the second is accepted during a rotation.

    `digest_key` outlives both rotations, or digests that people have seen would change. `digest_key_kept`: it stands by itself; else it
    is still derived from the signing key each time.
    """

    signing_key: str = field(repr=False)
    verifying_keys: tuple[str, ...]
    data_keys: tuple[str, ...] = field(repr=False)
    digest_key: bytes = field(repr=False)
    digest_key_kept: bool = True

    @property
    def older_verifying_key(self) -> str | None:
        return self.verifying_keys[1] if len(self.verifying_keys) > 1 else None

    def check_value(self) -> str:
        """Name the data key that encrypts, without telling it: to be kept beside what is sealed, for `can_open` at the next start."""
        return _check_value(self.data_keys[0])

    def can_open(self, check_value: str) -> bool:
        """Tell whether what was sealed under a stored check value can be read. If not, a key is lost: refuse to start with another."""
        return any(hmac.compare_digest(_check_value(key), check_value) for key in self.data_keys)

    def digest_check_value(self) -> str:
        return hmac.digest(self.digest_key, b"placet digest key", "sha256").hex()[:32]


def _check_value(data_key: str) -> str:
    return hmac.digest(data_key.encode(), b"placet data key", "sha256").hex()[:32]


def load_keys(home: Path, *, may_create: bool, data_key: SecretStr | str | None = None, data_key_file: Path | None = None,
              signing_key_file: Path | None = None, digest_key: SecretStr | str | None = None, digest_key_file: Path | None = None) -> Keys:
    """Read what is given, else what the home holds, else make it there if that is allowed; raise KeysError for anything doubtful."""
    for name, text, file in (("PLACET_DATA_KEY", data_key, data_key_file), ("PLACET_DIGEST_KEY", digest_key, digest_key_file)):
        if text is not None and file is not None:
            raise KeysError(f"{name} and {name}_FILE are both set: set one of them.")
    signing_where = signing_key_file or home / SIGNING_KEY
    signing = parse_signing_keys(_from_file(
        "signing key", signing_key_file, home / SIGNING_KEY, may_create, new_signing_key,
        f"Give PLACET_SIGNING_KEY_FILE, a file made by: {MAKE_SIGNING_KEY}"), signing_where)
    if data_key is not None:
        data_keys = _parse_data_keys(_plain(data_key), "PLACET_DATA_KEY")
    else:
        data_keys = _parse_data_keys(_from_file(
            "data key", data_key_file, home / DATA_KEY, may_create, _new_data_key,
            f"Give PLACET_DATA_KEY or PLACET_DATA_KEY_FILE, a key made by: {MAKE_DATA_KEY}"), str(data_key_file or home / DATA_KEY))
    kept = _kept_digest_key(home, may_create, signing, digest_key, digest_key_file)
    own = kept or _parse_digest_key(_derived(signing, signing_where), str(signing_where))
    return Keys(signing_key=signing.signing, verifying_keys=signing.verifying, data_keys=data_keys, digest_key=own,
                digest_key_kept=kept is not None)


def _kept_digest_key(home: Path, may_create: bool, signing: SigningKeys, given: SecretStr | str | None, file: Path | None) -> bytes | None:
    """Return the digest key that stands by itself; where it may be made, it is what an older version derived, written down for good."""
    if given is not None:
        return _parse_digest_key(_plain(given), "PLACET_DIGEST_KEY")
    at_home = home / DIGEST_KEY
    if file is None and not may_create and read_private(at_home) is None:
        return None
    text = _from_file("digest key", file, at_home, may_create, lambda: _derived(signing, at_home) + "\n", "")
    return _parse_digest_key(text, str(file or at_home))


def _derived(signing: SigningKeys, where: Path) -> str:
    derived = signing.digest_key()
    if derived is None:
        raise KeysError(f"There is no digest key, and none can be derived for {where}: the older signing key is a public one. Put the "
                        "private one there, or give PLACET_DIGEST_KEY or PLACET_DIGEST_KEY_FILE.")
    return derived


def _parse_digest_key(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), altchars=b"-_", validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise KeysError(f"The digest key in {where} is malformed: it is 32 bytes in URL-safe base64, as `placet keys digest` prints it.")
    return key


def _plain(given: SecretStr | str) -> str:
    return given.get_secret_value() if isinstance(given, SecretStr) else given


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


def _new_data_key() -> str:
    return Fernet.generate_key().decode() + "\n"


def _from_file(what: str, given: Path | None, at_home: Path, may_create: bool, new: NewKey, what_to_give: str) -> str:
    if given is not None:
        text = read_private(given)
        if text is None:
            raise KeysError(f"There is no {what} at {given}.")
        return text
    text = read_private(at_home)
    if text is None and not may_create:
        raise KeysError(f"There is no {what} at {at_home}, and with this database none is made. {what_to_give}")
    if text is None:
        make_home(at_home.parent)
        create_once(at_home, new())
        text = read_private(at_home)
    if text is None:
        raise KeysError(f"{at_home} was made and has gone again.")
    return text
