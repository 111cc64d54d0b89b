"""Pipelines by webhook: a signed POST to a receiver that starts one for a run, and stops it.

What the receiver promises: it starts one pipeline for a key, however often that comes; a cancelled key is never started, also if it was
never dispatched (a dispatch of it: 409). The pipeline then reports how it goes by itself.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

from core.domain.json import Json
from core.flows.context import Effect, EffectRefused
from core.ports.dispatch import Errand, Handed, TryLater
from integrations.webhooks.client import Answer, NoAnswer, WebhookClient
from integrations.webhooks.signed import SignedWebhook, fields_of, is_done, is_refusal, quote

LONGEST_ID, LONGEST_URL = 200, 2_000
_URL = re.compile(r"https?://[!-~]+")


class WebhookDispatcher:
    """`secrets`: the one that signs, or two during a rotation. `report_path`: where reports go, with `{id}` for the run's id."""

    def __init__(self, secrets: Sequence[str], client: WebhookClient, report_path: str):
        self._secrets, self._client, self._report_path = secrets, client, report_path

    def dispatch(self, errand: Errand, parameters: Mapping[str, Json], seconds: float) -> Handed:
        answer = self._post("flow.dispatch", errand, seconds, {
            "parameters": dict(parameters), "reportTo": self._report_path.replace("{id}", errand.execution_id),
            "reportWithinSeconds": int(errand.within.total_seconds())})
        if 200 <= answer.status < 300:
            return handed(answer)
        if answer.status == HTTPStatus.CONFLICT:
            raise EffectRefused("its pipeline says that this run was called off before")
        if is_refusal(answer):
            raise EffectRefused(f"its pipeline refused it: {quote(answer)}")
        raise TryLater(f"its pipeline answered {quote(answer)}", wish(answer))

    def cancel(self, errand: Errand, seconds: float) -> None:
        """Return once the receiver says that it is done, or (409) that there is nothing to stop any more."""
        answer = self._post("flow.cancel", errand, seconds, {})
        if not 200 <= answer.status < 300 and answer.status != HTTPStatus.CONFLICT and not is_done(answer, errand.execution_id):
            raise TryLater(f"its pipeline answered {quote(answer)}", wish(answer))

    def _post(self, kind: str, errand: Errand, seconds: float, more: Mapping[str, Json]) -> Answer:
        url = errand.target.get("url", "")
        if not is_safe(url):
            raise EffectRefused("its pipeline has no https:// address")
        try:
            return SignedWebhook(url, self._secrets, self._client).post(kind, {
                "executionId": errand.execution_id, "flow": errand.flow, "taskType": errand.task_type,
                "repositoryIdentifier": errand.project, "triggeredBy": errand.triggered_by, **more,
            }, Effect(key=errand.execution_id, seconds=seconds, attempt=1))
        except NoAnswer as error:
            raise TryLater(f"its pipeline gave {error}") from None


def is_safe(url: str) -> bool:
    """Tell whether secrets may be sent to an address: by https, or within this machine."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) or parts.scheme == "http" and _is_loopback(str(parts.hostname))
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def handed(answer: Answer) -> Handed:
    """Return what an answer calls the pipeline's run, and its page; what does not fit is left out."""
    told = fields_of(answer)
    run_id, url = told.get("cicdRunId"), told.get("cicdRunUrl")
    return Handed(run_id=run_id if isinstance(run_id, str) and 0 < len(run_id) <= LONGEST_ID and run_id.isprintable() else None,
                  url=url if isinstance(url, str) and len(url) <= LONGEST_URL and _URL.fullmatch(url) else None)


def wish(answer: Answer) -> timedelta | None:
    """Return how much later a receiver wants to be asked again; None if it does not say so, or what it says is no time."""
    text = answer.retry_after.strip()
    try:
        if text.isascii() and text.isdigit():
            return timedelta(seconds=min(int(text[:12]), 10**9))
        return max(parsedate_to_datetime(text) - datetime.now(UTC), timedelta())
    except (TypeError, ValueError, OverflowError):
        return None
