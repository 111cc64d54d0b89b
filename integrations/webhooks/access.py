"""Access by webhook: a signed POST to a receiver that gives access and takes it back.

What the receiver promises: it knows a request by `key` and does it once, however often it comes; a repeated grant answers the same
`activatedAt`; a revoked key stays revoked, also if it was never granted (a grant of it: 409); a revoke takes access away only if no other
live grant names the same subject, target and level.
"""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

from core.domain.json import parse_timestamp
from core.engine.grant_access import AccessRequest
from core.flows.context import Effect, EffectRefused
from integrations.webhooks.client import Answer, NoAnswer, WebhookClient
from integrations.webhooks.signed import SignedWebhook, fields_of, is_done, is_refusal, quote


class WebhookAccess:
    """`secrets`: the one that signs, or two during a rotation; each signs every request."""

    name = "webhook"

    def __init__(self, url: str, secrets: Sequence[str], client: WebhookClient):
        self._webhook = SignedWebhook(url, secrets, client)

    def grant(self, request: AccessRequest, effect: Effect) -> datetime:
        answer = self._post("access.grant", request, effect)
        if answer.status == HTTPStatus.OK:
            return parse_activation(answer)
        if answer.status == HTTPStatus.CONFLICT:
            raise EffectRefused(f"the access webhook says that access under {effect.key} has been taken back already, for good")
        if is_refusal(answer):
            raise EffectRefused(f"the access webhook refused: {quote(answer)}")
        raise NoAnswer(f"the access webhook answered {quote(answer)}")

    def revoke(self, request: AccessRequest, effect: Effect) -> None:
        """Return once the receiver says that it is done; raise NoAnswer for everything else, refusals too: this is never given up."""
        answer = self._post("access.revoke", request, effect)
        if not is_done(answer, effect.key):
            raise NoAnswer(f"the access webhook answered {quote(answer)}")

    def _post(self, kind: str, request: AccessRequest, effect: Effect) -> Answer:
        return self._webhook.post(kind, {
            "subject": request.subject, "target": request.target, "level": request.level, "durationMinutes": request.minutes,
            "reason": request.reason, "executionId": request.execution_id}, effect)


def parse_activation(answer: Answer) -> datetime:
    """Return `activatedAt`; raise EffectRefused if there is none, for the receiver would answer the same again."""
    activated_at = fields_of(answer).get("activatedAt")
    try:
        if not isinstance(activated_at, str) or len(activated_at) < len("2000-01-01T00:00:00Z"):
            raise ValueError
        return parse_timestamp(activated_at)
    except (ValueError, OverflowError):
        raise EffectRefused(f"the access webhook granted without a valid activatedAt: {quote(answer)}") from None
