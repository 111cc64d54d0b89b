"""Access by webhook: a signed POST to a receiver that gives access and takes it back.

What the receiver promises: it knows a request by `key` and does it once, however often it comes; a repeated grant answers the same
`activatedAt`; a revoked key stays revoked, also if it was never granted (a grant of it: 409); a revoke takes access away only if no other
live grant names the same subject, target and level.
"""

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus

from standardwebhooks import Webhook

from core.domain.json import canonical, parse_timestamp
from core.domain.logs import clean
from core.engine.grant_access import AccessRequest
from core.flows.context import Effect, EffectRefused
from integrations.webhooks.client import Answer, NoAnswer, WebhookClient

AGAIN = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
LONGEST_QUOTE = 200
PREFIX = "whsec_"


class WebhookAccess:
    """`secrets`: the one that signs, or two during a rotation; each signs every request."""

    name = "webhook"

    def __init__(self, url: str, secrets: Sequence[str], client: WebhookClient):
        self._url = url
        self._signers = [Webhook(parse_secret(secret)) for secret in secrets]
        self._client = client

    def grant(self, request: AccessRequest, effect: Effect) -> datetime:
        answer = self._post("access.grant", request, effect)
        if answer.status == HTTPStatus.OK:
            return parse_activation(answer)
        if answer.status == HTTPStatus.CONFLICT:
            raise EffectRefused(f"the access webhook says that access under {effect.key} has been taken back already, for good")
        if 400 <= answer.status < 500 and answer.status not in AGAIN:
            raise EffectRefused(f"the access webhook refused: {quote(answer)}")
        raise NoAnswer(f"the access webhook answered {quote(answer)}")

    def revoke(self, request: AccessRequest, effect: Effect) -> None:
        """Return once the receiver says that it is done; raise NoAnswer for everything else, refusals too: this is never given up."""
        answer = self._post("access.revoke", request, effect)
        done = answer.status in (HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.GONE)
        if not done and not (answer.status == HTTPStatus.NOT_FOUND and names_key(answer, effect.key)):
            raise NoAnswer(f"the access webhook answered {quote(answer)}")

    def _post(self, kind: str, request: AccessRequest, effect: Effect) -> Answer:
        body = canonical({
            "type": kind, "key": effect.key, "subject": request.subject, "target": request.target, "level": request.level,
            "durationMinutes": request.minutes, "reason": request.reason, "executionId": request.execution_id,
        })
        message, now = f"{effect.key}:{kind.removeprefix('access.')}", datetime.now(UTC)
        return self._client.post(self._url, body, {
            "content-type": "application/json", "idempotency-key": effect.key, "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(s.sign(message, now, body.decode()) for s in self._signers),
        }, seconds=effect.seconds)


def parse_secret(secret: str) -> bytes:
    """Return the key that a text stands for: `whsec_` and the base64 of 24 to 64 bytes; the text of a ValueError does not show it."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError(f"a webhook secret is {PREFIX} followed by 24 to 64 bytes in base64")
    return key


def parse_activation(answer: Answer) -> datetime:
    """Return `activatedAt`; raise EffectRefused if there is none, for the receiver would answer the same again."""
    activated_at = _fields(answer).get("activatedAt")
    try:
        if not isinstance(activated_at, str) or len(activated_at) < len("2000-01-01T00:00:00Z"):
            raise ValueError
        return parse_timestamp(activated_at)
    except (ValueError, OverflowError):
        raise EffectRefused(f"the access webhook granted without a valid activatedAt: {quote(answer)}") from None


def names_key(answer: Answer, key: str) -> bool:
    """Tell the receiver's own "no such grant" from that of whatever stands before it while it is away."""
    return _fields(answer).get("key") == key


def _fields(answer: Answer) -> dict[str, object]:
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and not answer.cut else {}


def quote(answer: Answer) -> str:
    """Return the status and the beginning of what was said, on one line, without what looks like a token."""
    text = clean(answer.body.decode("utf-8", "replace"))
    said = " ".join("".join(c if c.isprintable() else " " for c in text).split())[:LONGEST_QUOTE]
    return f"{answer.status} ({said})" if said else str(answer.status)
