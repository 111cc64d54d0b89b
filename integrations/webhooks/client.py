"""HTTP POST that is over by a deadline, whatever the other side does."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx

LARGEST_ANSWER = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`body` is what came of it, up to 64 kB; `cut` tells that there was more. `retry_after` is that header, as it stands."""

    status: int
    body: bytes = field(repr=False)
    cut: bool = False
    retry_after: str = ""


class NoAnswer(Exception):
    """Nobody can tell whether the other side has done what it was asked. The text names no address."""


class WebhookClient:
    """Follows no redirect, takes nothing from the environment. Each call has an event loop of its own: threads and forks share nothing."""

    def __init__(self, new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop) -> None:
        self._new_loop = new_loop
        self._tls = ssl.create_default_context()

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> Answer:
        """Send, and return an answer of any status, or raise NoAnswer. `seconds`: for look-up, connection, TLS and the whole answer."""
        loop = self._new_loop()  # not asyncio.run: it would wait for a name look-up that hangs
        try:
            return loop.run_until_complete(self._post(url, body, headers, seconds))
        finally:
            loop.close()

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
        try:
            async with asyncio.timeout(seconds):
                async with httpx.AsyncClient(verify=self._tls, trust_env=False, follow_redirects=False, timeout=seconds) as client:
                    request = client.build_request("POST", url, content=body, headers={"accept-encoding": "identity", **headers})
                    return await receive(await client.send(request, stream=True))
        except TimeoutError:
            raise NoAnswer(f"no answer within {seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL) as e:
            raise NoAnswer(f"no answer: {type(e).__name__}") from None


async def receive(response: httpx.Response) -> Answer:
    """Read an answer as far as it counts."""
    body, wish = b"", response.headers.get("retry-after", "")
    try:
        async for part in response.aiter_raw():
            body += part
            if len(body) > LARGEST_ANSWER:
                return Answer(status=response.status_code, body=body[:LARGEST_ANSWER], cut=True, retry_after=wish)
    finally:
        await response.aclose()
    return Answer(status=response.status_code, body=body, retry_after=wish)
