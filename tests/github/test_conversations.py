"""Requests as people ask for, answer and see them on GitHub, beginning with a webhook and ending with a card."""

from datetime import timedelta

import pytest

from tests.doubles.github.faults import answer_lost, secondary_limit, server_error
from tests.github.stage import HERE, GitHubStage


def test_an_approver_says_yes_and_the_one_card_tells_how_it_went(stage: GitHubStage) -> None:
    run = stage.asks()
    assert stage.card.startswith("○ **Admin on payments-prod for 1 hour** · waiting for approval\nFor ann@acme.org · acme/app\n")
    assert f"`{stage.ref(run)}`" in stage.card
    assert "bob@acme.org or cat@acme.org: reply `approve`, or `reject: reason`." in stage.card
    comment = stage.github.comment("bob", HERE, "/approve")
    stage.settle()
    assert stage.status(run) == "approved"
    assert stage.github.reactions(comment) == [("placet[bot]", "eyes")]
    assert "approved by bob@acme.org, running" in stage.card
    assert "reply `approve`" not in stage.card
    stage.later(hours=1, minutes=1)
    stage.settle()
    assert stage.card.startswith("● **Admin on payments-prod for 1 hour** · done ")
    assert stage.world.see(run).execution.status == "completed"
    assert [text.split(" · ")[0] for text in stage.told] == ["ann@acme.org: Admin on payments-prod for 1 hour"] * 2
    assert len(stage.ours()) == 3
    assert stage.replies == []


def test_a_rejection_tells_its_reason_on_the_card(stage: GitHubStage) -> None:
    run = stage.asks()
    assert stage.says("cat", "reject: wrong org, see *INC-2231*") == []
    assert stage.status(run) == "rejected"
    assert "rejected by cat@acme.org" in stage.card
    assert "wrong org, see INC-2231" in stage.card


def test_who_may_not_answer_is_told_once_and_keeps_nobody_from_it(stage: GitHubStage) -> None:
    run = stage.asks()
    assert stage.says("dan", "approve") == ["Only bob@acme.org and cat@acme.org can answer this one."]
    assert stage.says("ann", "approve") == ["You asked for this, started it or benefit from it, so someone else has to answer it."]
    assert (stage.status(run), stage.security()) == ("pending", ["NotAnApprover", "SelfApproval"])
    assert stage.says("bob", "approve") == []
    assert stage.status(run) == "approved"


def test_somebody_unknown_is_told_how_to_be_known(stage: GitHubStage) -> None:
    run = stage.asks()
    stage.unlink("bob")
    assert stage.says("bob", "approve") == [
        "I do not know who `bob` is yet. Reply `link` to connect your account, or ask an operator of Placet. Then answer again."]
    [code] = stage.says("bob", "link")
    assert code.startswith("Your code is `")
    stage.link("bob")
    stage.says("bob", "approve")
    assert stage.status(run) == "approved"


def test_an_account_counts_by_its_number_and_not_by_its_name(stage: GitHubStage) -> None:
    run = stage.asks()
    stage.github.rename_person("bob", "bob-of-old")
    stage.github.person("bob")
    stage.github.role("bob", "acme/app", "write")
    assert stage.says("bob", "approve")[0].startswith("I do not know who `bob` is yet.")
    assert stage.says("bob-of-old", "approve") == []
    assert stage.status(run) == "approved"


@pytest.mark.parametrize("text", [
    "> /approve", "```\n/approve\n```", "`/approve`", "    /approve", "<!-- /approve -->", "please /approve this",
    "<details>\n\n/approve\n\n</details>", "~~/approve~~", "Looks fine to me.\n\n/approve", "![approve](https://acme.org/x.png)"])
def test_e13_what_is_quoted_fenced_hidden_or_not_the_first_line_is_no_answer(stage: GitHubStage, text: str) -> None:
    run = stage.asks()
    assert stage.says("bob", text) == []
    assert stage.status(run) == "pending"


def test_of_two_open_requests_one_has_to_be_named(stage: GitHubStage) -> None:
    first, second = stage.asks(), stage.asks(targetOrg="billing-prod")
    assert len(stage.cards()) == 2
    [which] = stage.says("bob", "approve")
    assert which.startswith("Two requests are open here. Which one?")
    assert f"`approve {stage.ref(second)}`" in which
    assert stage.says("bob", f"approve {stage.ref(second)}") == []
    assert (stage.status(first), stage.status(second)) == ("pending", "approved")


def test_an_answer_after_its_time_is_told_that_it_lapsed(stage: GitHubStage) -> None:
    run = stage.asks()
    stage.later(hours=25)
    [told] = stage.says("bob", "approve")
    assert told.startswith("This lapsed at ")
    assert stage.status(run) == "expired"
    stage.world.sweep()
    stage.settle()
    assert "lapsed" in stage.card


def test_e09_a_bot_an_app_in_a_persons_name_and_another_sender_are_nobody(stage: GitHubStage) -> None:
    run = stage.asks()
    stage.github.bot("helper[bot]")
    stage.github.comment("helper[bot]", HERE, "/approve")
    stage.github.comment("bob", HERE, "/approve", through=stage.github.app("another"))
    stage.github.comment("bob", HERE, "/approve", sender="eve")
    stage.settle()
    assert (stage.status(run), stage.replies) == ("pending", [])
    stage.looks()
    stage.later(minutes=3)
    stage.looks()  # nor when they are found again; but then nobody says who sent bob's, which is his
    assert stage.replies == []


def test_e07_an_edit_and_a_deletion_make_no_answer(stage: GitHubStage) -> None:
    run = stage.asks()
    comment = stage.github.comment("bob", HERE, "let me see")
    stage.settle()
    stage.later(seconds=30)
    stage.github.edit("bob", HERE, comment, "approve")
    stage.settle()
    assert stage.replies == ["I read a message only as it was first written. Please write your answer as a new one."]
    stage.github.delete("bob", HERE, comment)
    stage.settle()
    assert (stage.status(run), len(stage.replies)) == ("pending", 1)


@pytest.mark.parametrize("text", ["approve, if it rains", "/approve"])
def test_e08_what_was_changed_before_it_was_read_does_not_count(stage: GitHubStage, text: str) -> None:
    run = stage.asks()
    comment = stage.github.comment("bob", HERE, "/approve")
    stage.github.hooks.lose(event="issue_comment")
    stage.later(seconds=5)
    stage.github.edit("cat", HERE, comment, text)
    stage.settle()
    assert stage.replies == ["I read a message only as it was first written. Please write your answer as a new one."]
    assert stage.status(run) == "pending"
    assert stage.says("bob", "/approve") == []
    assert stage.status(run) == "approved"


def test_what_was_taken_back_before_it_was_read_does_not_count(stage: GitHubStage) -> None:
    run = stage.asks()
    comment = stage.github.comment("bob", HERE, "/approve")
    stage.github.delete("bob", HERE, comment)
    stage.settle()
    assert stage.status(run) == "pending"
    stage.later(minutes=3)
    stage.settle()
    assert (stage.status(run), stage.replies) == ("pending", [])
    assert stage.world.rows("SELECT count(*) FROM inbox WHERE handled_at IS NULL") == [(0,)]


def test_e17_r22_what_cannot_be_seen_yet_is_not_decided_and_counts_once_it_is(stage: GitHubStage) -> None:
    run = stage.asks()
    stage.github.falls_behind()
    stage.says("bob", "/approve")
    assert (stage.status(run), stage.replies) == ("pending", [])
    stage.later(seconds=20)
    stage.settle()
    assert stage.status(run) == "pending"
    stage.github.catches_up()
    stage.later(seconds=30)
    stage.settle()
    assert stage.status(run) == "approved"


def test_r21_while_github_does_not_say_who_somebody_is_nothing_is_decided_and_they_are_told(stage: GitHubStage) -> None:
    run = stage.asks()
    stage.github.faults.append(server_error("GET /user/*", times=None))
    stage.says("bob", "/approve")
    for _ in range(8):
        stage.later(minutes=1)
        stage.settle()
    assert stage.status(run) == "pending"
    assert [text.split(" I will")[0] for text in stage.replies] == ["GitHub did not answer when I checked who you are."]
    stage.github.comes_back()
    stage.later(minutes=3)
    stage.settle()
    assert stage.status(run) == "approved"


def test_who_has_lost_the_repository_or_the_account_does_not_count(stage: GitHubStage) -> None:
    run = stage.asks()
    stage.github.role("bob", "acme/app", None)
    assert stage.says("bob", "/approve")[0].startswith("You have no access to acme/app on GitHub.")
    stage.github.comment("cat", HERE, "/approve")
    stage.github.suspend("cat")
    stage.settle()
    assert (stage.status(run), stage.security()) == ("pending", ["NotCountedThere"])


def test_e05_r15_a_comment_counts_once_however_often_it_is_delivered(stage: GitHubStage) -> None:
    run = stage.asks()
    stage.github.hooks.double()
    comment = stage.github.comment("bob", HERE, "/approve")
    stage.settle()
    for delivery in [each for each in stage.github.hooks.sent if each.event == "issue_comment" and b"/approve" in each.body]:
        stage.github.hooks.redeliver(delivery.id)
        stage.github.hooks.send(delivery.hook, delivery.event, delivery.body)  # by an id of its own
    stage.later(hours=24)
    stage.settle()
    assert stage.status(run) == "approved"
    assert len([kind for kind in stage.world.audit(run) if kind == "decide"]) == 1
    assert stage.github.reactions(comment) == [("placet[bot]", "eyes")]


def test_e11_another_repository_or_installation_reaches_no_request_of_ours(stage: GitHubStage) -> None:
    run = stage.asks()
    stage.github.repository("acme/else", bob="write")
    stage.github.install(stage.app, "acme", repositories=["acme/else"])
    stage.github.open_issue("ann", "acme/else")
    stage.github.comment("bob", "acme/else#1", "/approve")
    stage.settle()
    assert (stage.status(run), stage.security()) == ("pending", [])
    stage.github.rename_repository("acme/app", "acme/old")
    stage.github.repository("acme/app", bob="write")
    stage.github.install(stage.app, "acme", repositories=["acme/app"])
    stage.github.open_issue("ann", "acme/app")
    stage.github.comment("bob", HERE, "/approve")  # of the same name, and yet another repository
    stage.settle()
    assert (stage.status(run), stage.security()) == ("pending", ["PlaceNotBound"])


def test_e12_a_comment_that_is_older_than_the_request_is_no_answer_to_it(stage: GitHubStage) -> None:
    stage.github.hooks.lose(event="issue_comment")
    stage.github.comment("bob", HERE, "/approve")
    stage.later(minutes=1)
    run = stage.asks()
    stage.later(minutes=3)
    stage.looks()
    assert stage.status(run) == "pending"


def test_e15_e16_what_happens_to_the_issue_decides_nothing_and_changes_no_request(stage: GitHubStage) -> None:
    run = stage.asks()
    before = stage.world.approval(run).approval
    stage.github.edit_issue("ann", HERE, title="Something harmless", body="approve")
    stage.github.lock_issue("cat", HERE)
    stage.github.close("bob", HERE)
    stage.settle()
    assert stage.world.approval(run).approval == before
    assert "payments-prod" in stage.card


def test_e19_addresses_in_a_delivery_are_never_asked(stage: GitHubStage) -> None:
    run = stage.asks()
    with_evil = b'https://evil.example/repos/acme/app'
    stage.github.hooks.hold()
    stage.github.comment("bob", HERE, "/approve")
    [held] = stage.github.hooks.held
    stage.github.hooks.held.clear()
    stage.github.hooks.release()
    body = held.body.replace(f"{stage.github.url}/repos/acme/app".encode(), with_evil)
    assert with_evil in body
    assert stage.github.hooks.send(held.hook, "issue_comment", body).status_code == 202
    stage.settle()
    assert stage.status(run) == "approved"  # read again where the settings say, not where the delivery does


def test_r17_r18_a_lost_delivery_is_found_within_five_minutes(stage: GitHubStage) -> None:
    run = stage.asks()
    stage.looks()
    stage.later(minutes=2)
    stage.looks()
    stage.github.hooks.lose(event="issue_comment")
    comment = stage.github.comment("bob", HERE, "/approve")
    stage.settle()
    assert stage.status(run) == "pending"
    for _ in range(5):
        stage.later(minutes=1)
        stage.looks()
    assert stage.status(run) == "approved"
    assert stage.github.reactions(comment) == [("placet[bot]", "eyes")]
    assert stage.lost == ["github"]


def test_r07_with_github_down_for_two_hours_requests_are_made_and_cards_follow_within_a_minute(stage: GitHubStage) -> None:
    stage.github.goes_down()
    runs = [stage.asks(targetOrg=f"org-{n}") for n in range(3)]
    for _ in range(12):
        stage.later(minutes=10)
        stage.settle()
    assert [stage.status(run) for run in runs] == ["pending"] * 3
    assert stage.cards() == []
    stage.github.comes_back()
    for _ in range(3):
        stage.later(seconds=20)
        stage.settle()
    assert sorted(card.split("**")[1] for card in stage.cards()) == [f"Admin on org-{n} for 1 hour" for n in range(3)]
    assert stage.says("bob", f"approve {stage.ref(runs[1])}") == []
    assert stage.status(runs[1]) == "approved"


def test_r05_a_card_whose_answer_was_lost_is_found_again_by_its_mark(stage: GitHubStage) -> None:
    stage.github.faults.append(answer_lost("POST */comments"))
    run = stage.asks()
    stage.later(minutes=1)
    stage.settle()
    assert len(stage.cards()) == 1
    stage.says("bob", "/approve")
    assert stage.status(run) == "approved"
    assert "approved by bob@acme.org" in stage.card


def test_g08_another_persons_comment_with_our_mark_is_left_alone(stage: GitHubStage) -> None:
    run = stage.asks()
    shown = stage.ours()[0].body
    stage.github.comment("eve", HERE, shown)
    with stage.world.database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE cards SET message_id = NULL, shown = NULL")
    stage.says("bob", "/approve")
    assert stage.status(run) == "approved"
    assert "approved by bob@acme.org" in stage.card
    assert [comment.body for comment in stage.github.comments_of("eve", HERE)] == [shown]


def test_a_card_that_somebody_removed_is_posted_anew(stage: GitHubStage) -> None:
    stage.asks()
    [card] = stage.ours()
    stage.github.delete("cat", HERE, card)
    stage.says("bob", "/approve")
    assert "approved by bob@acme.org" in stage.card


def test_replies_whose_answer_was_lost_are_said_once(stage: GitHubStage) -> None:
    stage.asks()
    stage.github.faults.append(answer_lost("POST */comments"))
    stage.says("dan", "approve")
    stage.later(minutes=1)
    stage.settle()
    assert stage.replies == ["Only bob@acme.org and cat@acme.org can answer this one."]


def test_a_limit_puts_off_what_is_said_and_loses_nothing(stage: GitHubStage) -> None:
    stage.github.faults.append(secondary_limit("POST */comments", retry_after=30))
    run = stage.asks()
    assert stage.cards() == []
    stage.later(seconds=31)
    stage.settle()
    assert len(stage.cards()) == 1
    stage.says("bob", "/approve")
    assert stage.status(run) == "approved"


def test_an_issue_that_is_gone_fails_its_card_and_nothing_else(stage: GitHubStage) -> None:
    stage.github.delete_issue("cat", HERE)
    run = stage.asks()
    [(failed,)] = stage.world.rows("SELECT failed FROM cards")
    assert "410" in failed or "404" in failed
    stage.world.approves("bob", run)
    assert stage.status(run) == "approved"


def test_whoever_speaks_to_the_app_by_its_name_is_heard(stage: GitHubStage) -> None:
    run = stage.asks()
    stage.says("dan", "approve")  # with a reply, so that Placet knows its name there
    assert "I did not count that" in stage.says("bob", "@placet approve, but only after 17:00")[0]
    assert stage.says("bob", "@placet approve") == []
    assert stage.status(run) == "approved"


def test_e01_a_delivery_that_is_not_githubs_is_not_taken(stage: GitHubStage) -> None:
    run = stage.asks()
    stage.github.hook(stage.app).secret = "not the secret that we know"
    stage.says("bob", "/approve")
    assert stage.github.hooks.sent[-1].status_code == 401
    assert stage.status(run) == "pending"


def test_a_request_is_made_in_a_comment_and_answered_there(stage: GitHubStage) -> None:
    [told] = stage.says("ann", "/placet request-elevated-privileges username=ann@acme.org targetOrg=payments-prod "
                               "accessLevel=Admin durationMinutes=60")
    assert told.startswith("Started: ")
    assert len(stage.cards()) == 1
    stage.says("bob", "/approve")
    assert stage.world.rows("SELECT status FROM approvals") == [("approved",)]


def test_the_time_that_passes_between_two_looks_is_bounded(stage: GitHubStage) -> None:
    assert timedelta(seconds=stage.home.every) <= timedelta(minutes=4)


def reviewed(stage: GitHubStage, *places: str) -> str:
    """A request that is discussed at a pull request, of a project that has said what else counts there."""
    stage.github.open_pull_request("ann", "acme/app")
    for each in places:
        stage.bind(place=f"{stage.place}/{each}")
    return "acme/app#2"


def test_a_review_counts_where_the_project_has_said_so(stage: GitHubStage) -> None:
    there = reviewed(stage, "reviews")
    first = stage.asks(at=2)
    stage.github.review("bob", there, "commented", "approve")
    stage.settle()
    assert stage.status(first) == "pending"
    stage.github.review("dan", there, "approved")
    stage.settle()
    assert stage.status(first) == "pending"
    stage.github.review("bob", there, "approved", "Tested on staging.")
    stage.settle()
    assert stage.status(first) == "approved"
    second = stage.asks(at=2, targetOrg="billing-prod")
    stage.github.review("cat", there, "changes_requested", "Two hours are enough.")
    stage.settle()
    assert stage.status(second) == "rejected"
    assert "Two hours are enough." in stage.cards(there)[1]


def test_a_hedged_review_a_dismissed_one_and_a_bots_do_not_count(stage: GitHubStage) -> None:
    there = reviewed(stage, "reviews")
    run = stage.asks(at=2)
    stage.github.review("bob", there, "approved", "But only after 17:00.")
    stage.github.bot("helper[bot]")
    stage.github.review("helper[bot]", there, "approved")
    review = stage.github.review("cat", there, "approved")
    stage.github.dismiss("bob", there, review)
    stage.later(minutes=5)
    stage.settle()
    assert stage.status(run) == "pending"
    assert [comment.body.split(":")[0] for comment in stage.ours(there)][1:] == ["I did not count that"]


def test_a_review_and_a_closing_are_no_answers_where_nobody_has_said_so(stage: GitHubStage) -> None:
    there = reviewed(stage)
    run = stage.asks(at=2)
    stage.github.review("bob", there, "approved")
    stage.github.close("cat", there)
    stage.settle()
    assert (stage.status(run), stage.security()) == ("pending", ["PlaceNotBound", "PlaceNotBound"])
    assert len(stage.ours(there)) == 1


def test_closing_rejects_where_the_project_has_said_so_and_merging_never_does(stage: GitHubStage) -> None:
    there = reviewed(stage, "closing")
    run, merged = stage.asks(), stage.asks(at=2)
    stage.github.merge("bob", there)
    stage.github.close("bob", HERE)
    stage.settle()
    assert (stage.status(run), stage.status(merged)) == ("rejected", "pending")
    assert "rejected by bob@acme.org" in stage.card
    assert "it was closed on GitHub" in stage.card


def test_what_was_opened_again_before_it_was_read_rejects_nothing(stage: GitHubStage) -> None:
    stage.bind(place=f"{stage.place}/closing")
    run = stage.asks()
    stage.github.close("bob", HERE)
    stage.github.reopen("bob", HERE)
    stage.later(minutes=3)
    stage.settle()
    assert stage.status(run) == "pending"
