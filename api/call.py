"""A request that has been checked, as an endpoint has it at hand: who calls, what is meant, and the use cases."""

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Header
from starlette.requests import Request
from starlette.responses import Response

from api.use_cases import UseCases
from core.domain.json import canonical
from core.domain.people import Caller
from core.engine.repeats import Idempotency

IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200, pattern="^[ -~]+$")]


class Call(Request):
    """`value` is what the body means; the query holds what is declared, once each."""

    def __init__(self, request: Request, caller: Caller, *, query: bytes, content: bytes, value: Any):
        super().__init__({**request.scope, "query_string": query})
        self.caller = caller
        self.content = content
        self.value = value

    async def body(self) -> bytes:
        return self.content

    async def json(self) -> Any:
        return self.value

    @property
    def use_cases(self) -> UseCases:
        found: UseCases = self.app.state.use_cases
        return found

    def idempotency(self, key: str | None) -> Idempotency | None:
        """Return what makes the same request twice one request: its key, and a hash of what it means."""
        return Idempotency(key=key, body_hash=hashlib.sha256(canonical(self.value)).hexdigest()) if key else None

    def note(self, **facts: str) -> None:
        """Put ids beside the request's line in the log."""
        note(self, **facts)


def note(request: Request, **facts: str) -> None:
    request.scope["placet.facts"].update(facts)


def answer(value: Mapping[str, Any], status: int = 200) -> Response:
    """Write an answer as it stands: nothing is checked or copied on the way out."""
    return Response(to_bytes(value), status, media_type="application/json")


def to_bytes(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
