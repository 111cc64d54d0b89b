"""The keys of a JWKS that may verify a token, by what the setting allows. Pure."""

from collections.abc import Collection, Mapping
from typing import Any, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK, PyJWTError

PublicKey: TypeAlias = RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey
KeySet: TypeAlias = Mapping[tuple[str, str], PublicKey]

ALGORITHMS = {("RSA", None): "RS256", ("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA"}
RSA_BITS = range(2_048, 8_193)
MOST, LONGEST_ID = 100, 200


def parse_keys(document: Mapping[str, Any], allowed: Collection[str]) -> KeySet:
    """Return the keys by their id and their one algorithm. What is no key for signatures of an allowed algorithm is left out."""
    listed = document.get("keys")
    found: dict[tuple[str, str], PublicKey] = {}
    twice: set[tuple[str, str]] = set()
    for jwk in listed[:MOST] if isinstance(listed, list) else ():
        algorithm = _algorithm(jwk) if isinstance(jwk, dict) else None
        key = _public(jwk, algorithm) if algorithm in allowed and algorithm is not None else None
        if key is None or algorithm is None:
            continue
        name = (str(jwk["kid"]), algorithm)
        if found.setdefault(name, key) != key:
            twice.add(name)  # an id that stands for two keys names neither
    return {name: key for name, key in found.items() if name not in twice}


def _algorithm(jwk: Mapping[str, Any]) -> str | None:
    """Return the one algorithm that a key is for: its type says which, and nothing in it may say otherwise."""
    kid, kind, curve = jwk.get("kid"), jwk.get("kty"), jwk.get("crv")
    if not isinstance(kid, str) or not 1 <= len(kid) <= LONGEST_ID or not isinstance(kind, str) or not isinstance(curve, str | None):
        return None
    algorithm = ALGORITHMS.get((kind, curve))
    if jwk.get("alg", algorithm) != algorithm or jwk.get("use", "sig") != "sig" or "d" in jwk:
        return None
    uses = jwk.get("key_ops", ["verify"])
    return algorithm if isinstance(uses, list) and "verify" in uses else None


def _public(jwk: dict[str, Any], algorithm: str) -> PublicKey | None:
    try:
        key = PyJWK(jwk, algorithm).key
    except (PyJWTError, ValueError, TypeError):
        return None
    match key:
        case RSAPublicKey():
            return key if key.key_size in RSA_BITS else None
        case EllipticCurvePublicKey() | Ed25519PublicKey():
            return key
    return None
