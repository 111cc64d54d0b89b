"""The body of a request: its size, its time, its kind, and then its meaning."""

import asyncio
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request

from api.errors import Refused
from core.domain.strict_json import NotJson, parse_json

LARGEST = 1_048_576
TOO_LARGE = "The body is larger than 1 MiB, and no more than that is taken."
NOT_JSON = "The body must be JSON in UTF-8: send it with Content-Type: application/json."
SHORT = 65_536  # parsed on the spot; a longer one by a thread


def refuse_announced_size(headers: Headers) -> None:
    length = headers.get("content-length", "")
    if length.isdigit() and (len(length) > 15 or int(length) > LARGEST):
        raise Refused(413, TOO_LARGE, close=True)


async def read_body(request: Request, seconds: float) -> tuple[bytes, Any]:
    """Return the bytes and what they mean; nothing at all is b"" and None."""
    content = await read_bytes(request, seconds)
    if not content:
        return content, None
    _refuse_other_than_json(request.headers)
    try:
        return content, parse_json(content) if len(content) <= SHORT else await run_in_threadpool(parse_json, content)
    except NotJson as error:
        raise Refused(400, [str(error)]) from None


async def read_bytes(request: Request, seconds: float) -> bytes:
    """Return a body; refuse one that is too large or too slow."""
    content = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for part in request.stream():
                content += part
                if len(content) > LARGEST:
                    raise Refused(413, TOO_LARGE, close=True)
    except TimeoutError:
        raise Refused(400, f"The body did not arrive within {seconds:g} seconds.", close=True) from None
    except ClientDisconnect:
        raise Refused(400, "The body ended before its end.", close=True) from None
    return bytes(content)


def _refuse_other_than_json(headers: Headers) -> None:
    kinds = headers.getlist("content-type")
    media, *parameters = (part.strip().lower() for part in kinds[0].split(";")) if len(kinds) == 1 else ("",)
    charsets = {p.partition("=")[2].strip("\"' ") for p in parameters if p.startswith("charset=")}
    coded = headers.get("content-encoding", "identity").lower() != "identity"
    if media != "application/json" or charsets - {"utf-8", "utf8"} or coded:
        raise Refused(415, NOT_JSON)
