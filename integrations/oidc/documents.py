"""A document of JSON by HTTP, over by a deadline and never larger than expected, whatever the other side does."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from typing import Any

import httpx

LARGEST = 262_144
HEADERS = {"accept": "application/json", "accept-encoding": "identity"}
NO_HEADERS: Mapping[str, str] = {}


class NoDocument(Exception):
    """Nothing usable came. The text is a sentence without an address; `status` is what was answered, if anything was."""

    def __init__(self, sentence: str, status: int | None = None):
        super().__init__(sentence)
        self.status = status


class Documents:
    """Follows no redirect, takes nothing from the environment. Each call has an event loop of its own, so that any thread may call."""

    def __init__(self) -> None:
        self._tls = ssl.create_default_context()

    def get(self, url: str, *, seconds: float) -> dict[str, Any]:
        """Return the object at an address, or raise NoDocument. `seconds`: for look-up, connection, TLS and the whole answer."""
        return self._ask("GET", url, seconds)

    def post(self, url: str, form: Mapping[str, str], *, seconds: float, authorization: str | None = None) -> dict[str, Any]:
        """Send a form; return the object that is answered, likewise."""
        return self._ask("POST", url, seconds, form, {"authorization": authorization} if authorization is not None else {})

    def _ask(self, method: str, url: str, seconds: float, form: Mapping[str, str] | None = None,
             headers: Mapping[str, str] = NO_HEADERS) -> dict[str, Any]:
        try:
            loop = asyncio.new_event_loop()  # not asyncio.run: it would wait for a name look-up that hangs
        except OSError as error:
            raise NoDocument(f"it could not be asked: {error.strerror}") from None
        try:
            return _parse(loop.run_until_complete(self._answer(method, url, seconds, form, {**headers, **HEADERS})))
        finally:
            loop.close()

    async def _answer(self, method: str, url: str, seconds: float, form: Mapping[str, str] | None, headers: Mapping[str, str]) -> bytes:
        try:
            async with asyncio.timeout(seconds):
                async with httpx.AsyncClient(verify=self._tls, trust_env=False, follow_redirects=False, timeout=seconds) as client:
                    request = client.build_request(method, url, headers=headers, data=form)
                    return await _receive(await client.send(request, stream=True))
        except TimeoutError:
            raise NoDocument(f"no answer within {seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoDocument(f"no answer: {type(error).__name__}") from None


async def _receive(response: httpx.Response) -> bytes:
    body = b""
    try:
        if response.status_code != httpx.codes.OK:
            raise NoDocument(f"it answers {response.status_code}", response.status_code)
        async for part in response.aiter_raw():
            body += part
            if len(body) > LARGEST:
                raise NoDocument(f"its answer is larger than {LARGEST // 1024} kB")
    finally:
        await response.aclose()
    return body


def _parse(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NoDocument("its answer is no JSON object")
    return found
