"""A document of JSON by HTTP GET, over by a deadline and never larger than expected, whatever the other side does."""

import asyncio
import json
import ssl
from typing import Any

import httpx

LARGEST = 262_144


class NoDocument(Exception):
    """Nothing usable came. The text is a sentence without an address."""


class Documents:
    """Follows no redirect, takes nothing from the environment. Each call has an event loop of its own, so that any thread may call."""

    def __init__(self) -> None:
        self._tls = ssl.create_default_context()

    def get(self, url: str, *, seconds: float) -> dict[str, Any]:
        """Return the object at an address, or raise NoDocument. `seconds`: for look-up, connection, TLS and the whole answer."""
        try:
            loop = asyncio.new_event_loop()  # not asyncio.run: it would wait for a name look-up that hangs
        except OSError as error:
            raise NoDocument(f"it could not be asked: {error.strerror}") from None
        try:
            return _parse(loop.run_until_complete(self._get(url, seconds)))
        finally:
            loop.close()

    async def _get(self, url: str, seconds: float) -> bytes:
        try:
            async with asyncio.timeout(seconds):
                async with httpx.AsyncClient(verify=self._tls, trust_env=False, follow_redirects=False, timeout=seconds) as client:
                    request = client.build_request("GET", url, headers={"accept": "application/json", "accept-encoding": "identity"})
                    return await _receive(await client.send(request, stream=True))
        except TimeoutError:
            raise NoDocument(f"no answer within {seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoDocument(f"no answer: {type(error).__name__}") from None


async def _receive(response: httpx.Response) -> bytes:
    body = b""
    try:
        if response.status_code != httpx.codes.OK:
            raise NoDocument(f"it answers {response.status_code}")
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
