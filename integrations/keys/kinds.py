"""The keys of an installation: what they are, and how each is written."""

import hmac
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat, load_pem_private_key

MAKE_KEY = 'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
MAKE_SIGNING_KEY = "openssl genpkey -algorithm ed25519"


class KeysError(Exception):
    """The keys cannot be had. Its text is a sentence for the operator, without any key in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """`data_keys`: the first encrypts, all decrypt. `digest_key` outlives a rotation of the others: what was approved hangs on it."""

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


def parse_data_keys(text: str, where: str) -> tuple[str, ...]:
    keys = tuple(k for k in re.split(r"[\s,]+", text) if k)
    if not keys:
        raise KeysError(f"{where} is empty: it holds one data key, or two during a rotation, the new one first.")
    if len(keys) > 2:
        raise KeysError(f"{where} holds {len(keys)} data keys: one, or two during a rotation, the new one first.")
    for n, key in enumerate(keys, 1):
        try:
            Fernet(key)
        except ValueError:
            raise KeysError(f"Data key {n} in {where} is malformed: it is 32 bytes in URL-safe base64, made by: {MAKE_KEY}") from None
    return keys


def parse_signing_key(pem: str, where: str) -> Ed25519PrivateKey:
    if not pem.strip():
        raise KeysError(f"{where} is empty: it holds a signing key, made by: {MAKE_SIGNING_KEY}")
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeysError(f"{where} is malformed: it holds a private key in PEM without a password, made by: {MAKE_SIGNING_KEY}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeysError(f"{where} holds a key of another kind: the signing key is Ed25519, made by: {MAKE_SIGNING_KEY}")
    return key


def parse_digest_key(text: str, where: str) -> bytes:
    key = text.strip()
    if not key:
        raise KeysError(f"{where} is empty: it holds a digest key, made by: {MAKE_KEY}")
    try:
        Fernet(key)
    except ValueError:
        raise KeysError(f"The digest key in {where} is malformed: it is 32 bytes in URL-safe base64, made by: {MAKE_KEY}") from None
    return urlsafe_b64decode(key)


def new_signing_key() -> str:
    return private_pem(Ed25519PrivateKey.generate())


def private_pem(private: Ed25519PrivateKey) -> str:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(private: Ed25519PrivateKey) -> str:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def new_key() -> str:
    return Fernet.generate_key().decode() + "\n"
