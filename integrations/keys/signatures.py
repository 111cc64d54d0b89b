"""Signatures with the installation's signing key, other than those of tokens."""

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from integrations.keys.files import Keys


class Ed25519Signatures:
    """The first key signs; what any verifying key has signed is accepted."""

    def __init__(self, keys: Keys):
        private = load_pem_private_key(keys.signing_key.encode(), None)
        assert isinstance(private, Ed25519PrivateKey)
        self._private = private
        self._public = [load_pem_public_key(pem.encode()) for pem in keys.verifying_keys]

    def sign(self, message: bytes) -> str:
        return base64.b64encode(self._private.sign(message)).decode()

    def signed(self, message: bytes, signature: str) -> bool:
        return any(isinstance(key, Ed25519PublicKey) and _verifies(key, message, signature) for key in self._public)


def _verifies(key: Ed25519PublicKey, message: bytes, signature: str) -> bool:
    try:
        key.verify(base64.b64decode(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True
