"""What was approved, as one short name: a SHA-256 over everything that the yes is about."""

import hashlib
from collections.abc import Mapping

from core.domain.json import Json, canonical

FORMAT = 1
WITH_A_PLACE = 2


def digest(*, execution_id: str, gate: str, flow: str, project: str, question: str, payload: Mapping[str, Json],
           secrets: Mapping[str, str], place: Mapping[str, str] | None = None) -> str:
    """Return the digest in hex. `secrets` maps each secret's place to its HMAC, so that the digest is no oracle for it.

    `place`: where it will be done, if a pipeline does it.
    """
    return hashlib.sha256(canonical({
        "format": FORMAT if place is None else WITH_A_PLACE, "execution": execution_id, "gate": gate, "flow": flow, "project": project,
        "question": question, "payload": payload, "secrets": secrets, **({} if place is None else {"place": place}),
    })).hexdigest()
