"""Somebody at a browser, as far as a server sees it: cookies, forms as pages show them, and where they lead."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from httpx import Client, Response

from core.engine.sign_in import SignIn
from tests.api.edge import Edge, edge_on
from tests.world import World, new_id


@dataclass
class ShownForm:
    action: str = ""
    method: str = "get"
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Reader(HTMLParser):
    """What a page shows: its words, its forms and its links."""

    def __init__(self, html: str):
        super().__init__()
        self.words = ""
        self.forms: dict[str, ShownForm] = {}
        self.links: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.attributes += given
        if tag == "form":
            key = given.get("id") or f"{given['action']}#{len(self.forms)}"
            form = self.forms.setdefault(key, ShownForm())
            form.action, form.method = given["action"], given.get("method", "get")
            self._open.append(key)
        owner = given.get("form") or (self._open[-1] if self._open else None)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if owner is None or "name" not in given:
            return
        form = self.forms.setdefault(owner, ShownForm())
        if tag == "button":
            form.buttons.append((given["name"], given.get("value", "")))
        elif tag == "input" and given.get("type") == "checkbox":
            form.buttons.append((given["name"], given.get("value", "on")))
        elif tag in ("input", "textarea", "select"):
            form.fields.append((given["name"], given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self.words += data

    def form(self, action: str, **with_fields: str) -> ShownForm:
        """Return the form that leads there and shows these fields."""
        return next(f for f in self.forms.values() if f.action == action and all((k, v) in f.fields for k, v in with_fields.items()))


@dataclass
class Browser:
    """`origin`: where it is; a real one sends that with each form."""

    http: Client
    origin: str

    def get(self, path: str, **more: Any) -> Response:
        return self.http.get(path, **more)

    def see(self, path: str) -> Reader:
        shown = self.get(path, follow_redirects=True)
        assert shown.status_code == 200, shown.text
        return Reader(shown.text)

    def post(self, path: str, fields: Mapping[str, str | list[str]], *, origin: str | None = "", **more: Any) -> Response:
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": self.origin} if origin == "" else {"Origin": origin} if origin else {}
        return self.http.post(path, data=dict(fields), headers={**headers, **more.pop("headers", {})}, **more)

    def submit(self, page: str, action: str, *, showing: dict[str, str] | None = None, **fields: str | list[str]) -> Response:
        """Fill a form in as a page shows it, and send it."""
        form = self.see(page).form(action, **(showing or {}))
        return self.post(action, {**dict(form.fields), **fields})


@dataclass
class Web:
    edge: Edge
    browsers: dict[str, Browser] = field(default_factory=dict)

    @property
    def world(self) -> World:
        return self.edge.world

    @property
    def origin(self) -> str:
        return str(self.edge.http.base_url).rstrip("/")

    def stranger(self) -> Browser:
        return Browser(Client(base_url=self.origin, trust_env=False), self.origin)

    def link(self, who: str) -> str:
        person = self.world.caller(who).person
        assert person is not None
        with self.world.database.begin() as tx:
            text, _ = SignIn(database=self.world.database, new_id=new_id).link(tx, person)
        return f"/sign-in?link={text}"

    def browser(self, who: str) -> Browser:
        """Somebody who is signed in."""
        if who not in self.browsers:
            browser = self.stranger()
            assert browser.submit(self.link(who), "/sign-in").status_code == 303
            self.browsers[who] = browser
        return self.browsers[who]


@contextmanager
def browsing(database_url: str, home: Path, **given: Any) -> Iterator[Web]:
    flows = given.pop("flows", ())
    world = World(database_url, flows=flows).company()
    with edge_on(world, home, **given) as edge:
        yield Web(edge)
    world.close()
