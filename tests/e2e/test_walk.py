"""Two people at two browsers: one asks, the other answers, and both see it go on."""

from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Enter
from tests.e2e.person import person
from tests.e2e.stage import APPROVER, DEVELOPER, OWNER, PROJECT, REQUESTER, SECOND, Stage

STAYS = "window.stays = true"


def test_by_the_links_of_the_demo_one_asks_and_the_other_writes_approve_and_the_run_goes_on_before_their_eyes(
        browser: Browser, stage: Stage) -> None:
    asker, approver = (person(browser, stage, email) for email in (REQUESTER, APPROVER))
    asker.uses(stage.links[REQUESTER])
    approver.uses(stage.links[APPROVER])
    approver.page.evaluate(STAYS)
    waited = approver.waiting
    asker.opens("/")
    asker.page.get_by_role("link", name="New request").click()
    asker.page.get_by_role("link", name="Elevated privileges").click()
    expect(asker.page.get_by_label("Who gets access, by e-mail")).to_have_value(REQUESTER)
    asker.page.get_by_label("Where access is given").fill("production")
    asker.page.get_by_label("What access is given").fill("admin")
    asker.page.get_by_label("Why it is needed").fill("Rotate the leaked key, INC-2231")
    asker.page.get_by_role("button", name="Send the request").click()
    expect(asker.page.get_by_role("heading", level=1)).to_have_text("admin on production for 1 hour")
    expect(asker.state).to_have_text("Waiting for approval")
    asker.page.evaluate(STAYS)

    row = approver.page.get_by_role("article", name="admin on production for 1 hour")
    expect(row).to_contain_text("“Rotate the leaked key, INC-2231”")
    expect(approver.page.locator("#count")).to_contain_text(f", waiting: {waited + 1}")
    assert approver.page.evaluate("window.stays")
    row.get_by_role("link").click()
    approver.says("approve, thank you for the ticket")
    expect(approver.state).to_have_text("Running")

    expect(asker.state).to_have_text("Running")
    asker.shows("Approved by approver@example.com, running, access until")
    expect(asker.thread).to_contain_text("approve, thank you for the ticket")
    expect(asker.page.locator("#log")).to_contain_text("granted admin on production to requester@example.com")
    expect(asker.page.locator("#arrived")).to_contain_text("approved by approver@example.com")
    assert asker.page.evaluate("window.stays")

    asker.page.evaluate(STAYS)
    approver.opens("/access")
    approver.page.get_by_role("link", name="End now: requester@example.com, admin on production").click()
    approver.presses("End now")
    approver.shows("Ended. It is being taken back now")
    expect(asker.state).to_have_text("Ended early")
    asker.shows("Ended early by approver@example.com: taken back")
    assert asker.page.evaluate("window.stays")
    assert [each.faults for each in (asker, approver)] == [[], []]
    asker.context.close()
    approver.context.close()


def test_a_link_signs_in_once(browser: Browser, stage: Stage) -> None:
    link, first, second = stage.link(DEVELOPER), person(browser, stage, DEVELOPER), person(browser, stage, "")
    first.uses(link)
    expect(first.page.get_by_role("heading", level=1)).to_have_text("Waiting for you")
    second.opens(link)
    expect(second.page.locator("main")).to_contain_text("This link signs nobody in any more")
    first.opens("/account")
    first.page.get_by_role("button", name="Sign out").click()
    first.opens("/requests")
    expect(first.page.get_by_role("heading", level=1)).to_have_text("Sign in")
    for each in (first, second):
        assert each.faults == []
        each.context.close()


def test_a_no_is_told_with_its_reason_and_asking_again_is_one_step(enter: Enter) -> None:
    asker, approver = enter(REQUESTER), enter(APPROVER)
    approver.opens(asker.asks_for_access("billing-prod"))
    expect(approver.state).to_have_text("Waiting for approval")
    approver.page.get_by_text("Reject…").click()
    approver.page.get_by_label("Why?").fill("one hour is enough")
    approver.presses("Reject")
    approver.shows("You rejected it: admin on billing-prod")
    expect(asker.state).to_have_text("Rejected")
    asker.shows("Rejected by approver@example.com", "one hour is enough")
    asker.page.get_by_role("link", name="Ask again…").click()
    asker.shows("billing-prod", "asks anew")
    asker.presses("Run again")
    expect(asker.state).to_have_text("Waiting for approval")
    asker.presses("Take the request back")
    expect(asker.state).to_have_text("Cancelled")


def test_whoever_may_not_answer_is_told_who_may(enter: Enter) -> None:
    asker, other = enter(REQUESTER), enter(DEVELOPER)
    request = asker.asks_for_access("claims-prod")
    expect(asker.state).to_have_text("Waiting for approval")
    other.opens(request)
    expect(other.page.get_by_role("button", name="Approve")).to_have_count(0)
    other.says("approve")
    other.shows("Only approver@example.com and owner@example.com can answer this one.")
    asker.says("approve")
    asker.shows("You asked for this, started it or benefit from it, so someone else has to answer it.")
    asker.says("approve it if you find the time, please")
    asker.shows("I did not count that")
    expect(asker.state).to_have_text("Waiting for approval")
    asker.presses("Take the request back")


def test_two_have_to_agree_and_a_third_sees_how_many_have(enter: Enter) -> None:
    asker, second, owner = enter(REQUESTER), enter(SECOND), enter(OWNER)
    request = asker.asks("rotate-key", service="claims", reason="It was in a log")
    expect(asker.state).to_have_text("Waiting for 2 approvals")
    second.opens(request)
    second.presses("Approve")
    second.shows("Your yes is counted, 1 of 2")
    expect(asker.state).to_have_text("Waiting for 1 more approval")
    expect(asker.page.locator("#side")).to_contain_text("1 of 2")
    second.page.get_by_role("button", name="Withdraw my answer").click()
    expect(asker.state).to_have_text("Waiting for 2 approvals")
    expect(second.state).to_have_text("Waiting for 2 approvals")
    second.says("lgtm")
    expect(second.state).to_have_text("Waiting for 1 more approval")
    owner.opens("/")
    row = owner.page.get_by_role("article", name='Rotate the webhook key: service = "claims"')
    expect(row).to_contain_text("1 of 2 approvals")
    owner.page.wait_for_timeout(900)
    row.get_by_role("button", name="Approve").click()
    owner.shows("Approved, and on its way")
    expect(asker.state).to_have_text("Finished")


def test_high_risk_is_approved_only_by_whoever_has_opened_and_read_it(enter: Enter) -> None:
    asker, approver = enter(REQUESTER), enter(APPROVER)
    asker.asks("change-firewall", environment="lab", port="22", reason="A test of the bastion")
    expect(asker.state).to_have_text("Waiting for approval")
    approver.opens("/")
    row = approver.page.get_by_role("article", name='Open the firewall: environment = "lab"')
    expect(row.get_by_role("button", name="Approve")).to_have_count(0)
    row.get_by_role("link", name="Read and answer").click()
    approver.presses("Approve")
    expect(approver.page.get_by_label("I have read all of it")).to_be_focused()
    approver.says("approve")
    approver.shows("This one needs its code")
    expect(asker.state).to_have_text("Waiting for approval")
    approver.page.get_by_label("I have read all of it").check()
    approver.presses("Approve")
    expect(asker.state).to_have_text("Finished")


def test_several_are_approved_together_and_only_those_that_were_ticked(enter: Enter) -> None:
    asker, approver = enter(REQUESTER), enter(APPROVER)
    requests = [asker.asks("new-sandbox", name=name, owner=REQUESTER) for name in ("one-spike", "two-spike", "not-this")]
    approver.opens("/")
    for name in ("one-spike", "two-spike"):
        expect(approver.page.get_by_role("article", name="not-this")).to_be_visible()
        approver.page.get_by_role("article", name=name).get_by_role("checkbox").check()
    approver.page.get_by_role("button", name="Approve the ticked").click()
    approver.shows("Your yes to 2 requests is counted.")
    for request, state in zip(requests, ("Finished", "Finished", "Waiting for approval"), strict=True):
        asker.opens(request)
        expect(asker.state).to_have_text(state)
    asker.presses("Take the request back")


def test_a_log_and_what_a_run_has_started_are_followed_while_they_grow(enter: Enter, stage: Stage) -> None:
    asker, approver = enter(REQUESTER), enter(APPROVER)
    tree = asker.asks("request-a-release-to-release-envs", release="2026.11.5", environments="qa")
    below = asker.page.get_by_role("region", name="What it started")
    expect(below).to_contain_text("Waiting for approval")
    expect(below.get_by_role("link")).to_have_text("Release 2026.11.5 to qa")
    stage.receiver.says.append((202, b"half of it is there"))
    watching = enter(OWNER)
    watching.opens(tree)
    watching.page.get_by_role("link", name="Release 2026.11.5 to qa").click()
    watching.page.evaluate(STAYS)
    approver.opens(watching.page.url)
    approver.says("approve")
    log = watching.page.get_by_role("region", name="Log")
    expect(log).to_contain_text("deploy#1 is under way: the release webhook answered 202 (half of it is there)")
    expect(log).to_contain_text("deployed 2026.11.5 to qa")
    expect(watching.state).to_have_text("Finished")
    assert watching.page.evaluate("window.stays")
    expect(below).to_contain_text("Done")
    assert f"2026.11.5 to qa of {PROJECT}" in stage.receiver.deployed


def test_what_arrives_takes_from_nobody_what_they_read_or_are_about_to_press(enter: Enter) -> None:
    asker, approver = enter(REQUESTER), enter(APPROVER)
    approver.opens(asker.asks_for_access("reports-prod", reason="why " * 100))
    expect(approver.state).to_have_text("Waiting for approval")
    approver.page.wait_for_timeout(900)
    approver.page.get_by_text("(all 399 characters)").click()
    approver.page.get_by_role("button", name="Approve").focus()
    expect(asker.state).to_have_text("Waiting for approval")
    asker.says("It is urgent.")
    expect(approver.thread).to_contain_text("It is urgent.")
    expect(approver.page.locator("#live details[open]")).to_have_count(1)
    expect(approver.page.get_by_role("button", name="Approve")).to_be_focused()
    approver.box.fill("reject: I am still wri")
    asker.says("Please.")
    expect(approver.thread).to_contain_text("Please.")
    expect(approver.box).to_have_value("reject: I am still wri")
    asker.presses("Take the request back")
    expect(approver.state).to_have_text("Cancelled")
    expect(approver.page.get_by_role("button", name="Approve")).to_have_count(0)


def test_a_form_says_what_is_wrong_at_the_field_and_starts_nothing(enter: Enter) -> None:
    asker = enter(REQUESTER)
    page = asker.opens(f"/new/new-sandbox?repositoryIdentifier={PROJECT}")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_label("What it is called")).to_be_focused()
    page.locator("form.fields").evaluate("form => { form.noValidate = true; }")
    page.get_by_label("What it is called").fill("x")
    page.get_by_label("How many days").fill("99")
    page.get_by_label("Licence key").fill("AAAA-BBBB")
    page.get_by_role("button", name="Send the request").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was started. 2 fields need another look")
    expect(page.get_by_label("What it is called")).to_have_value("x")
    expect(page.get_by_label("How many days")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Licence key")).to_have_value("")
    page.get_by_role("alert").get_by_role("link", name="How many days").click()
    expect(page.get_by_label("How many days")).to_be_focused()
    page.get_by_label("What it is called").fill("claims-spike")
    page.get_by_label("How many days").fill("9")
    page.get_by_label("queue").check()
    page.get_by_label("Seen from outside").select_option("yes")
    page.get_by_role("button", name="Send the request").click()
    expect(asker.state).to_have_text("Waiting for approval")
    asker.shows("claims-spike", "database, queue", "yes")
    asker.presses("Take the request back")
    expect(asker.state).to_have_text("Cancelled")
