"""How a request finds what answers it, and what it may say."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from tests.doubles.github.hooks import Hooks
from tests.doubles.github.json import DOCS, Json
from tests.doubles.github.permissions import Caller, may
from tests.doubles.github.state import Account, Repository, State, Token

Types: TypeAlias = type | tuple[type, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """What GitHub says instead of doing it."""

    def __init__(self, status: int, message: str, *, headers: Mapping[str, str] | None = None, errors: list[Any] | None = None,
                 url: str | None = None):
        super().__init__(message)
        body: Json = {"message": message, "documentation_url": DOCS, "status": str(status)}
        if errors is not None:
            body["errors"] = errors
        if url is not None:
            body["url"] = url
        self.answer = Answer(status=status, body=body, headers=headers or {})


def not_found() -> Refused:
    return Refused(404, "Not Found")


def invalid(resource: str, name: str, code: str = "invalid", value: object = None) -> Refused:
    error: Json = {"resource": resource, "field": name, "code": code}
    return Refused(422, "Validation Failed", errors=[error if value is None else {**error, "value": str(value)}])


class Stage(ABC):
    """What routes and people may do beside changing the state. `base`: what all URLs begin with."""

    base: str
    state: State
    lock: AbstractContextManager[bool]
    hooks: Hooks
    now: Callable[[], datetime]
    auth_now: Callable[[], datetime]
    runs_appear_after: float
    tells_runs: bool

    @abstractmethod
    def happened(self, event: str, action: str | None, repository: Repository | None, sender: Account, payload: Json, *,
                 only: set[int] | None = None) -> None:
        """Tell every hook that wants to know of it; `only`: of these Apps."""

    @abstractmethod
    def issue_token(self, token: Token) -> str: ...

    @abstractmethod
    def limits(self, who: str) -> Json: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request, understood. `state` is the replica's for a read, if that lags."""

    state: State
    caller: Caller
    args: Mapping[str, str]
    query: Mapping[str, str]
    body: Json
    now: datetime
    base: str
    url: str
    stage: Stage
    repository_found: Repository | None = None

    @property
    def repository(self) -> Repository:
        assert self.repository_found is not None
        return self.repository_found

    def number(self, name: str) -> int:
        return int(self.args[name])

    def may(self, permission: str, level: str) -> bool:
        return may(self.caller, permission, level, self.repository_found)

    def need(self, permission: str, level: str) -> None:
        if not self.may(permission, level):
            raise Refused(403, f"Resource not accessible by {self.caller.resource}")


Handle: TypeAlias = Callable[[Ask], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`needs`: "app" (a JWT), "user" (a person's token), "any", or permissions, one of which is enough: "issues|pull_requests:write".

    `fields`, `query`: what may be in the body and in the query; a field whose name ends in * must be there. `bare`: the field whose value
    may stand alone, as a list.
    """

    method: str
    path: str
    pattern: re.Pattern[str]
    needs: str
    fields: Mapping[str, Types] | None
    query: frozenset[str]
    bare: str | None
    handle: Handle


ROUTES: list[Route] = []
PAGE = ("per_page", "page")


def route(method: str, path: str, *, needs: str, fields: Mapping[str, Types] | None = None,
          query: tuple[str, ...] = (), bare: str | None = None) -> Callable[[Handle], Handle]:
    pattern = re.compile("".join(f"(?P<{part[1:-1]}>{_kind(part)})" if part.startswith("{") else re.escape(part)
                                 for part in re.split(r"(\{[a-z_]+\})", path)) + r"\Z")

    def add(handle: Handle) -> Handle:
        ROUTES.append(Route(method=method, path=path, pattern=pattern, needs=needs, fields=fields, query=frozenset(query), bare=bare,
                            handle=handle))
        return handle

    return add


def _kind(part: str) -> str:
    if part == "{name}":  # a label's, in which a slash may stand as it is
        return ".+"
    return r"\d+" if part.endswith(("_id}", "_number}")) and part != "{workflow_id}" else "[^/]+"
