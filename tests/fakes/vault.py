"""A vault whose seal is visible in tests, and no secret in clear."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.json import Json, canonical


@dataclass
class FakeVault:
    def seal(self, secrets: Mapping[str, Json]) -> str | None:
        return "sealed:" + base64.b64encode(canonical(secrets)).decode() if secrets else None

    def open(self, sealed: str | None) -> dict[str, Json]:
        return dict(json.loads(base64.b64decode(sealed.removeprefix("sealed:")))) if sealed else {}

    def fingerprint(self, secret: Json) -> str:
        return hashlib.sha256(b"fingerprint" + canonical(secret)).hexdigest()

    def sealed_newly(self, sealed: str) -> bool:
        return True
