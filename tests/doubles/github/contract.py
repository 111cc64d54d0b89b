"""What GitHub publishes of its API and its webhooks, to hold the double and its callers against."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jsonschema_rs import Draft202012Validator
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.doubles.github.hooks import Delivery
from tests.doubles.github.ledger import Call

FOLDER = os.environ.get("PLACET_TEST_GITHUB_CONTRACT")
WHY_NOT = "PLACET_TEST_GITHUB_CONTRACT names no folder with GitHub's openapi.json and webhooks-openapi.json"
HOST = "https://api.github.com"
# Where the document is wrong about GitHub: a list of labels may stand alone, an account is a person or an enterprise, not both, and
# `created` is a range as in a search.
THEIR_OWN = (("POST /repos/{owner}/{repo}/issues/{issue_number}/labels", "request: : ["),
             ("GET /app/installations", "answer: 0/account: "), ("GET /repos/{owner}/{repo}/actions/runs", "request: : '>="),
             ("GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs", "request: : '>="))


@dataclass(slots=True, kw_only=True)
class Asked:
    """A request as openapi-core reads it."""

    path: str
    method: str
    body: bytes | None
    parameters: RequestParameters
    content_type: str = "application/json"
    host_url: str = HOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An answer as openapi-core reads it."""

    status_code: int
    data: bytes | None
    content_type: str = "application/json"
    headers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contract:
    """The two documents, which are cut to what is used here."""

    api: OpenAPI
    paths: Mapping[str, Any]
    webhooks: Mapping[str, Any]

    def covers(self, call: Call) -> bool:
        """Whether a request was answered by GitHub itself, by an operation that is published under this path."""
        method, _, path = call.route.partition(" ")
        return call.done and method.lower() in self.paths.get(path, {}) and call.path.startswith(path.partition("{")[0])

    def covers_payload(self, event: str, payload: Mapping[str, Any]) -> bool:
        return _name(event, payload) in self.webhooks["webhooks"]

    def differences(self, call: Call) -> Iterator[str]:
        """Say what is wrong with a request that was taken, and with its answer; refusals that are not published are left out."""
        method, _, path = call.route.partition(" ")
        asked = Asked(path=call.path, method=call.method.lower(), body=call.body or None,
                      parameters=RequestParameters(query=ImmutableMultiDict(parse_qsl(call.query_string, keep_blank_values=True)),
                                                   header=Headers(list(call.headers.items()))))
        said = Said(status_code=call.status, data=None if call.answer is None else json.dumps(call.answer).encode(),
                    headers=call.answer_headers)
        found = []
        if call.status < 300 or str(call.status) in self.paths[path][method.lower()]["responses"]:
            found += [f"answer: {why}" for why in _errors(lambda: self.api.validate_response(asked, said))]
        if call.status < 400:
            found += [f"request: {why}" for why in _errors(lambda: self.api.validate_request(asked))]
        for why in found:
            if not any(call.route == route and why.startswith(words) for route, words in THEIR_OWN):
                yield f"{call.what} {call.status}, {why}"

    def payload_differences(self, event: str, payload: Mapping[str, Any]) -> Iterator[str]:
        """Say what is wrong with a webhook's payload."""
        name = _name(event, payload)
        for error in _validator(name).iter_errors(payload):
            if "performed_via_github_app" in error.instance_path and "events" in error.instance_path:
                continue  # its list of events is older than some of them
            yield f"{name}: {'/'.join(map(str, error.instance_path))}: {error.message[:300]}"


def _name(event: str, payload: Mapping[str, Any]) -> str:
    action = payload.get("action")
    return (event if action is None else f"{event}-{action}").replace("_", "-")


@cache
def _validator(name: str) -> Draft202012Validator:
    webhooks = contract().webhooks
    schema = webhooks["webhooks"][name]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return Draft202012Validator({**schema, "components": webhooks["components"]})


def _errors(check: Callable[[], object]) -> Iterator[str]:
    try:
        check()
    except OpenAPIError as error:
        cause = error.__cause__ or error
        found = getattr(cause, "schema_errors", ())
        yield from [f"{'/'.join(map(str, one.absolute_path))}: {one.message[:200]}" for one in found] or [repr(cause)]


def _with_null(part: Any) -> Any:
    """Let null be one of the words of what may be null, as it is."""
    match part:
        case dict():
            read = {name: _with_null(value) for name, value in part.items()}
            if read.get("nullable") is True and isinstance(read.get("enum"), list):
                read["enum"] = [*read["enum"], None]
            return read
        case list():
            return [_with_null(value) for value in part]
    return part


@cache
def contract() -> Contract:
    assert FOLDER is not None, WHY_NOT
    document = _with_null(json.loads((Path(FOLDER) / "openapi.json").read_text()))
    api = OpenAPI.from_dict(document, config=Config(spec_validator_cls=None))
    return Contract(api, document["paths"], json.loads((Path(FOLDER) / "webhooks-openapi.json").read_text()))


def misfits(calls: Iterable[Call], sent: Iterable[Delivery], *, of_each: int | None = None) -> list[str]:
    """Say what does not fit the documents, where they are present; `of_each`: no more than so many requests, and events, of one kind."""
    if FOLDER is None:
        return []
    seen: Counter[tuple[str, object]] = Counter()

    def wanted(kind: tuple[str, object]) -> bool:
        seen[kind] += 1
        return of_each is None or seen[kind] <= of_each

    return [why for call in calls if contract().covers(call) and wanted((call.route, call.status))
            for why in contract().differences(call)] + [
        why for one in sent if not one.as_given and contract().covers_payload(one.event, one.payload) and wanted((one.event, one.action))
        for why in contract().payload_differences(one.event, one.payload)]
