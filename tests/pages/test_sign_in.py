"""Signing in by a link: once, in time, by whom it is for; and threats to the session."""

import json
from typing import Any

from httpx import Response

from core.engine.sign_in import SignIn
from tests.pages.browse import Web
from tests.world import new_id


def test_a_link_shows_a_button_and_the_button_signs_in(each_web: Web) -> None:
    browser, link = each_web.stranger(), each_web.link("ann")
    asked = browser.see(link)
    assert "ann@acme.org" in asked.words
    entered = browser.submit(link, "/sign-in")
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    assert "Nothing waits for you" in browser.see("/").words


def test_looking_at_a_link_does_not_use_it_up(web: Web) -> None:
    link = web.link("ann")
    for _ in range(3):
        assert web.stranger().get(link).status_code == 200
    assert web.stranger().submit(link, "/sign-in").status_code == 303


def test_a_link_works_once(each_web: Web) -> None:
    link = each_web.link("ann")
    form = each_web.stranger().see(link).form("/sign-in")
    assert each_web.stranger().post("/sign-in", dict(form.fields)).status_code == 303
    again = each_web.stranger()
    refused = again.post("/sign-in", dict(form.fields))
    assert refused.status_code == 403
    assert "signs nobody in any more" in refused.text
    assert "set-cookie" not in refused.headers
    assert again.get(link).status_code == 403


def test_a_link_is_late_after_fifteen_minutes(each_web: Web) -> None:
    link = each_web.link("ann")
    form = each_web.stranger().see(link).form("/sign-in")
    each_web.world.later(minutes=14, seconds=55)
    assert each_web.stranger().get(link).status_code == 200
    each_web.world.later(seconds=10)
    assert each_web.stranger().get(link).status_code == 403
    assert each_web.stranger().post("/sign-in", dict(form.fields)).status_code == 403


def test_a_link_of_one_who_is_disabled_signs_nobody_in(web: Web) -> None:
    link = web.link("ann")
    form = web.stranger().see(link).form("/sign-in")
    web.world.disable("ann")
    assert web.stranger().post("/sign-in", dict(form.fields)).status_code == 403


def test_a_link_signs_in_whom_it_is_for_whoever_was_signed_in_before(web: Web) -> None:
    browser = web.browser("ann")
    before = browser.http.cookies["placet"]
    assert browser.submit(web.link("bob"), "/sign-in").status_code == 303
    assert "bob@acme.org" in browser.see("/").words
    assert web.stranger().get("/", headers={"Cookie": f"placet={before}"}).status_code == 303


def test_fixation_a_cookie_that_somebody_planted_is_nobodys_after_signing_in(web: Web) -> None:
    browser, planted = web.stranger(), "planted-by-somebody-else"
    browser.http.cookies.set("placet", planted, domain="127.0.0.1")
    assert browser.get("/").status_code == 303
    entered = browser.submit(web.link("ann"), "/sign-in")
    given = entered.headers["set-cookie"].partition(";")[0].partition("=")[2]
    assert given not in ("", planted)
    assert web.stranger().get("/", headers={"Cookie": f"placet={planted}"}).status_code == 303


def test_the_cookie_is_kept_from_scripts_and_other_sites(web: Web) -> None:
    entered = web.stranger().submit(web.link("ann"), "/sign-in")
    attributes = {part.strip().lower() for part in entered.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/", "max-age=28800"} <= attributes


def test_neither_links_nor_cookies_are_kept_as_they_are(web: Web) -> None:
    link = web.link("ann")
    browser = web.stranger()
    browser.submit(link, "/sign-in")
    kept = str(web.world.rows("SELECT * FROM login_links")) + str(web.world.rows("SELECT * FROM sessions")) + str(
        web.world.rows("SELECT facts FROM audit"))
    assert link.partition("=")[2] not in kept
    assert browser.http.cookies["placet"] not in kept


def test_a_session_lasts_eight_hours_at_most_and_two_without_a_look(each_web: Web) -> None:
    browser = each_web.browser("ann")
    for _ in range(4):
        each_web.world.later(minutes=115)
        assert browser.get("/").status_code == 200
    each_web.world.later(minutes=25)
    assert browser.get("/").status_code == 303
    idle = each_web.stranger()
    idle.submit(each_web.link("ann"), "/sign-in")
    each_web.world.later(minutes=121)
    assert idle.get("/").status_code == 303


def test_one_who_is_disabled_is_out_at_once(each_web: Web) -> None:
    browser = each_web.browser("ann")
    each_web.world.disable("ann")
    assert browser.get("/").status_code == 303
    assert browser.get("/requests").headers["location"] == "/sign-in?to=/requests"


def test_signing_out_ends_the_session_and_not_only_the_cookie(each_web: Web) -> None:
    browser = each_web.browser("ann")
    cookie = browser.http.cookies["placet"]
    csrf = dict(browser.see("/account").form("/sign-out").fields)
    assert browser.post("/sign-out", csrf).headers["location"] == "/sign-in"
    assert each_web.stranger().get("/", headers={"Cookie": f"placet={cookie}"}).status_code == 303


def test_the_audit_says_who_came_in_how_and_by_which_session_and_when_that_ended(each_web: Web) -> None:
    browser = each_web.browser("ann")
    assert browser.submit(each_web.link("ann"), "/sign-in").status_code == 303
    browser.submit("/account", "/sign-out")
    first, second = [str(session) for (session,) in each_web.world.rows("SELECT id FROM sessions ORDER BY created_at")]
    assert _said(each_web, "ann") == [
        ("sign-in", {"session": first, "by": "link"}), ("sign-out", {"session": first}),
        ("sign-in", {"session": second, "by": "link"}), ("sign-out", {"session": second})]


def test_a_session_is_named_after_its_browser_in_letters_that_can_be_shown(web: Web) -> None:
    sign_in = SignIn(database=web.world.database, new_id=new_id)
    _, entered = sign_in.use(web.link("ann").partition("=")[2], agent="Fire\x00fox\u202e 1.0 " + "x" * 300, before="")
    assert entered.session.agent == "Fire fox  1.0 " + "x" * 186


def test_links_and_sessions_are_forgotten_a_day_after_they_ended_by_themselves(each_web: Web) -> None:
    """Ann has used a link and has a session of eight hours; bob's link of fifteen minutes lies about."""
    sign_in = SignIn(database=each_web.world.database, new_id=new_id)
    each_web.browser("ann")
    each_web.link("bob")
    swept = []
    for minutes in (24 * 60, 20, 7 * 60 + 30, 20, 0):
        each_web.world.later(minutes=minutes)
        swept.append(sign_in.sweep())
    assert swept == [0, 2, 0, 1, 0]


def test_after_signing_in_one_goes_on_to_what_one_wanted_and_never_to_another_site(web: Web) -> None:
    assert web.stranger().get("/requests?page=2").headers["location"] == "/sign-in?to=/requests%3Fpage%3D2"
    for to, on in (("/requests?page=2", "/requests?page=2"), ("//evil.example", "/"), ("https://evil.example", "/"),
                   ("/\\evil.example", "/"), ("/x\r\nSet-Cookie: a=b", "/"), ("", "/"), ("/sign-in?link=x", "/")):
        browser = web.stranger()
        form = dict(browser.see(web.link("ann")).form("/sign-in").fields)
        assert browser.post("/sign-in", {**form, "to": to}).headers["location"] == on


def test_a_link_that_another_site_sends_signs_nobody_in(web: Web) -> None:
    """Else somebody could be made to work, unknowing, in another's session."""
    browser = web.stranger()
    form = dict(browser.see(web.link("ann")).form("/sign-in").fields)
    for refused in _from_elsewhere(web, "/sign-in", form):
        assert refused.status_code == 403
        assert "set-cookie" not in refused.headers
    assert browser.post("/sign-in", form).status_code == 303


def _from_elsewhere(web: Web, path: str, fields: dict[str, str]) -> list[Response]:
    browser = web.stranger()
    return [browser.post(path, dict(fields), origin=None), browser.post(path, dict(fields), origin="null"),
            browser.post(path, dict(fields), origin="https://evil.example"),
            browser.post(path, dict(fields), origin=None, headers={"Sec-Fetch-Site": "cross-site"}),
            browser.post(path, dict(fields), origin=None, headers={"Sec-Fetch-Site": "same-site"})]


def _said(web: Web, who: str) -> list[tuple[str, dict[str, Any]]]:
    rows = web.world.rows("SELECT kind, facts FROM audit WHERE actor = :who ORDER BY seq", who=f"{who}@acme.org")
    return [(kind, facts if isinstance(facts, dict) else json.loads(facts)) for kind, facts in rows]
