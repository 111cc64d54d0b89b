"""What was asked of GitHub and what came of it. Tokens are never in it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`who`: "installation:7", "person:ann", "app:placet", "nobody", "unknown", or "unheard" where it never arrived, with status 0.

    `done`: whether GitHub itself answered; otherwise a fault did. `answered`: whether the answer went out. `counted`: against the limit.
    `route`: the path with its names in braces.
    """

    at: datetime
    method: str
    path: str
    who: str
    status: int
    route: str
    query_string: str
    body: bytes
    headers: Mapping[str, str]
    answer: object
    answer_headers: Mapping[str, str]
    answered: bool
    done: bool
    counted: bool

    @property
    def what(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @property
    def said(self) -> Any:
        return json.loads(self.body) if self.body else None
