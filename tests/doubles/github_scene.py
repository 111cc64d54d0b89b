"""A GitHub with an organization, an App that is installed there, and PyGithub as it comes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from github import Auth, Github, GithubIntegration
from github.Repository import Repository

from tests.doubles.github.double import GitHub
from tests.doubles.github.front import real_now
from tests.doubles.github.setting import pem
from tests.doubles.github.state import App, Installation


@dataclass
class Heard:
    """Whoever listens to the App's webhook: what came, and what is answered."""

    got: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    status: int = 200

    def __call__(self, headers: Mapping[str, str], body: bytes) -> int:
        self.got.append((headers, body))
        return self.status

    @property
    def events(self) -> list[str]:
        return [headers["X-GitHub-Event"] for headers, _ in self.got]


@dataclass(frozen=True, kw_only=True)
class Scene:
    github: GitHub
    app: App
    installation: Installation
    heard: Heard

    @property
    def auth(self) -> Auth.AppAuth:
        return Auth.AppAuth(self.app.id, pem())

    def integration(self) -> GithubIntegration:
        return GithubIntegration(auth=self.auth, base_url=self.github.url, retry=None, seconds_between_requests=0, seconds_between_writes=0)

    def client(self, permissions: dict[str, str] | None = None, *, per_page: int = 30) -> Github:
        return self.with_auth(self.auth.get_installation_auth(self.installation.id, permissions), per_page=per_page)

    def person(self, login: str) -> Github:
        return self.with_auth(Auth.Token(self.github.personal_token(login)))

    def with_auth(self, auth: Auth.Auth, *, per_page: int = 30) -> Github:
        return Github(auth=auth, base_url=self.github.url, retry=None, seconds_between_requests=0, seconds_between_writes=0, timeout=5,
                      per_page=per_page)

    def repository(self) -> Repository:
        return self.client().get_repo("acme/app")


@contextmanager
def scene(prefix: str = "", now: Callable[[], datetime] = real_now, auth_now: Callable[[], datetime] = real_now) -> Iterator[Scene]:
    with GitHub(prefix=prefix, now=now, auth_now=auth_now) as github:
        for login in ("ann", "bob", "eve"):
            github.person(login, email=f"{login}@acme.org")
        github.organization("acme", members=["ann", "bob"])
        github.repository("acme/app", ann="write", bob="read")
        heard = Heard()
        app = github.app(target=heard)
        yield Scene(github=github, app=app, installation=github.install(app, "acme"), heard=heard)
