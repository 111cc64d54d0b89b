"""What makes an open page follow what happens: files of ours, and word of changes."""

import asyncio
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue

import pytest
from httpx import Client, Timeout

from api.pages.notifier import Notifier
from api.pages.render import ASSETS, STATIC, asset
from tests.pages.browse import Browser, Web


@contextmanager
def watching(browser: Browser, path: str) -> Iterator["Queue[str]"]:
    """Follow a stream in a thread, line by line."""
    heard: Queue[str] = Queue()
    with Client(base_url=browser.origin, cookies=browser.http.cookies, trust_env=False, timeout=Timeout(5, read=60)) as http, http.stream(
            "GET", path) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")

        def follow() -> None:
            try:
                for line in stream.iter_lines():
                    if line.startswith("event:"):
                        heard.put(line.removeprefix("event: "))
            except Exception as error:  # the test has heard enough, and closes the stream under this thread
                heard.put(type(error).__name__)

        threading.Thread(target=follow, daemon=True).start()
        yield heard


def _settled(heard: "Queue[str]") -> None:
    """Wait until the stream has looked once, so that what follows is a change."""
    with pytest.raises(Empty):
        heard.get(timeout=1.3)


def _asks(web: Web, who: str = "ann") -> tuple[str, str]:
    run = web.world.run(who, "ask", what="the key")
    web.world.work()
    return run.id, str(web.world.rows(f"SELECT ref FROM approvals WHERE execution_id = '{run.id}'")[0][0]).lower()


def test_an_open_request_hears_of_answers_words_and_logs_within_a_moment(each_web: Web) -> None:
    run_id, ref = _asks(each_web)
    with watching(each_web.browser("bob"), f"/events?run={run_id}") as heard:
        _settled(heard)
        ann = each_web.browser("ann")
        ann.submit(f"/requests/{ref}", f"/requests/{ref}/say", text="it is urgent")
        assert heard.get(timeout=20) == "changed"
        each_web.world.approves("cat", ref)
        assert heard.get(timeout=20) == "changed"
        each_web.world.work()
        assert heard.get(timeout=20) == "changed"


def test_an_open_inbox_hears_of_its_projects_and_of_no_other(web: Web) -> None:
    with watching(web.browser("eve"), "/events") as elsewhere, watching(web.browser("bob"), "/events") as heard:
        _settled(heard)
        _asks(web)
        assert heard.get(timeout=20) == "changed"
        with pytest.raises(Empty):
            elsewhere.get(timeout=1.5)


def test_the_first_thing_that_ever_happens_in_a_project_is_heard_too() -> None:
    found: dict[str, tuple[object, ...]] = {}
    notifier = Notifier(look=lambda runs, projects: dict(found))

    async def watch() -> bool:
        with notifier.tab(projects=["new"]) as tab:
            while tab.seen is None:
                await asyncio.sleep(0.01)
            found["new"] = (1,)
            notifier.wake()
            return await anext(notifier.changes(tab, 20))

    assert asyncio.run(watch())


def test_what_happened_since_a_page_was_made_is_heard_as_soon_as_it_listens(each_web: Web) -> None:
    run_id, ref = _asks(each_web)
    bob = each_web.browser("bob")
    streams = [_stream_of(bob, path) for path in (f"/requests/{ref}", "/", "/requests")]
    for stream in streams:
        with watching(bob, stream) as heard:
            _settled(heard)
    each_web.world.approves("cat", run_id)
    for stream in streams:
        with watching(bob, stream) as heard:
            assert heard.get(timeout=20) == "changed"
            _settled(heard)


def _stream_of(browser: Browser, path: str) -> str:
    found = re.search(r'data-events="([^"]+)"', browser.get(path).text)
    assert found is not None
    return found[1].replace("&amp;", "&")


def test_nobody_hears_anything_without_a_session(web: Web) -> None:
    assert web.stranger().get("/events").status_code == 204
    run_id, _ = _asks(web)
    assert web.browser("eve").get(f"/events?run={run_id}").status_code == 404


def test_a_stream_ends_with_its_session(web: Web) -> None:
    run_id, ref = _asks(web)
    with watching(web.browser("bob"), f"/events?run={run_id}") as heard:
        _settled(heard)
        web.world.disable("bob")
        web.world.rejects("cat", ref)
        assert heard.get(timeout=20) == "signed-out"


def test_our_files_are_kept_by_a_browser_and_asked_for_by_what_they_are(web: Web) -> None:
    for name, kind in ASSETS.items():
        given = web.stranger().get(asset(name))
        assert (given.status_code, given.headers["content-type"]) == (200, kind)
        assert "immutable" in given.headers["cache-control"]
        assert web.stranger().get(f"/static/{name}").headers["cache-control"] == "no-cache"
        again = web.stranger().get(f"/static/{name}", headers={"If-None-Match": given.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    for name in ("../app.py", "..%2Fapp.py", "nothing.js", "htmx.min.js.map"):
        assert web.stranger().get(f"/static/{name}").status_code == 404


def test_the_licence_of_what_is_not_ours_stands_beside_it() -> None:
    static = Path(__file__).parents[2] / "api" / "pages" / "static"
    assert "Zero-Clause BSD" in (static / "htmx.LICENSE.txt").read_text()
    assert 'version:"2.' in (static / "htmx.min.js").read_text()


def test_a_browser_is_told_in_a_page_that_there_is_nothing_and_a_program_as_before(web: Web) -> None:
    asked = {"Accept": "text/html,application/xhtml+xml"}
    shown = web.stranger().get("/nothing", headers=asked)
    assert (shown.status_code, shown.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is nothing at this address." in shown.text
    for path, headers in (("/nothing", {}), ("/sfp/api/flows/x/y/z/w", asked)):
        assert web.stranger().get(path, headers=headers).json()["statusCode"] in (401, 404)


PRESSES = """
const fs = require("fs"), vm = require("vm"), heard = {};
let clock = 10000, forms = ["/requests/a/answer"];
const form = (action) => ({ getAttribute: () => action });
const document = { addEventListener: (name, hear) => { heard[name] = hear; }, querySelector: () => null,
                   querySelectorAll: (what) => what === "#live form, #side form" ? forms.map(form) : [],
                   getElementById: () => null };
vm.runInNewContext(fs.readFileSync(process.argv[1], "utf8"), { document, performance: { now: () => clock }, Intl, addEventListener() {} });
const press = (inside) => {
  let kept = true;
  heard["submit"]({ target: { closest: () => inside }, preventDefault: () => { kept = false; }, stopPropagation() {} });
  return kept;
};
heard["DOMContentLoaded"]();
heard["htmx:afterSettle"]();
const before = press(true);
forms = ["/requests/b/answer"];
heard["htmx:afterSettle"]();
clock += 300;
const at_once = [press(true), press(null)];
clock += 700;
console.log(JSON.stringify([before, ...at_once, press(true)]));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
def test_a_button_that_has_just_come_under_the_pointer_answers_nothing() -> None:
    ran = subprocess.run(["node", "-e", PRESSES, str(STATIC / "live.js")], capture_output=True, text=True, timeout=30, check=True)
    assert ran.stdout.strip() == "[true,false,true,true]"
