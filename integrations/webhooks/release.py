"""Deployments by webhook: a signed POST to a receiver that deploys a release to an environment.

What the receiver promises: it knows a request by `key` and deploys it once, however often it comes; it answers 202 while that is under way
and 200 once it is done; a stopped key stays stopped, also if it was never begun (a deploy of it: 409); it answers a stop with 200 once
nothing is under way under that key. What has been deployed stays.
"""

from collections.abc import Sequence
from http import HTTPStatus

from core.engine.deploy_release import ReleaseRequest
from core.flows.context import Effect, EffectRefused, NotYet
from integrations.webhooks.client import Answer, NoAnswer, WebhookClient
from integrations.webhooks.signed import SignedWebhook, fields_of, is_done, is_refusal, quote

LONGEST_URL = 2_000


class WebhookRelease:
    """`secrets`: the one that signs, or two during a rotation; each signs every request."""

    def __init__(self, url: str, secrets: Sequence[str], client: WebhookClient):
        self._webhook = SignedWebhook(url, secrets, client)

    def deploy(self, request: ReleaseRequest, effect: Effect) -> str | None:
        answer = self._post("release.deploy", request, effect)
        if answer.status in (HTTPStatus.OK, HTTPStatus.NO_CONTENT):
            return page_of(answer)
        if answer.status == HTTPStatus.ACCEPTED:
            raise NotYet(f"the release webhook answered {quote(answer)}")
        if answer.status == HTTPStatus.CONFLICT:
            raise EffectRefused(f"the release webhook says that {effect.key} has been stopped already, for good")
        if is_refusal(answer):
            raise EffectRefused(f"the release webhook refused: {quote(answer)}")
        raise NoAnswer(f"the release webhook answered {quote(answer)}")

    def stop(self, request: ReleaseRequest, effect: Effect) -> None:
        """Return once the receiver says that nothing is under way; raise NoAnswer for everything else: this is never given up."""
        answer = self._post("release.stop", request, effect)
        if not is_done(answer, effect.key):
            raise NoAnswer(f"the release webhook answered {quote(answer)}")

    def _post(self, kind: str, request: ReleaseRequest, effect: Effect) -> Answer:
        return self._webhook.post(kind, {
            "repositoryIdentifier": request.project, "release": request.release, "environment": request.environment,
            "reason": request.reason, "executionId": request.execution_id}, effect)


def page_of(answer: Answer) -> str | None:
    """Return the `url` that an answer names, where the deployment can be looked at."""
    url = fields_of(answer).get("url")
    fits = isinstance(url, str) and url.startswith(("https://", "http://")) and len(url) <= LONGEST_URL and url.isprintable()
    return str(url) if fits else None
