"""GitHub's deliveries: whether it was GitHub that sent one."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.domain.messages import Delivery
from integrations.github.keys import PROVIDER

SIGNATURE, DELIVERY, EVENT = "x-hub-signature-256", "x-github-delivery", "x-github-event"
TARGET, TARGET_TYPE = "x-github-hook-installation-target-id", "x-github-hook-installation-target-type"
KEPT = (EVENT, DELIVERY, TARGET, TARGET_TYPE)
SHORTEST = 16  # characters of a secret
# https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
BEGINS = "sha256="


@dataclass(frozen=True, slots=True)
class GitHubDoor:
    """`secrets`: those that count now, two of them during a rotation."""

    secrets: Sequence[str] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.secrets or not all(len(secret) >= SHORTEST for secret in self.secrets):
            raise ValueError("a webhook without a secret would let anybody in")

    def admit(self, headers: Mapping[str, str], body: bytes) -> Delivery | None:
        """SHA-256 over the bytes as they came is all that counts; SHA-1 never does."""
        if not verified(headers.get(SIGNATURE, ""), body, self.secrets):
            return None
        return Delivery(
            provider=PROVIDER, delivery_id=headers.get(DELIVERY, ""), headers={name: headers[name] for name in KEPT if name in headers},
            body=body.decode("utf-8", "replace"))


def verified(signature: str, body: bytes, secrets: Sequence[str]) -> bool:
    """Tell whether a signature is one of these secrets', in a time that tells nothing of them."""
    if not signature.startswith(BEGINS) or not signature.isascii():
        return False
    given = signature.removeprefix(BEGINS)
    matches = [hmac.compare_digest(hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(), given) for secret in secrets]
    return any(matches)
