"""One request: its story, its conversation, and answering it there."""

from core.domain.approvals import Verdict
from core.domain.steps import Kind, State, Step
from tests.pages.browse import Web


def _asks(web: Web, what: str = "the key", flow: str = "ask", who: str = "ann", **more: str) -> str:
    run = web.world.run(who, flow, what=what, **more)
    web.world.work()
    return str(web.world.rows(f"SELECT ref FROM approvals WHERE execution_id = '{run.id}'")[0][0]).lower()


def _says(web: Web, who: str, ref: str, text: str) -> str:
    """Somebody writes into the thread; return what the page shows then."""
    address = f"/requests/{ref}"
    sent = web.browser(who).submit(address, f"{address}/say", text=text)
    if sent.status_code == 303:
        sent = web.browser(who).get(address)
    assert sent.status_code == 200, sent.text
    return sent.text


def test_the_whole_story_is_on_one_page(each_web: Web) -> None:
    ref = _asks(each_web, "the key", "ask-two", reason="INC-2231 has to be closed")
    each_web.world.approves("bob", ref)
    page = each_web.browser("cat").see(f"/requests/{ref}")
    digest = each_web.world.rows("SELECT digest FROM approvals")[0][0][:8]
    for told in ("Waiting for 1 more approval", "INC-2231 has to be closed", "ann@acme.org", f"You approve exactly this: {digest}",
                 "bob@acme.org approved", "started this", "asked for 2 approvals", "1 of 2", "acme/app"):
        assert told in page.words, told


def test_a_request_is_found_by_its_ref_in_any_letters_and_by_its_run(web: Web) -> None:
    ref = _asks(web)
    run_id = web.world.rows("SELECT id FROM executions")[0][0]
    for target in (ref, ref.upper(), run_id):
        assert "the key" in web.browser("bob").see(f"/requests/{target}").words
    assert web.browser("bob").get("/requests/zzzzzz").status_code == 404


def test_a_typed_approve_is_an_answer(each_web: Web) -> None:
    ref = _asks(each_web)
    shown = _says(each_web, "bob", ref, "approve, with the on-call please")
    assert "approve, with the on-call please" in shown
    assert "<b>bob@acme.org</b> approved: with the on-call please" in shown
    assert "approved by bob@acme.org" in shown
    assert each_web.world.rows("SELECT email, verdict, surface FROM answers") == [("bob@acme.org", "approve", "page")]
    each_web.world.work()
    assert "Finished" in each_web.browser("ann").see(f"/requests/{ref}").words


def test_a_typed_reject_carries_its_reason(web: Web) -> None:
    ref = _asks(web)
    assert "<b>bob@acme.org</b> rejected: two hours are enough" in _says(web, "bob", ref, "reject: two hours are enough")
    assert web.world.rows("SELECT status, reason FROM approvals") == [("rejected", "two hours are enough")]


def test_what_is_only_said_is_kept_and_decides_nothing(web: Web) -> None:
    ref = _asks(web)
    _says(web, "bob", ref, "I will look at it after lunch")
    assert "I will look at it after lunch" in web.browser("ann").see(f"/requests/{ref}").words
    assert web.world.rows("SELECT * FROM answers") == []


def test_who_may_not_answer_is_told_at_once(web: Web) -> None:
    ref = _asks(web)
    assert "someone else has to answer it" in _says(web, "ann", ref, "approve")
    assert "Only bob@acme.org and cat@acme.org can answer this one." in _says(web, "dan", ref, "approve")
    assert web.world.rows("SELECT * FROM answers") == []
    assert web.browser("dan").see(f"/requests/{ref}").words.count("Others answer this one.") == 1


def test_a_message_that_a_browser_sends_twice_is_one(each_web: Web) -> None:
    ref = _asks(each_web, flow="ask-two")
    bob, address = each_web.browser("bob"), f"/requests/{ref}/say"
    form = {**dict(bob.see(f"/requests/{ref}").form(address).fields), "text": "approve"}
    for _ in range(2):
        assert bob.post(address, form).status_code in (200, 303)
    bob.post(address, {**form, "text": "withdraw"})
    assert each_web.world.rows("SELECT text FROM messages") == [("approve",)]
    assert len(each_web.world.rows("SELECT * FROM answers WHERE withdrawn_at IS NULL")) == 1


def test_the_same_number_in_another_form_keeps_nobody_from_speaking(web: Web) -> None:
    first, second = _asks(web, "one"), _asks(web, "two")
    for who, ref in (("bob", first), ("bob", second), ("cat", first)):
        form = dict(web.browser(who).see(f"/requests/{ref}").form(f"/requests/{ref}/say").fields)
        web.browser(who).post(f"/requests/{ref}/say", {**form, "nonce": "1", "text": "hello"})
    assert len(web.world.rows("SELECT * FROM messages")) == 3


def test_the_buttons_say_who_decided_and_what_comes_next(each_web: Web) -> None:
    ref = _asks(each_web, flow="ask-two")
    bob, address = each_web.browser("bob"), f"/requests/{ref}/answer"
    bob.submit(f"/requests/{ref}", address, verdict="approve")
    shown = bob.see(f"/requests/{ref}").words
    assert "Your yes is counted, 1 of 2: the key" in shown
    assert "You have answered. It still needs 1 more." in shown
    each_web.browser("cat").submit(f"/requests/{ref}", address, verdict="approve")
    assert "Approved by bob@acme.org and cat@acme.org" in bob.see(f"/requests/{ref}").words


def test_an_answer_is_withdrawn_by_a_button(web: Web) -> None:
    ref = _asks(web, flow="ask-two")
    web.world.approves("bob", ref)
    sent = web.browser("bob").submit(f"/requests/{ref}", f"/requests/{ref}/say", showing={"text": f"withdraw {ref}"})
    assert sent.status_code in (200, 303)
    page = web.browser("bob").see(f"/requests/{ref}")
    assert "withdrew their answer" in page.words
    assert f"/requests/{ref}/answer" in [form.action for form in page.forms.values()]


def test_a_request_is_taken_back_by_who_asked(web: Web) -> None:
    ref = _asks(web)
    web.browser("ann").submit(f"/requests/{ref}", f"/requests/{ref}/say", showing={"text": f"cancel {ref}"})
    assert web.world.rows("SELECT outcome, ended_by FROM executions") == [("cancelled", "ann@acme.org")]
    assert "Cancelled" in web.browser("ann").see(f"/requests/{ref}").words


def test_too_late_is_said_where_the_request_is(each_web: Web) -> None:
    ref = _asks(each_web)
    bob, address = each_web.browser("bob"), f"/requests/{ref}/answer"
    form = {**dict(bob.see(f"/requests/{ref}").form(address).fields), "verdict": "approve"}
    each_web.world.answers("cat", ref, Verdict.REJECT, reason="ask again")
    late = bob.post(address, form)
    assert late.status_code == 409
    assert "rejected by cat@acme.org" in late.text


def test_high_risk_is_approved_by_its_code_or_by_the_button_beside_the_digest(web: Web) -> None:
    ref = _asks(web, flow="ask-carefully")
    assert "so that you approve exactly what is written" in _says(web, "bob", ref, "approve").replace("\n", " ")
    assert web.world.rows("SELECT * FROM answers") == []
    digest = web.world.rows("SELECT digest FROM approvals")[0][0][:8]
    _says(web, "bob", ref, f"approve {ref} {digest}")
    assert web.world.rows("SELECT verdict FROM answers") == [("approve",)]


def test_a_lapsed_request_cannot_be_answered_and_says_so(each_web: Web) -> None:
    ref = _asks(each_web)
    bob = each_web.browser("bob")
    each_web.world.later(hours=25)
    bob = each_web.browsers["bob"] = each_web.stranger()
    bob.submit(each_web.link("bob"), "/sign-in")
    page = bob.see(f"/requests/{ref}")
    assert "Lapsed" in page.words
    assert f"/requests/{ref}/answer" not in [form.action for form in page.forms.values()]


def test_a_tree_of_runs_is_shown_below_the_one_that_started_it(web: Web) -> None:
    parent = _asks(web)
    run_id = web.world.rows("SELECT id FROM executions")[0][0]
    child = _asks(web, "below")
    with web.world.database.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE executions SET parent_id = ? WHERE id <> ?", (run_id, run_id))
    page = web.browser("bob").see(f"/requests/{parent}")
    assert "What it started" in page.words
    assert page.words.count("Waiting for approval") == 2
    assert "below" in page.words
    assert f"/requests/{run_id}" in web.browser("bob").see(f"/requests/{child}").links


def test_what_is_asked_now_is_not_listed_as_asked_before(web: Web) -> None:
    first = web.world.requests("ann", "job-1", event_key="one").approval.ref.lower()
    web.world.rejects("bob", first)
    second = web.world.requests("ann", "job-1", event_key="two").approval.ref.lower()
    old, new = (web.browser("cat").see(f"/requests/{ref}").words for ref in (first, second))
    assert f"Asked nowWaits for an answer{second}" in old
    assert "Asked before" not in old
    assert f"Asked beforeRejected{first}" in new
    assert "Asked now" not in new


def test_a_page_lists_the_last_steps_of_a_long_run_and_says_so(web: Web) -> None:
    ref = _asks(web)
    run_id = web.world.rows("SELECT id FROM executions")[0][0]
    with web.world.database.begin() as tx:
        now = tx.now()
        for n in range(400):
            tx.journal.write(run_id, Step(position=100 + n, key=f"step-{n}", kind=Kind.STEP, state=State.DONE, begun_at=now))
    page = web.browser("bob").see(f"/requests/{ref}")
    assert "Its last 300." in page.words
    assert ("step-100" in page.words, "step-99" in page.words, "step-399" in page.words) == (True, False, True)
