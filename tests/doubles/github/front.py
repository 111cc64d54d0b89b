"""What every request passes: who asks, how often they may, what they may, and what has changed since they last looked."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.doubles.github.allowance import Allowance
from tests.doubles.github.bodies import check_body, parsed
from tests.doubles.github.credentials import Credentials, Unknown
from tests.doubles.github.json import Json
from tests.doubles.github.permissions import Caller, may, reaches, role_in
from tests.doubles.github.routing import Answer, Ask, Refused, Route, Stage, not_found
from tests.doubles.github.served import find_route
from tests.doubles.github.state import Account, Repository, State, Token
from tests.doubles.github.tags import conditional

VERSIONS = ("2022-11-28", "2026-03-10")


@dataclass
class Front:
    """`problems`: requests that no GitHub understands, which no test may cause."""

    state: State
    base: str
    now: Callable[[], datetime]
    stage: Stage
    credentials: Credentials
    allowance: Allowance
    problems: list[str] = field(default_factory=list)
    replica: State | None = None
    replica_until: datetime | None = None

    @property
    def tokens(self) -> dict[str, Token]:
        return self.credentials.tokens

    @property
    def limit(self) -> int:
        return self.allowance.limit

    @limit.setter
    def limit(self, requests: int) -> None:
        self.allowance.limit = requests

    def fall_behind(self, until: datetime | None) -> None:
        self.replica, self.replica_until = deepcopy(self.state), until

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[Answer, str, str, bool]:
        """Return the answer, who asked, the route and whether it counted; the caller holds the lock."""
        split = urlsplit(target)
        path = self._by_name(split.path)
        who, caller = "nobody", None
        counted = False
        label = ""
        version = headers.get("x-github-api-version", VERSIONS[0])
        try:
            _check_headers(headers, version)
            caller = self.credentials.caller(headers)
            who = caller.kind if caller is not None else "nobody"
            counted = path != "/rate_limit"
            if counted:
                self.allowance.count(who)
            found = find_route(method, path)
            if found is None:
                self.problems.append(f"no route: {method} {path}")
                raise not_found()
            label = f"{found[0].method} {found[0].path}"
            query = dict(parse_qsl(split.query, keep_blank_values=True))
            answer = self._answer(method, path, query, found, caller, body)
        except Unknown as unknown:
            answer, who = unknown.refusal.answer, "unknown"
        except Refused as refused:
            answer = refused.answer
        except Exception as error:  # it would look like a bad network otherwise
            self.problems.append(f"broke: {method} {path}: {error!r}")
            answer = Answer(status=500, body={"message": "Server Error"})
        answer, fresh = conditional(method, answer, headers)
        if not fresh and counted:
            self.allowance.give_back(who)
            counted = False
        return replace(answer, headers={**answer.headers, **self.allowance.headers(who),
                                        "Date": self.now().strftime("%a, %d %b %Y %H:%M:%S GMT"),
                                        "X-GitHub-Media-Type": "github.v3; format=json", "X-GitHub-Api-Version-Selected": version,
                                        "X-GitHub-Request-Id": "0001:2:3"}), who, label, counted

    def _answer(self, method: str, path: str, query: Mapping[str, str], found: tuple[Route, dict[str, str]], caller: Caller | None,
                body: bytes) -> Answer:
        route = found[0]
        args = {name: unquote(value) for name, value in found[1].items()}
        state = self._reading() if method == "GET" else self.state
        for name in query.keys() - route.query - {"per_page", "page"}:
            self.problems.append(f"no parameter: {name} of {method} {path}")
        if caller is not None and caller.token is None and route.needs not in ("app", "any"):
            raise Refused(401, "Bad credentials")
        repository = None
        if "repo" in args:
            repository = self._repository(state, args, caller, route.needs, path, reading=method == "GET")
        if caller is None and route.needs not in ("nobody", "any", "metadata:read"):
            raise Refused(401, "Requires authentication")
        if caller is None:
            caller = Caller(account=Account(id=0, login="", created_at=self.now()))
        _check_needs(route.needs, caller, repository)
        said: Json = {}
        if route.fields is not None:
            said = parsed(body, route.bare)
            check_body(said, route.fields)
        base = self.base
        return route.handle(Ask(state=state, caller=caller, args=args, query=query, body=said, now=self.now(), base=base,
                                url=base + path, stage=self.stage, repository_found=repository))

    def _reading(self) -> State:
        if self.replica is not None and self.replica_until is not None and self.now() >= self.replica_until:
            self.replica = None
        return self.state if self.replica is None else self.replica

    def _by_name(self, path: str) -> str:
        """A repository is also found by its id, an organization's team by both ids."""
        parts = path.split("/")
        if len(parts) > 2 and parts[1] == "repositories" and parts[2].isdigit():
            found = self.state.repositories.get(int(parts[2]))
            name = found.full_name if found is not None else "-/-"
            return "/".join(["", "repos", name, *parts[3:]])
        if len(parts) > 4 and parts[1] == "organizations" and parts[3] == "team":
            org = self.state.accounts.get(int(parts[2]))
            team = next((one for one in org.teams.values() if str(one.id) == parts[4]), None) if org is not None else None
            if org is not None and team is not None:
                return "/".join(["", "orgs", org.login, "teams", team.slug, *parts[5:]])
        return path

    def _repository(self, state: State, args: Mapping[str, str], caller: Caller | None, needs: str, path: str, *,
                    reading: bool) -> Repository:
        name = f"{args['owner']}/{args['repo']}"
        found = state.find_repository(name)
        if found is None or not self._sees(caller, found, needs):
            raise not_found()
        if found.full_name.lower() != name.lower():
            to = f"{self.base}/repositories/{found.id}" + path.removeprefix(f"/repos/{name}")
            raise Refused(301 if reading else 307, "Moved Permanently", headers={"Location": to}, url=to)
        return found

    def _sees(self, caller: Caller | None, repository: Repository, needs: str) -> bool:
        if not repository.private or needs == "app":
            return True
        if caller is None:
            return False
        if caller.installation is not None:
            return reaches(caller, repository)
        token = caller.token
        return role_in(repository, caller.account) != "none" and (
            token is None or token.repositories is None or repository.id in token.repositories)

def _check_headers(headers: Mapping[str, str], version: str) -> None:
    if not headers.get("user-agent"):
        raise Refused(403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header.")
    if version not in VERSIONS:
        raise Refused(400, f"{version} is not a supported version of the API.")


def _check_needs(needs: str, caller: Caller, repository: Repository | None) -> None:
    match needs:
        case "nobody" | "any":
            return
        case "app":
            if caller.app is None or caller.installation is not None:
                raise Refused(401, "A JSON web token could not be decoded")
            return
        case "user":
            if caller.installation is not None:
                raise Refused(403, "Resource not accessible by integration")
            return
    names, _, level = needs.partition(":")
    if not any(may(caller, name, level, repository) for name in names.split("|")):
        wanted = "; ".join(f"{name}={level}" for name in names.split("|"))
        raise Refused(403, f"Resource not accessible by {caller.resource}", headers={"X-Accepted-GitHub-Permissions": wanted})


def real_now() -> datetime:
    return datetime.now(UTC)
