"""A strict GitHub on the loopback: programs talk to it over HTTP, people act in it by methods."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from secrets import token_hex
from threading import RLock, Thread
from types import TracebackType
from typing import Any

from tests.doubles.github.allowance import Allowance
from tests.doubles.github.credentials import Credentials
from tests.doubles.github.faults import Fault
from tests.doubles.github.front import Front, real_now
from tests.doubles.github.hooks import Hooks
from tests.doubles.github.json import Json
from tests.doubles.github.ledger import Call
from tests.doubles.github.people import People
from tests.doubles.github.pipelines import Pipelines
from tests.doubles.github.routing import Answer
from tests.doubles.github.server import Server, handler
from tests.doubles.github.setting import Setting
from tests.doubles.github.shapes import account, organization, repository
from tests.doubles.github.state import Account, Repository, State, Token


class GitHub(Setting, People, Pipelines, AbstractContextManager["GitHub"]):
    """`now` is when things happen, `auth_now` what JWTs and tokens are held against: the real time, since clients sign with that.

    `url` is what a client takes as its base. `ledger`: every request. `problems`: those that no GitHub understands. `faults`: what goes
    wrong, used up one by one. `hooks`: what is told to whom, and how that is disturbed. `runs_appear_after`: how long no list shows a new
    run. `tells_runs`: whether a dispatch can be asked for its run, as on newer ones. `prefix`: "/api/v3" on an Enterprise Server.
    """

    def __init__(self, *, now: Callable[[], datetime] = real_now, auth_now: Callable[[], datetime] = real_now, prefix: str = "",
                 port: int = 0):
        self.state = State()
        self.lock = RLock()
        self.now, self.auth_now, self.prefix = now, auth_now, prefix
        self.ledger: list[Call] = []
        self.faults: list[Fault] = []
        self.hooks = Hooks(now=now)
        self.runs_appear_after = 0.0
        self.tells_runs = True
        self._server = Server(("127.0.0.1", port), handler(self))
        self.base = self.url = f"http://localhost:{self._server.server_address[1]}{prefix}"
        self.front = Front(state=self.state, base=self.url, now=now, stage=self, credentials=Credentials(state=self.state, now=auth_now),
                           allowance=Allowance(now=now))

    def __enter__(self) -> "GitHub":
        self.hooks.start()
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.hooks.stop()
        self._server.shutdown()
        self._server.server_close()

    @property
    def problems(self) -> list[str]:
        return self.front.problems

    # -- what goes wrong

    def goes_down(self, fault: Fault | None = None) -> None:
        """Answer nothing from now on, or in this way."""
        with self.lock:
            self.faults.insert(0, fault or Fault(times=None, drop="before"))

    def comes_back(self) -> None:
        with self.lock:
            self.faults.clear()

    def falls_behind(self, seconds: float | None = None) -> None:
        """Let reads see what is so now, and nothing newer, for so long by its clock, or until it catches up."""
        with self.lock:
            self.front.fall_behind(None if seconds is None else self.now() + timedelta(seconds=seconds))

    def catches_up(self) -> None:
        with self.lock:
            self.front.replica = None

    # -- what was asked

    def calls(self, what: str = "", *, who: str | None = None) -> list[Call]:
        """Return the requests whose method and path contain this."""
        with self.lock:
            return [call for call in self.ledger if what in call.what and who in (None, call.who)]

    # -- what the server and the routes ask

    def next_fault(self, method: str, path: str) -> Fault | None:
        with self.lock:
            found = next((one for one in self.faults if one.fits(method, path)), None)
            if found is not None and found.times is not None:
                found.times -= 1
                if found.times <= 0:
                    self.faults.remove(found)
            return found

    def handle(self, method: str, target: str, headers: Mapping[str, str], body: bytes, fault: Fault | None) -> Answer:
        """Do what is asked, unless a fault comes first, and write down both."""
        with self.lock:
            if fault is not None and fault.drop == "before":
                answer, who, route, counted, done = Answer(status=0), "unheard", "", False, False
            elif fault is not None and fault.status is not None:
                answer = Answer(status=fault.status, body=fault.body or None, headers=fault.headers)
                who, route, counted, done = self.front.credentials.who(headers), "", False, False
            else:
                answer, who, route, counted = self.front.answer(method, target, headers, body)
                done = True
            self._write(method, target, headers, body, answer, who=who, route=route, counted=counted, done=done,
                        answered=fault is None or fault.drop is None)
            return answer

    def _write(self, method: str, target: str, headers: Mapping[str, str], body: bytes, answer: Answer, **more: Any) -> None:
        path, _, query = target.partition("?")
        self.ledger.append(Call(at=self.now(), method=method, path=path, query_string=query, status=answer.status, body=body,
                                headers={name: value for name, value in headers.items() if name != "authorization"},
                                answer=_without_token(answer.body), answer_headers=dict(answer.headers), **more))

    def issue_token(self, token: Token) -> str:
        text = {"installation": "ghs_", "person": "ghp_"}[token.kind] + token_hex(18)
        self.front.tokens[text] = token
        return text

    def limits(self, who: str) -> Json:
        return self.front.allowance.overview(who)

    def happened(self, event: str, action: str | None, repository_: Repository | None, sender: Account, payload: Json, *,
                 only: set[int] | None = None) -> None:
        """Tell every hook that wants to know of it; `only`: of these Apps."""
        said: Json = {} if action is None else {"action": action}
        said |= payload
        if repository_ is not None:
            said["repository"] = repository(self.url, repository_)
            if repository_.owner.type == "Organization":
                said["organization"] = organization(self.url, repository_.owner)
        said["sender"] = account(self.url, sender)
        for hook in self.hooks.all:
            if not hook.active or (only is not None and (hook.of != "integration" or hook.of_id not in only)):
                continue
            if hook.events is not None and event not in hook.events:
                continue
            if hook.of == "repository":
                if repository_ is not None and hook.of_id == repository_.id:
                    self.hooks.fire(hook, event, action, said, installation_id=None, repository_id=repository_.id)
                continue
            for one in self.state.installations.values():
                covers = repository_ is not None and one.account.id == repository_.owner.id and (
                    one.repositories is None or repository_.id in one.repositories)
                if one.app.id == hook.of_id and covers and not one.deleted and one.suspended_at is None and event in one.events:
                    assert repository_ is not None
                    self.hooks.fire(hook, event, action, {**said, "installation": {"id": one.id, "node_id": f"IN_{one.id}"}},
                                    installation_id=one.id, repository_id=repository_.id)


def _without_token(body: Any) -> Any:
    return {**body, "token": "..."} if isinstance(body, dict) and "token" in body else body
