"""What waits for me, and what I asked for."""

from tests.pages.browse import Web


def _asks(web: Web, what: str, flow: str = "ask", who: str = "ann", **more: str) -> str:
    run = web.world.run(who, flow, what=what, **more)
    web.world.work()
    return str(web.world.rows(f"SELECT ref FROM approvals WHERE execution_id = '{run.id}'")[0][0]).lower()


def _count(web: Web, who: str) -> str:
    page = web.browser(who).get("/").text
    return page.partition('<span class="unseen">, waiting: </span>')[2].partition("<")[0]


def test_an_inbox_holds_what_its_owner_may_answer_and_has_not(each_web: Web) -> None:
    _asks(each_web, "first")
    second = _asks(each_web, "second", "ask-two", reason="it has to be rotated")
    _asks(each_web, "of bob's own", who="bob")
    bob = each_web.browser("bob").see("/")
    assert "2 requests" in bob.words
    assert bob.words.index("first") < bob.words.index("second")
    assert "it has to be rotated" in bob.words
    assert "of bob's own" not in bob.words
    assert "of bob's own" in each_web.browser("cat").see("/").words
    for nobody in ("ann", "dan", "eve"):
        assert "Nothing waits for you" in each_web.browser(nobody).see("/").words
    each_web.world.approves("bob", second)
    assert "second" not in each_web.browser("bob").see("/").words
    assert "1 of 2 approvals" in each_web.browser("cat").see("/").words
    assert (_count(each_web, "bob"), _count(each_web, "cat"), _count(each_web, "ann")) == ("1", "3", "0")


def test_an_inbox_knows_groups_and_who_was_named(each_web: Web) -> None:
    each_web.world.group("on-call", "dan")
    for task, approver in (("job-1", "group:on-call"), ("job-2", "cat@acme.org")):
        each_web.world.requests("app:ci", task, requested_by="ann@acme.org", approvers=(approver,))
    assert [_count(each_web, who) for who in ("ann", "bob", "cat", "dan", "eve")] == ["0", "0", "1", "1", "0"]
    each_web.world.group("on-call", "bob")
    assert [_count(each_web, who) for who in ("bob", "dan")] == ["1", "0"]
    each_web.world.admit("bob", None)
    assert _count(each_web, "bob") == "0"


def test_approving_without_opening(each_web: Web) -> None:
    ref = _asks(each_web, "the key")
    bob = each_web.browser("bob")
    sent = bob.submit("/", f"/requests/{ref}/answer", showing={"from": "inbox"}, verdict="approve")
    assert (sent.status_code, sent.headers["location"]) == (303, "/")
    shown = bob.see("/")
    assert "Approved, and on its way: the key" in shown.words
    assert "Nothing waits for you" in shown.words
    assert "Approved, and on its way" not in bob.see("/").words
    assert each_web.world.rows("SELECT status, resolved_by FROM approvals") == [("approved", "bob@acme.org")]
    assert each_web.world.rows("SELECT surface FROM answers") == [("page",)]


def test_rejecting_without_opening_with_a_reason(web: Web) -> None:
    ref = _asks(web, "the key")
    web.browser("bob").submit("/", f"/requests/{ref}/answer", showing={"verdict": "reject"}, reason="two hours are enough")
    assert web.world.rows("SELECT status, reason FROM approvals") == [("rejected", "two hours are enough")]
    assert "two hours are enough" in web.browser("ann").see("/requests").words


def test_what_is_of_high_risk_is_read_before_it_is_answered(web: Web) -> None:
    ref = _asks(web, "the crown", "ask-carefully")
    page = web.browser("bob").see("/")
    assert "High risk" in page.words
    assert [form for form in page.forms.values() if form.action.endswith("/answer")] == []
    assert f"/requests/{ref}" in page.links
    bob, answer = web.browser("bob"), f"/requests/{ref}/answer"
    digest = web.world.rows("SELECT digest FROM approvals")[0][0]
    csrf = dict(bob.see(f"/requests/{ref}").form(answer).fields)["csrf"]
    assert "This is of high risk" in bob.submit(f"/requests/{ref}", answer, verdict="approve").text
    assert "None was approved." in bob.post("/approve", {"csrf": csrf, "ticked": [f"{ref}:{digest}"]}, follow_redirects=True).text
    assert web.world.rows("SELECT status FROM approvals") == [("pending",)]
    assert bob.submit(f"/requests/{ref}", answer, verdict="approve", confirmed="yes").status_code == 303
    assert web.world.rows("SELECT status FROM approvals") == [("approved",)]


def test_several_are_approved_exactly_as_they_were_shown(each_web: Web) -> None:
    first, _, third = _asks(each_web, "first"), _asks(each_web, "second"), _asks(each_web, "third")
    bob = each_web.browser("bob")
    form = bob.see("/").form("/approve")
    ticks = [value for name, value in form.buttons if name == "ticked" and value.partition(":")[0] in (first, third)]
    each_web.world.rejects("cat", third)
    sent = bob.post("/approve", {**dict(form.fields), "ticked": ticks})
    assert sent.status_code == 303
    told = bob.see("/").words
    assert "Your yes to 1 request is counted." in told
    assert f"{third}: This was rejected by cat@acme.org" in told
    assert each_web.world.rows("SELECT question, status FROM approvals ORDER BY question") == [
        ("first", "approved"), ("second", "pending"), ("third", "rejected")]


def test_a_tick_with_another_digest_approves_nothing(web: Web) -> None:
    ref, other = _asks(web, "first"), _asks(web, "second")
    bob = web.browser("bob")
    form = bob.see("/").form("/approve")
    digest = next(value for _, value in form.buttons if value.startswith(other)).partition(":")[2]
    for ticked in (f"{ref}:{digest}", ref, f"{ref}:", f"{ref}:1"):
        bob.post("/approve", {**dict(form.fields), "ticked": ticked})
        assert "None was approved." in bob.see("/").words
    assert bob.post("/approve", dict(form.fields)).status_code == 400
    assert web.world.rows("SELECT * FROM answers") == []


def test_a_long_inbox_has_pages_of_fifty_and_says_how_many_there_are(web: Web) -> None:
    for at in range(53):
        web.world.requests("app:ci", f"job-{at}", requested_by="ann@acme.org", context={"taskType": f"deploy {at:02}."})
    first, second, beyond = (web.browser("bob").see(f"/?page={page}") for page in (1, 2, 99))
    assert "53 requests, 50 a page" in first.words
    assert ("deploy 00." in first.words, "deploy 49." in first.words, "deploy 50." in first.words) == (True, True, False)
    assert ("deploy 49." in second.words, "deploy 52." in second.words) == (False, True)
    assert "Page 2 of 2" in beyond.words


def test_my_requests_are_mine_the_newest_first(each_web: Web) -> None:
    _asks(each_web, "key 1")
    ref = _asks(each_web, "key 2")
    _asks(each_web, "of bob", who="bob")
    each_web.world.rejects("cat", ref, reason="not today")
    page = each_web.browser("ann").see("/requests")
    assert page.words.index("key 2") < page.words.index("key 1")
    assert "rejected by cat@acme.org" in page.words
    assert "not today" in page.words
    assert "of bob" not in page.words
    each_web.world.admit("ann", None)
    assert "You have not asked for anything yet" in each_web.browser("ann").see("/requests").words
