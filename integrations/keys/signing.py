"""The signing key, and beside it during a rotation the one before."""

import base64
import re
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from integrations.keys.private_file import KeysError

MAKE_SIGNING_KEY = "openssl genpkey -algorithm ed25519"
_BLOCK = re.compile(r"-----BEGIN [^-]+-----.*?-----END [^-]+-----", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeys:
    """`older` is accepted, and signs nothing any more; of it the public half is enough."""

    newest: Ed25519PrivateKey = field(repr=False)
    older: Ed25519PrivateKey | Ed25519PublicKey | None = field(default=None, repr=False)

    @property
    def signing(self) -> str:
        return private_pem(self.newest)

    @property
    def verifying(self) -> tuple[str, ...]:
        older = self.older.public_key() if isinstance(self.older, Ed25519PrivateKey) else self.older
        return tuple(_public_pem(key) for key in (self.newest.public_key(), older) if key is not None)

    def digest_key(self) -> str | None:
        """Return the digest key of an installation that never had one of its own: derived from its first signing key, if that is here."""
        oldest = self.older or self.newest
        if not isinstance(oldest, Ed25519PrivateKey):
            return None
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"placet digest key").derive(oldest.private_bytes_raw())
        return base64.urlsafe_b64encode(derived).decode()


def parse_signing_keys(pem: str, where: Path) -> SigningKeys:
    if not pem.strip():
        raise KeysError(f"{where} is empty: it holds a signing key, made by: {MAKE_SIGNING_KEY}")
    blocks = _BLOCK.findall(pem) or [pem]
    if len(blocks) > 2:
        raise KeysError(f"{where} holds {len(blocks)} keys: one signing key, or two during a rotation, the new one first.")
    return SigningKeys(newest=_private(blocks[0], where), older=_older(blocks[1], where) if len(blocks) == 2 else None)


def _private(pem: str, where: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise KeysError(f"{where} is malformed: it holds a private key in PEM without a password, made by: {MAKE_SIGNING_KEY}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeysError(f"{where} holds a key of another kind: the signing key is Ed25519, made by: {MAKE_SIGNING_KEY}")
    return key


def _older(pem: str, where: Path) -> Ed25519PrivateKey | Ed25519PublicKey:
    if "PUBLIC" not in pem.partition("\n")[0]:
        return _private(pem, where)
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise KeysError(f"{where} is malformed: its second key is no public key in PEM.") from None
    if not isinstance(key, Ed25519PublicKey):
        raise KeysError(f"{where} holds a second key of another kind: a signing key is Ed25519.")
    return key


def new_signing_key() -> str:
    return private_pem(Ed25519PrivateKey.generate())


def private_pem(private: Ed25519PrivateKey) -> str:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _public_pem(public: Ed25519PublicKey) -> str:
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
