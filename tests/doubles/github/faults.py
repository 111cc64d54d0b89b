"""What goes wrong between a caller and GitHub, on demand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from tests.doubles.github.json import DOCS, Json


@dataclass(slots=True, kw_only=True)
class Fault:
    """What happens to requests of this route, `times` times; None: until it is taken away.

    `route`: a method and a path with wildcards, as in "POST */comments"; "*" is everything. `wait`: seconds before anything else.
    `drop`: the connection breaks "before" it is done, or "after", so that the answer is lost. `drip`: seconds between the answer's bytes.
    `status`: said instead of doing it.
    """

    route: str = "*"
    times: int | None = 1
    wait: float = 0.0
    drop: Literal["before", "after"] | None = None
    drip: float = 0.0
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Json | bytes = b""

    def fits(self, method: str, path: str) -> bool:
        wanted, _, pattern = self.route.rpartition(" ")
        return wanted in ("", method) and fnmatchcase(path, pattern)


def secondary_limit(route: str = "*", *, retry_after: int | None = 30, times: int | None = 1, status: int = 403) -> Fault:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Fault(route=route, times=times, status=status, headers=headers, body={
        "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
        "documentation_url": f"{DOCS}/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits"})


def too_many(route: str = "*", *, retry_after: int | None = 30, times: int | None = 1) -> Fault:
    return secondary_limit(route, retry_after=retry_after, times=times, status=429)


def server_error(route: str = "*", *, status: int = 502, times: int | None = 1) -> Fault:
    return Fault(route=route, times=times, status=status, headers={"Content-Type": "text/html"},
                 body=b"<html><head><title>Unicorn!</title></head><body>This page is taking too long to load.</body></html>")


def answer_lost(route: str = "*", *, times: int | None = 1) -> Fault:
    return Fault(route=route, times=times, drop="after")


def unreachable(route: str = "*", *, times: int | None = None) -> Fault:
    return Fault(route=route, times=times, drop="before")
