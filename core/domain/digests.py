"""What was approved, as one short name: a SHA-256 over everything that the yes is about."""

import hashlib
from collections.abc import Mapping

from core.domain.json import Json, canonical

FORMAT = 1


def digest(*, execution_id: str, gate: str, flow: str, project: str, question: str, payload: Mapping[str, Json],
           secrets: Mapping[str, str]) -> str:
    """Return the digest in hex. `secrets` maps each secret's place to its HMAC, so that the digest is no oracle for it."""
    return hashlib.sha256(canonical({
        "format": FORMAT, "execution": execution_id, "gate": gate, "flow": flow, "project": project, "question": question,
        "payload": payload, "secrets": secrets,
    })).hexdigest()
