"""One GitHub, as its REST API offers it: each call over within ten seconds, with a token that may do just what the call needs."""

import json
import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, assert_never

from bot.homes import HomeAway, NotThere
from core.domain.json import Json, parse_timestamp
from integrations.github.credentials import LISTEN, TALK, AppKey, Credential, Myself, Needs, Pat
from integrations.github.keys import PLATFORM, Site, repo_path
from integrations.github.limits import REMAINING, until_reset, wish
from integrations.github.memory import Kept, Memory

DEADLINE = 10.0  # seconds for a call, with the token that it may have to get first
LIST_WITHIN = 30.0  # seconds for a list with all of its pages: less than whoever asks for it has what they work at to themselves
RENEW = 300.0  # seconds before its end from which on a token is not used any more
KNOWN_FOR = 3600.0  # seconds for which it is remembered which installation sees a repository
PAGE = 100
MOST_PAGES = 30
GONE = (404, 410)
JSON = "application/vnd.github+json"
Parameters: TypeAlias = Mapping[str, str | int]
NONE: Parameters = {}
NOBODY: Needs = {}
As: TypeAlias = str | int | None  # a repository, an installation, or (None) the App itself
log = logging.getLogger("placet.github")


class Refused(NotThere):
    """GitHub understood, and will not: trying again changes nothing, but for a 404 that may be told too soon."""

    def __init__(self, why: str, status: int):
        super().__init__(why)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str = field(repr=False)

    def json(self) -> Json:
        """Return what it says; raise HomeAway for what is no JSON, as of something between us and GitHub."""
        try:
            said: Json = json.loads(self.text) if self.text else None
        except ValueError:
            raise HomeAway(PLATFORM) from None
        return said

    @property
    def message(self) -> str:
        try:
            said = json.loads(self.text)
        except ValueError:
            return ""
        return str(said.get("message", ""))[:300] if isinstance(said, dict) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """`conditional`: it is a list that may be as it was."""

    verb: str
    path: str
    at: As
    needs: Needs
    parameters: Parameters = field(default_factory=dict)
    body: Json = None
    conditional: bool = False


class GitHub:
    """Shared by threads. `clock`: by which limits and tokens are remembered; `seconds`: the deadline of a call."""

    def __init__(self, credential: Credential, url: str = "https://api.github.com", *, seconds: float = DEADLINE,
                 clock: Callable[[], float] = time.monotonic):
        self.url = url.rstrip("/")
        self.credential = credential
        self._seconds, self._clock = seconds, clock
        self._memory = Memory(clock)
        self._lock = threading.Lock()
        self._tls: ssl.SSLContext | None = None

    # -- what is asked ------------------------------------------------------------------------------------------------------------

    def call(self, verb: str, path: str, *, at: As, needs: Needs = TALK, parameters: Parameters = NONE, body: Json = None) -> Json:
        """Ask one thing; return what GitHub says. Raises HomeAway or Refused."""
        return self._ask(_Call(verb=verb, path=path, at=at, needs=needs, parameters=parameters, body=body)).json()

    def pages(self, path: str, *, at: As, needs: Needs = TALK, parameters: Parameters = NONE, items: str | None = None,
              most: int = MOST_PAGES) -> Iterator[Json]:
        """Give what a list holds, page by page, each only read again if it has changed. `items`: where the list stands in the answer."""
        asked, until = {"per_page": PAGE, **parameters}, time.monotonic() + LIST_WITHIN
        for number in range(1, most + 1):
            if time.monotonic() > until:
                raise HomeAway(PLATFORM)
            here = asked if number == 1 else {**asked, "page": number}
            answer = self._ask(_Call(verb="GET", path=path, at=at, needs=needs, parameters=here, conditional=True))
            said: Any = answer.json()
            listed = said.get(items) if items is not None and isinstance(said, dict) else said
            if not isinstance(listed, list):
                raise HomeAway(PLATFORM)
            yield from listed
            if 'rel="next"' not in answer.headers.get("link", ""):
                return
        log.warning("github.list_cut", extra={"pages": most})

    def installation_of(self, repository: str) -> int:
        """Return the installation that sees a repository; 0 with a token of its own, which GitHub asks for none."""
        if isinstance(self.credential, Pat):
            return 0
        known = self._memory.installation(repository)
        if known is None:
            try:
                found: Any = self.call("GET", repo_path(repository, "installation"), at=None, needs=NOBODY)
            except Refused as refused:
                raise Refused(f"the App is not installed at {repository}", refused.status) from None
            known = whole(found, "id")
            self._memory.keep_installation(repository, known, KNOWN_FOR)
        return known

    def site_of(self, repository: str) -> Site:
        """Return where a repository is, by ids, as GitHub tells it now."""
        installation = self.installation_of(repository)
        found: Any = self._ask(_Call(verb="GET", path=repo_path(repository), at=installation, needs=LISTEN, conditional=True)).json()
        return Site(installation=installation, repository_id=whole(found, "id"))

    def myself(self) -> Myself:
        """Return as whom Placet writes; asked once."""
        if self._memory.myself is None:
            if isinstance(self.credential, AppKey):
                app: Any = self.call("GET", "/app", at=None, needs=NOBODY)
                self._memory.myself = Myself(login=f"{app['slug']}[bot]".lower(), app_id=self.credential.app_id)
            else:
                user: Any = self.call("GET", "/user", at=0, needs=NOBODY)
                self._memory.myself = Myself(login=str(user["login"]).lower(), app_id=None, user_id=whole(user, "id"))
        return self._memory.myself

    def name_if_known(self) -> str | None:
        """Return how people address us, without asking GitHub for it."""
        known = self._memory.myself
        return known.login.removesuffix("[bot]") if known is not None else None

    # -- how ----------------------------------------------------------------------------------------------------------------------

    def _ask(self, call: _Call) -> Answer:
        self._load()
        until = time.monotonic() + self._seconds
        account = self.installation_of(call.at) if isinstance(call.at, str) else call.at
        left = self._memory.quiet(account)
        if left > 0:
            raise HomeAway(PLATFORM, left)
        kept = self._memory.kept(account, call.path, call.parameters) if call.conditional else None
        answer = self._send(call, account, kept, until)
        if answer.status == 401 and account:  # it may have been taken back before its time
            self._memory.forget_token(account, call.needs)
            answer = self._send(call, account, kept, until)
        self._note_limit(account, answer)
        if answer.status == 304 and kept is not None:
            return Answer(status=200, headers=kept.headers, text=kept.text)
        if answer.status >= 300:
            raise _refusal(answer, account)
        if call.conditional and "etag" in answer.headers:
            headers = {name: answer.headers[name] for name in ("link",) if name in answer.headers}
            self._memory.keep(account, call.path, call.parameters, Kept(etag=answer.headers["etag"], headers=headers, text=answer.text))
        return answer

    def _send(self, call: _Call, account: int | None, kept: Kept | None, until: float) -> Answer:
        from github.Auth import AppAuth, Token

        match self.credential:
            case Pat(token=token):
                auth: Any = Token(token)
            case AppKey(app_id=app_id, private_key=private_key) if account is None:
                auth = AppAuth(app_id, private_key)
            case AppKey(app_id=app_id, private_key=private_key):
                known = self._memory.token(account or 0, call.needs)
                auth = Token(known or self._new_token(AppAuth(app_id, private_key), account or 0, call, until))
            case _:
                assert_never(self.credential)
        headers = {"Accept": JSON} | ({"If-None-Match": kept.etag} if kept is not None else {})
        return self._request(auth, call.verb, call.path, call.parameters, headers, call.body, until)

    def _new_token(self, app: Any, installation: int, call: _Call, until: float) -> str:
        """Get a token of an installation that may do just this."""
        answer = self._request(app, "POST", f"/app/installations/{installation}/access_tokens", NONE, {"Accept": JSON},
                               {"permissions": dict(call.needs)}, until)
        self._note_limit(installation, answer)
        if answer.status == 404 and isinstance(call.at, str):  # installed anew since, it may be: the next look tells
            self._memory.forget_installation(call.at)
            raise HomeAway(PLATFORM)
        if answer.status >= 300:
            raise _refusal(answer, installation)
        said: Any = answer.json()
        seconds = parse_timestamp(str(said["expires_at"])).timestamp() - time.time() - RENEW
        self._memory.keep_token(installation, call.needs, str(said["token"]), seconds)
        return str(said["token"])

    def _request(self, auth: Any, verb: str, path: str, parameters: Parameters, headers: dict[str, str], body: Json,
                 until: float) -> Answer:
        from integrations.github.transport import NoAnswer, requester

        left, tls = until - time.monotonic(), self._tls
        if left <= 0 or tls is None:
            raise HomeAway(PLATFORM)
        try:
            status, told, text = requester(self.url, auth, left, tls).requestJson(verb, path, dict(parameters), headers, body)
        except NoAnswer as error:
            log.warning("github.no_answer", extra={"why": str(error)})
            raise HomeAway(PLATFORM) from None
        return Answer(status=status, headers=told, text=text)

    def _note_limit(self, account: int | None, answer: Answer) -> None:
        """Remember, for this installation and no other, when it wishes to be asked again."""
        asked = wish(answer.status, answer.headers, answer.message if answer.status in (403, 429) else "", time.time())
        if asked is not None:
            self._memory.leave_alone(account, asked)
            log.warning("github.limit", extra={"installation": account, "seconds": round(asked)})
            raise HomeAway(PLATFORM, asked)
        if answer.headers.get(REMAINING) == "0" and answer.status < 400:
            self._memory.leave_alone(account, until_reset(answer.headers, time.time()))

    def _load(self) -> None:
        """Load PyGithub and the certificates with the first call, and not before; no deadline counts that."""
        import integrations.github.transport  # noqa: F401

        with self._lock:
            self._tls = self._tls or ssl.create_default_context()


def _refusal(answer: Answer, account: int | None) -> Exception:
    if answer.status >= 500 or answer.status in (401, 408):
        log.warning("github.away", extra={"status": answer.status, "installation": account})
        return HomeAway(PLATFORM)
    needed = answer.headers.get("x-accepted-github-permissions", "")
    why = f"GitHub refuses ({answer.status}): {answer.message or 'it says no more'}"
    return Refused(why + (f" (needed: {needed})" if needed and answer.status == 403 else ""), answer.status)


def whole(said: Any, name: str) -> int:
    """Return a whole number of an answer; raise HomeAway for an answer without: it is not GitHub's."""
    found = said.get(name) if isinstance(said, dict) else None
    if not isinstance(found, int) or isinstance(found, bool):
        raise HomeAway(PLATFORM)
    return found
