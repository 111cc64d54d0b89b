"""Requests that an issue makes when it is opened: by JSON in a comment of HTML, or by a form whose label names the flow."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from core.domain.conversations import github_issue
from core.domain.json import Json
from core.domain.messages import Asking, Message
from core.domain.strict_json import NotJson, parse_json
from integrations.github.authors import at, author_of, whole
from integrations.github.keys import PROVIDER, is_repository
from integrations.github.markup import LONGEST, parsed

ISSUE = "issue"
NO_RESPONSE = "_No response_"  # https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests
TWICE = "The issue asks for more than one thing: open an issue for each."
TOO_LONG = f"The issue is too long: {LONGEST} characters at most."
_LABEL = re.compile(r"placet:([^\s:][^:]{0,99})")
_HEADING, _TICKED, _UNTICKED = "### ", ("- [x] ", "- [X] "), "- [ ] "


def opened(told: Any, place: str) -> Message | None:
    """Understand an issue that is opened; one that was moved here was opened elsewhere, and asks for nothing."""
    if told["action"] != "opened" or told.get("changes"):
        return None
    message = asked_in(told["issue"], told["repository"]["full_name"], place)
    return replace(message, sent_by_author=str(whole(told["sender"]["id"])) == message.author.id) if message is not None else None


def asked_in(issue: Any, repository: str, place: str) -> Message | None:
    """Understand an issue as it is delivered or read; None where it asks for nothing."""
    body = (issue["body"] or "").replace("\r\n", "\n")
    found = [*_marked(body), *(_filled_in(flow, body) for flow in _labelled(issue["labels"]))]
    if not found or issue.get("pull_request") is not None:
        return None
    if not is_repository(repository):
        raise ValueError("its repository has no name")
    wrong = TWICE if len(found) > 1 else TOO_LONG if len(body) > LONGEST else None
    asks = found[0] if wrong is None else Asking(flow=found[0].flow, values={}, wrong=wrong)
    [conversation] = github_issue(repository, str(whole(issue["number"])))
    author = author_of(issue["user"], via=issue.get("performed_via_github_app"), body=body)
    return Message(provider=PROVIDER, id=f"{ISSUE}:{whole(issue['id'])}", conversation=conversation, place=place, author=author,
                   text=f"/placet {asks.flow}".strip(), written_at=at(issue["created_at"]), asks=asks)


def _marked(body: str) -> Iterator[Asking]:
    """Give what comments of HTML ask for that stand for themselves: none in a quote or in code, and none of another tool's."""
    for token in parsed(body[:LONGEST]):
        if token.type == "html_block" and token.level == 0:
            for text in _comments(token.content):
                if text.startswith("{") and '"id"' in text:
                    yield from _by_json(text)


def _comments(html: str) -> Iterator[str]:
    rest = html
    while "<!--" in rest:
        text, ended, rest = rest.partition("<!--")[2].partition("-->")
        if ended:
            yield text.strip()


def _by_json(text: str) -> Iterator[Asking]:
    try:
        values = parse_json(text.encode("utf-8", "surrogatepass"))
    except NotJson as error:
        yield Asking(flow="", values={}, wrong=f"The JSON in the issue{str(error).removeprefix('The body')}")
        return
    if isinstance(values, dict) and isinstance(values.get("id"), str):
        yield Asking(flow=values["id"], values={name: value for name, value in values.items() if name != "id" and value is not None})


def _labelled(labels: Iterable[Any]) -> Iterator[str]:
    """Give the flows that labels name; those that we show a state by have a space after the colon."""
    for label in labels:
        found = _LABEL.fullmatch(str(label["name"]))
        if found is not None:
            yield found[1]


def _filled_in(flow: str, body: str) -> Asking:
    """Read a form: what stands below each heading; what nobody filled in is not there."""
    fields: dict[str, list[str]] = {}
    here: list[str] = []
    wrong = None
    for line in body[:LONGEST].split("\n"):
        if not line.startswith(_HEADING):
            here.append(line)
            continue
        title, here = line.removeprefix(_HEADING).strip(), []
        wrong = f"{title[:80]} stands there twice." if title in fields else wrong
        fields[title] = here
    given = {title: "\n".join(lines).strip() for title, lines in fields.items()}
    values: dict[str, Json] = {title: _ticked(text) for title, text in given.items() if text not in ("", NO_RESPONSE)}
    return Asking(flow=flow, values=values, form=True, wrong=wrong)


def _ticked(text: str) -> str:
    """Return `yes` or `no` for a box to tick, and any other text as it is."""
    if text.startswith(_TICKED) and "\n" not in text:
        return "yes"
    return "no" if text.startswith(_UNTICKED) and "\n" not in text else text
