"""The pages for everybody: by the keyboard alone, without JavaScript, and by the rules of WCAG."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Enter
from tests.e2e.gallery import LOOKS, Shot, goes_to, scene, visitors
from tests.e2e.person import Person
from tests.e2e.stage import APPROVER, DEVELOPER, PROJECT, Stage

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = {"type": "rule", "values": ["color-contrast"]}
JUDGE = """
async (runOnly) => (await axe.run(document, { runOnly, resultTypes: ["violations"] })).violations
  .map((each) => `${each.id}: ${each.nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`)
"""
FOCUS = """
() => {
  const each = document.activeElement, style = getComputedStyle(each);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  return [each === document.body ? "" : each.ariaLabel || each.innerText || each.name || each.localName, ring];
}
"""
TOO_WIDE = "(width) => document.documentElement.scrollWidth > width"
TOO_SMALL = """
() => [...document.querySelectorAll("main button, main a.button, main summary.button, main input[type=checkbox]")].filter((each) => {
  const box = (each.closest("label, .tick") ?? each).getBoundingClientRect();
  return each.checkVisibility() && (box.height < 44 || box.width < 44);
}).map((each) => each.outerHTML)
"""


@pytest.fixture(scope="module")
def shots(browser: Browser, stage: Stage) -> list[Shot]:
    return scene(browser, stage)


def test_no_page_breaks_a_rule_of_wcag_by_day_by_night_and_on_a_phone(browser: Browser, stage: Stage, shots: list[Shot]) -> None:
    with visitors(browser, stage, has_touch=True, is_mobile=True) as people:
        found = {f"{shot.name}, {look}": wrong for shot in shots for look, wrong in _judged(goes_to(shot, people).page)}
        faults = [fault for each in people.values() for fault in each.faults]
    assert {where: wrong for where, wrong in found.items() if wrong} == {}
    assert faults == []


def _judged(page: Page) -> Iterator[tuple[str, list[str]]]:
    """Say what is wrong with a page in each look: by axe-core, by its width, and on a phone by what is too small to be touched.

    By night only the colours are others.
    """
    page.evaluate(AXE)
    for look, kind in LOOKS.items():
        page.emulate_media(color_scheme=kind["color_scheme"])
        page.set_viewport_size(kind["viewport"])
        wrong: list[str] = page.evaluate(JUDGE, COLOURS if look == "dark" else RULES)
        if page.evaluate(TOO_WIDE, kind["viewport"]["width"]):
            wrong.append("wider than the window")
        yield look, wrong + (page.evaluate(TOO_SMALL) if look == "phone" else [])


def test_the_first_key_leads_past_the_bar_and_each_next_one_shows_where_it_is(enter: Enter, shots: list[Shot]) -> None:
    approver = enter(APPROVER)
    for path in ("/", next(shot.path for shot in shots if shot.name == "request-high-risk"), "/account"):
        approver.opens(path)
        approver.page.keyboard.press("Tab")
        assert approver.page.evaluate(FOCUS) == ["To the content", True]
        seen = _tabbed(approver.page)
        assert seen[:7] == ["Placet", *seen[1:7]]
        assert [word.split()[0] for word in seen[1:7]] == ["Inbox", "My", "Access", "History", "Schedules", "Audit"]
    approver.opens("/")
    approver.page.keyboard.press("Tab")
    approver.page.keyboard.press("Enter")
    expect(approver.page.locator("#main")).to_be_focused()


def _tabbed(page: Page) -> list[str]:
    """Go through the whole page; return what was come to, each of which has shown that it has the focus."""
    seen: list[str] = []
    for _ in range(120):
        page.keyboard.press("Tab")
        name, ring = page.evaluate(FOCUS)
        if not name or name == "To the content":
            return seen
        assert ring, name
        seen.append(name)
    raise AssertionError(seen)


def test_one_asks_and_another_answers_without_a_pointer(enter: Enter) -> None:
    asker, approver = enter(DEVELOPER), enter(APPROVER)
    asker.opens(f"/new/request-elevated-privileges?repositoryIdentifier={PROJECT}")
    _to(asker, "parameter.targetOrg")
    asker.page.keyboard.type("keys-prod")
    asker.page.keyboard.press("Tab")
    asker.page.keyboard.type("admin")
    asker.page.keyboard.press("Enter")
    expect(asker.state).to_have_text("Waiting for approval")
    approver.opens(asker.page.url)
    approver.page.wait_for_timeout(900)
    _to(approver, "Reject…")
    approver.page.keyboard.press("Enter")
    approver.page.keyboard.press("Tab")
    approver.page.keyboard.type("not by keyboard alone")
    approver.page.keyboard.press("Tab")
    approver.page.keyboard.press("Enter")
    expect(asker.state).to_have_text("Rejected")
    asker.shows("not by keyboard alone")


def _to(who: Person, name: str) -> None:
    for _ in range(60):
        who.page.keyboard.press("Tab")
        if name in who.page.evaluate("[document.activeElement.name, document.activeElement.innerText]"):
            return
    raise AssertionError(name)


@pytest.fixture
def plain(enter: Enter) -> tuple[Person, Person]:
    """Two people whose browsers run no script."""
    without: dict[str, Any] = {"java_script_enabled": False}
    return enter(DEVELOPER, **without), enter(APPROVER, **without)


def test_the_same_walk_without_javascript(plain: tuple[Person, Person]) -> None:
    asker, approver = plain
    request = asker.asks_for_access("plain-prod", reason="No script runs here")
    _until(asker, request, "Waiting for approval")
    approver.opens("/")
    approver.page.get_by_role("article", name="admin on plain-prod").get_by_role("link").click()
    approver.says("maybe")
    approver.says("approve")
    _until(asker, request, "Running", "Approved by approver@example.com", "granted admin on plain-prod")
    asker.page.get_by_role("link", name="End now…").click()
    asker.page.get_by_role("button", name="End now").click()
    _until(asker, request, "Ended early")
    rejected = asker.asks_for_access("plain-two")
    _until(asker, rejected, "Waiting for approval")
    approver.opens("/")
    row = approver.page.get_by_role("article", name="admin on plain-two")
    row.get_by_text("Reject…").click()
    row.get_by_label("Why?").fill("not today")
    row.get_by_role("button", name="Reject").click()
    approver.shows("You rejected it")
    _until(asker, rejected, "Rejected")


def _until(who: Person, path: str, state: str, *texts: str) -> None:
    """Load a page anew until it says so."""
    for _ in range(60):
        page = who.opens(path)
        if who.state.inner_text() == state and all(text in page.inner_text("main") for text in texts):
            return
        page.wait_for_timeout(250)
    raise AssertionError(who.page.inner_text("main"))


EVIL = "\"'><img src=x onerror=alert(1)><script>alert(2)</script><svg onload=alert(3)>{{7*7}}${7*7}javascript:alert(4)"


def test_nothing_that_people_write_is_run_by_a_browser_that_shows_it(enter: Enter, stage: Stage) -> None:
    stage.operator("people", "add", "evil@example.com", "--name", EVIL)
    stage.operator("projects", "admit", PROJECT, "evil@example.com")
    asker, approver, other = enter("evil@example.com"), enter(APPROVER), enter(DEVELOPER)
    request = asker.asks(username="evil@example.com", targetOrg=EVIL, accessLevel=EVIL, durationMinutes="60", reason=EVIL)
    expect(asker.state).to_have_text("Waiting for approval")
    asker.says(EVIL)
    expect(asker.thread).to_contain_text("alert(2)")
    approver.opens(request)
    approver.says(f"approve\n{EVIL}")
    expect(asker.state).to_have_text("Running")
    sandbox = asker.asks("new-sandbox", name="evil-spike", owner="evil@example.com", tags=EVIL)
    expect(asker.state).to_have_text("Waiting for approval")
    approver.opens(sandbox)
    approver.says(f"reject: {EVIL}")
    expect(asker.state).to_have_text("Rejected")
    asker.opens(request)
    end, at = asker.page.locator("#end").get_attribute("href") or "", f"repositoryIdentifier={PROJECT}"
    for who, paths in ((asker, ("/requests", request, sandbox, f"{request}/again", "/account")), (other, ("/history", request)),
                       (approver, ("/access", end, f"/audit?{at}", f"/history?{at}&taskType={EVIL}&since={EVIL}"))):
        for path in paths:
            who.opens(path)
            assert who.page.locator("main img, main script, main svg, body iframe, .bar img").count() == 0, path
    asker.opens(end)
    asker.presses("End now")
    for who in (asker, approver, other):
        assert who.faults == []
