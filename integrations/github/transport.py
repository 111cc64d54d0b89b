"""PyGithub's requester over a transport that has come to an end by a deadline, whatever the other side does."""

import asyncio
import logging
import ssl
from collections.abc import ItemsView, Mapping
from typing import Any, cast

import httpx
from github.Consts import DEFAULT_PER_PAGE
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester

LARGEST_ANSWER = 16 * 1024 * 1024
AGENT = "placet"
API_VERSION = "2022-11-28"

logging.getLogger("github").setLevel(logging.WARNING)  # below that it writes bodies down, and tokens stand in some


class NoAnswer(Exception):
    """Nobody can tell whether GitHub has done what it was asked. The text names no address."""


class Reply:
    """What PyGithub reads of an answer."""

    def __init__(self, status: int, headers: Mapping[str, str], text: str):
        self.status = status
        self._headers, self._text = headers, text

    def getheaders(self) -> ItemsView[str, str]:
        return self._headers.items()

    def read(self) -> str:
        return self._text


class Line:
    """One request, with an event loop of its own: a look-up that hangs and an answer that drips end by the same deadline."""

    scheme = "https"

    def __init__(self, host: str, port: int | None = None, *, timeout: float, verify: ssl.SSLContext, **unused: object):
        self.host, self._port, self._seconds, self._tls = host, port, timeout, verify
        self._asked: tuple[str, str, str | None, dict[str, str]] = ("GET", "/", None, {})

    def request(self, verb: str, url: str, input: str | None, headers: dict[str, str], stream: bool = False) -> None:
        self._asked = verb, url, input, headers

    def getresponse(self) -> Reply:
        loop = asyncio.new_event_loop()  # not asyncio.run: it would wait for a name look-up that hangs
        try:
            return loop.run_until_complete(self._within())
        finally:
            loop.close()

    def close(self) -> None:
        """Nothing stays open."""

    async def _within(self) -> Reply:
        try:
            async with asyncio.timeout(self._seconds):
                async with httpx.AsyncClient(verify=self._tls, follow_redirects=False, timeout=self._seconds) as client:
                    return await self._ask(client)
        except TimeoutError:
            raise NoAnswer("no answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise NoAnswer(f"no answer: {type(error).__name__}") from None

    async def _ask(self, client: httpx.AsyncClient) -> Reply:
        verb, path, body, headers = self._asked
        host = f"[{self.host}]" if ":" in self.host else self.host
        where = f"{self.scheme}://{host}" + (f":{self._port}" if self._port else "")
        request = client.build_request(verb, where + path, content=body, headers={"accept-encoding": "gzip", **headers})
        answer = await client.send(request, stream=True)
        try:
            text = await _read(answer)
        finally:
            await answer.aclose()
        if answer.status_code == 202 and verb == "GET":  # PyGithub would sleep, and ask again without an end
            raise NoAnswer("no answer yet")
        return Reply(answer.status_code, {name: value for name, value in answer.headers.items() if name != "location"}, text)


class PlainLine(Line):
    scheme = "http"


class Ending(Requester):
    """PyGithub's requester with lines of ours: it follows no redirect, for it never sees where one leads."""


Ending.injectConnectionClasses(cast("type[HTTPRequestsConnectionClass]", PlainLine), cast("type[HTTPSRequestsConnectionClass]", Line))


def requester(url: str, auth: Any, seconds: float, tls: ssl.SSLContext) -> Requester:
    """Return a requester for one call: it has no retries, no pauses, and nothing that threads would share."""
    return Ending(auth=auth, base_url=url, timeout=cast(int, seconds), user_agent=AGENT, per_page=DEFAULT_PER_PAGE, verify=cast(bool, tls),
                  retry=None, pool_size=None, seconds_between_requests=None, seconds_between_writes=None, api_version=API_VERSION)


async def _read(answer: httpx.Response) -> str:
    body = b""
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > LARGEST_ANSWER:
            raise NoAnswer("an answer without an end")
    return body.decode("utf-8", "replace")
