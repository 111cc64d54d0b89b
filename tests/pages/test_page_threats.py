"""Threats to the pages, by name."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.pages.hosts import Address
from core.domain.approvals import Verdict
from core.flows.context import FlowContext
from core.flows.registry import flow
from tests.databases import SqliteTemplate
from tests.pages.browse import Browser, Reader, Web, browsing

EVIL = '<script>alert(1)</script><img src=x onerror=alert(2)>"\'><b>{{ 7*7 }}</b>'
OURS = ("/", "/requests")


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    pass


@flow(id="ask-twice", category="access", parameters=Nothing, asks=True)
def ask_twice(ctx: FlowContext, nothing: Nothing) -> None:
    """The second question comes after the first was answered."""
    ctx.approval("a small thing")
    ctx.approval("all of it")


def _asked(web: Web, what: str = "the key of payments", flow: str = "ask", who: str = "ann", reason: str = "") -> tuple[str, str]:
    """Somebody asks; return the run's id and the request's ref."""
    run = web.world.run(who, flow, what=what, reason=reason)
    web.world.work()
    ref = web.world.rows(f"SELECT ref FROM approvals WHERE execution_id = '{run.id}'")[0][0]
    return run.id, str(ref).lower()


def _answers(web: Web) -> int:
    return len(web.world.rows("SELECT person_id FROM answers"))


def test_csrf_an_answer_that_another_site_sends_does_not_count(web: Web) -> None:
    _, ref = _asked(web)
    browser = web.browser("bob")
    form = dict(browser.see(f"/requests/{ref}").form(f"/requests/{ref}/answer").fields) | {"verdict": "approve"}
    address = f"/requests/{ref}/answer"
    refused = [browser.post(address, form, origin=origin) for origin in (None, "null", "https://evil.example", "http://localhost:1")]
    refused += [browser.post(address, form, origin=None, headers={"Sec-Fetch-Site": site}) for site in ("cross-site", "same-site")]
    refused += [browser.post(address, {**form, "csrf": csrf}) for csrf in ("", "0" * 64)]
    others = dict(web.browser("cat").see(f"/requests/{ref}").form(address).fields)["csrf"]
    refused.append(browser.post(address, {**form, "csrf": others}))
    assert [r.status_code for r in refused] == [403] * len(refused)
    assert _answers(web) == 0
    assert browser.post(address, form).status_code == 303
    assert _answers(web) == 1


def test_csrf_nothing_is_changed_by_looking(web: Web) -> None:
    _, ref = _asked(web)
    browser = web.browser("bob")
    for path in (f"/requests/{ref}/answer", f"/requests/{ref}/say", "/approve", "/sign-out"):
        assert browser.get(f"{path}?verdict=approve&ticked={ref}").status_code in (303, 404, 405)
    assert _answers(web) == 0
    assert web.world.rows("SELECT * FROM messages") == []


def test_clickjacking_no_page_stands_in_a_frame(web: Web) -> None:
    _, ref = _asked(web)
    for path in (*OURS, f"/requests/{ref}", "/sign-in", "/requests/nothing"):
        shown = web.browser("bob").get(path)
        assert "frame-ancestors 'none'" in shown.headers["content-security-policy"], path
        assert shown.headers["x-frame-options"] == "DENY"


def test_the_policy_lets_nothing_run_or_load_that_is_not_ours(web: Web) -> None:
    _, ref = _asked(web)
    for path in (*OURS, f"/requests/{ref}"):
        shown = web.browser("bob").get(path)
        policy = dict(part.strip().partition(" ")[::2] for part in shown.headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert (policy["base-uri"], policy["form-action"]) == ("'none'", "'self'")
        assert not re.search(r"<script(?![^>]* src=\"/static/)|<style|\son\w+=|\sstyle=|javascript:|https?://", shown.text), path
        assert shown.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("flow", ["ask", "ask-carefully", "ask-two"])
def test_stored_xss_what_somebody_asks_with_is_shown_as_they_wrote_it(web: Web, flow: str) -> None:
    _, ref = _asked(web, EVIL, flow, reason=EVIL)
    for who, path in (("bob", "/"), ("bob", f"/requests/{ref}"), ("ann", "/requests"), ("ann", f"/requests/{ref}")):
        page = web.browser(who).get(path)
        assert EVIL in Reader(page.text).words, path
        _is_harmless(page.text)


def test_stored_xss_reasons_names_and_what_was_said_are_shown_as_they_were_written(web: Web) -> None:
    with web.world.database.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE people SET name = '<i onload=x>'")
    _, ref = _asked(web)
    bob = web.browser("bob")
    bob.submit(f"/requests/{ref}", f"/requests/{ref}/say", text=EVIL)
    web.world.answers("cat", ref, Verdict.REJECT, reason=EVIL, name=EVIL)
    for who, path in (("bob", f"/requests/{ref}"), ("ann", f"/requests/{ref}"), ("ann", "/requests"), ("bob", "/")):
        page = web.browser(who).get(path)
        _is_harmless(page.text)
    assert Reader(bob.get(f"/requests/{ref}").text).words.count("alert(1)") >= 2


def test_stored_xss_what_a_run_logs_is_shown_as_it_was_written(web: Web) -> None:
    _, ref = _asked(web, EVIL)
    page = web.browser("bob").get(f"/requests/{ref}")
    assert f"about {EVIL}" in Reader(page.text).words
    _is_harmless(page.text)


def test_reflected_xss_an_address_is_not_repeated_as_it_came(web: Web) -> None:
    for path in (f"/requests/{'%3Cscript%3E'}", "/?page=%3Cscript%3E", "/requests?page=%22%3E%3Cscript%3E"):
        _is_harmless(web.browser("bob").get(path).text)
    for path in ("/sign-in?link=%22%3E%3Cscript%3E", "/sign-in?to=/%22%3E%3Cscript%3E"):
        _is_harmless(web.stranger().get(path).text)


def test_another_host_is_refused(web: Web) -> None:
    browser = web.browser("bob")
    for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8484", "", "10.0.0.1", "[::1", "0.0.0.0"):
        for path in (*OURS, "/sign-in", "/events"):
            assert browser.get(path, headers={"Host": host}).status_code == 400, (host, path)
    for host in ("localhost", "127.0.0.1:1", "[::1]:8484"):
        assert browser.get("/sign-in", headers={"Host": host, "X-Forwarded-Host": "evil.example"}).status_code == 200


def test_with_a_public_url_that_host_and_no_other(sqlite: SqliteTemplate, tmp_path: Path) -> None:
    with browsing(sqlite.copy(tmp_path), tmp_path, public_url="https://placet.example") as web:
        link, browser = web.link("ann"), web.stranger()
        browser.http.headers["Host"] = "placet.example"
        assert web.stranger().get(link).status_code == 400
        assert browser.get(link).status_code == 200
        entered = Browser(browser.http, "https://placet.example").post("/sign-in", {"link": link.partition("=")[2]})
        assert entered.status_code == 303
        assert entered.headers["set-cookie"].startswith("__Host-placet=")
        attributes = {part.strip().lower() for part in entered.headers["set-cookie"].split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes
        assert not any(each.startswith("domain") for each in attributes)


def test_only_an_exact_host_is_ours() -> None:
    ours = Address(public_url="https://placet.example:8443")
    assert ours.is_ours(["placet.example:8443"])
    assert ours.is_ours(["PLACET.example:8443"])
    for hosts in ([], ["placet.example"], ["placet.example:443"], ["placet.example:8443", "evil.example"], ["x.placet.example:8443"]):
        assert not ours.is_ours(hosts), hosts


def test_what_one_does_not_see_is_not_there(web: Web) -> None:
    run_id, ref = _asked(web)
    eve = web.browser("eve")
    for path in (f"/requests/{ref}", f"/requests/{run_id}", f"/events?run={run_id}"):
        assert eve.get(path).status_code == 404, path
    csrf = dict(eve.see("/account").form("/sign-out").fields)["csrf"]
    refused = eve.post(f"/requests/{ref}/answer", {"csrf": csrf, "verdict": "approve", "digest": "0" * 64})
    assert refused.status_code == 404
    assert "the key of payments" not in eve.get("/").text
    assert _answers(web) == 0


def test_nobody_says_anything_in_a_conversation_that_they_do_not_see(web: Web) -> None:
    _, ref = _asked(web)
    eve = web.browser("eve")
    csrf = dict(eve.see("/account").form("/sign-out").fields)["csrf"]
    assert eve.post(f"/requests/{ref}/say", {"csrf": csrf, "text": "approve"}).status_code == 404
    assert web.world.rows("SELECT * FROM messages") == []


def test_the_requester_does_not_approve_their_own_by_a_form_they_made_up(web: Web) -> None:
    _, ref = _asked(web)
    ann = web.browser("ann")
    shown = ann.see(f"/requests/{ref}")
    assert f"/requests/{ref}/answer" not in [form.action for form in shown.forms.values()]
    digest = str(web.world.rows("SELECT digest FROM approvals")[0][0])
    csrf = dict(shown.form(f"/requests/{ref}/say").fields)["csrf"]
    refused = ann.post(f"/requests/{ref}/answer", {"csrf": csrf, "verdict": "approve", "digest": digest})
    assert refused.status_code == 403
    assert "someone else has to answer it" in Reader(refused.text).words
    assert _answers(web) == 0
    assert "SelfApproval" in str(web.edge.security())


def test_a_yes_that_was_typed_below_one_request_is_none_to_the_next_of_its_run(sqlite: SqliteTemplate, tmp_path: Path) -> None:
    with browsing(sqlite.copy(tmp_path), tmp_path, flows=(ask_twice,)) as web:
        run = web.world.run("ann", "ask-twice")
        web.world.work()
        bob, address = web.browser("bob"), f"/requests/{run.id}"
        first = next(form for form in bob.see(address).forms.values() if form.action.endswith("/say"))
        web.world.approves("cat", run.id)
        web.world.work()
        said = bob.post(first.action, {**dict(first.fields), "text": "approve"})
        assert "This was approved by cat@acme.org" in Reader(said.text).words
        assert web.world.rows("SELECT email FROM answers") == [("cat@acme.org",)]
        for strange in ("", "now", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00"):
            said = bob.post(first.action, {**dict(first.fields), "text": "hello", "nonce": strange, "read": strange})
            assert said.status_code == 303, strange
        second = next(form for form in bob.see(address).forms.values() if form.action.endswith("/say"))
        assert bob.post(second.action, {**dict(second.fields), "text": "approve"}).status_code == 303
        assert len(web.world.rows("SELECT email FROM answers")) == 2


def test_too_long_or_strange_forms_are_refused_in_words(web: Web) -> None:
    _, ref = _asked(web)
    bob = web.browser("bob")
    csrf = dict(bob.see(f"/requests/{ref}").form(f"/requests/{ref}/say").fields)["csrf"]
    assert bob.post(f"/requests/{ref}/say", {"csrf": csrf, "text": "x" * 70_000}).status_code == 400
    assert bob.post(f"/requests/{ref}/say", {"csrf": csrf, "text": "x" * 300_000}).status_code == 413
    assert bob.post(f"/requests/{ref}/say", {"csrf": csrf, "text": ""}).status_code == 400
    headers = {"Origin": bob.origin, "Content-Type": "application/json"}
    assert bob.http.post(f"/requests/{ref}/say", content=b"{}", headers=headers).status_code == 415
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    assert bob.http.post(f"/requests/{ref}/say", content=b"text=\xff\xfe", headers=headers).status_code == 400
    assert bob.http.post(f"/requests/{ref}/say", content=b"a=1&" * 400, headers=headers).status_code == 400


def test_an_address_that_no_database_takes_names_nothing(each_web: Web) -> None:
    bob = each_web.browser("bob")
    for path in ("/requests/a%00b", "/events?run=a%00b", "/events?run=%00", "/access/%00/end"):
        assert bob.get(path).status_code == 404, path
    for path in ("/history?repositoryIdentifier=%00", "/new?repositoryIdentifier=%00", "/audit?repositoryIdentifier=%00"):
        assert bob.get(path).status_code < 500, path


def _is_harmless(html: str) -> None:
    """Of what people wrote nothing became a tag: there are no more scripts than the page's own, and nothing that an event runs."""
    page = Reader(html)
    assert page.tags.count("script") in (0, 2)
    assert not {"img", "i", "iframe", "object", "style", "base"} & set(page.tags)
    assert not [name for name in page.attributes if name.startswith("on") or name == "style"]
    assert "<b>49</b>" not in html
