"""Requests to GitHub: with whose token, until when, how often, and what becomes of refusals."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.homes import HomeAway, NotThere
from integrations.github.connection import GitHub as Hub
from integrations.github.connection import Refused
from integrations.github.credentials import LISTEN, AppKey, Pat
from integrations.github.keys import Site, issue_of, repo_path, site_of
from integrations.github.limits import wish
from tests.doubles.github.double import GitHub
from tests.doubles.github.faults import Fault, answer_lost, secondary_limit, server_error, too_many
from tests.doubles.github.setting import pem

ISSUE = repo_path("acme/app", "issues", 1)
COMMENTS = repo_path("acme/app", "issues", 1, "comments")


@dataclass
class Clock:
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def now(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def later(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Scene:
    github: GitHub
    clock: Clock
    hub: Hub
    app_id: int

    def comment(self) -> Any:
        return self.hub.call("POST", COMMENTS, at="acme/app", body={"body": "hello"})


@pytest.fixture
def scene() -> Iterator[Scene]:
    clock = Clock()
    with GitHub(now=clock.now) as github:
        github.person("ann")
        github.repository("acme/app", ann="write")
        github.repository("other/app", ann="write")
        app = github.app("placet")
        github.install(app, "acme")
        github.install(app, "other")
        github.open_issue("ann", "acme/app")
        github.open_issue("ann", "other/app")
        hub = Hub(AppKey(app_id=str(app.id), private_key=pem()), github.url, clock=clock.seconds)
        yield Scene(github, clock, hub, app.id)
        assert github.problems == []


def tokens(scene: Scene) -> list[Any]:
    return [call.said["permissions"] for call in scene.github.calls("access_tokens")]


def test_a_token_may_do_just_what_is_asked_for_and_serves_until_shortly_before_its_end(scene: Scene) -> None:
    scene.comment()
    scene.comment()
    scene.hub.call("GET", ISSUE, at="acme/app", needs=LISTEN)
    assert tokens(scene) == [{"issues": "write", "pull_requests": "write"}, {"issues": "read", "pull_requests": "read"}]
    scene.clock.later(54 * 60)
    scene.comment()
    assert len(tokens(scene)) == 2
    scene.clock.later(2 * 60)
    scene.comment()
    assert len(tokens(scene)) == 3


def test_a_token_that_was_taken_back_is_replaced_by_a_new_one(scene: Scene) -> None:
    scene.comment()
    scene.github.front.tokens.clear()
    assert scene.comment()["body"] == "hello"
    assert len(tokens(scene)) == 2


def test_an_installation_that_was_made_anew_is_found_at_the_next_try(scene: Scene) -> None:
    scene.comment()
    [old] = [one for one in scene.github.state.installations.values() if one.account.login == "acme"]
    old.deleted = True
    scene.github.front.tokens.clear()
    scene.github.install(old.app, "acme")
    with pytest.raises(HomeAway):
        scene.comment()
    assert scene.comment()["body"] == "hello"


def test_a_personal_token_is_sent_as_it_is(scene: Scene) -> None:
    hub = Hub(Pat(token=scene.github.personal_token("ann")), scene.github.url)
    assert hub.installation_of("acme/app") == 0
    assert hub.call("POST", COMMENTS, at="acme/app", body={"body": "hi"})["user"]["login"] == "ann"  # type: ignore[index,call-overload]
    assert hub.myself().login == "ann"


def test_an_enterprise_server_is_asked_below_its_own_address() -> None:
    with GitHub(prefix="/api/v3") as github:
        github.person("ann")
        github.repository("acme/app", ann="write")
        app = github.app("placet")
        github.install(app, "acme")
        github.open_issue("ann", "acme/app")
        hub = Hub(AppKey(app_id=str(app.id), private_key=pem()), github.url + "/")
        assert hub.call("POST", COMMENTS, at="acme/app", body={"body": "hi"})["body"] == "hi"  # type: ignore[index,call-overload]
        assert github.problems == []


@pytest.mark.parametrize("drip", [0.05, 0.9])
def test_an_answer_that_drips_is_given_up_in_time_however_slowly_it_comes(scene: Scene, drip: float) -> None:
    scene.comment()
    hub = Hub(scene.hub.credential, scene.github.url, seconds=1.0)
    scene.github.faults.append(Fault(route="GET */issues/1", drip=drip))
    began = time.monotonic()
    with pytest.raises(HomeAway):
        hub.call("GET", ISSUE, at="acme/app")
    assert time.monotonic() - began < 2.0


def test_the_deadline_holds_for_a_call_with_all_that_it_takes(scene: Scene) -> None:
    hub = Hub(scene.hub.credential, scene.github.url, seconds=1.0)
    scene.github.faults.extend([Fault(route="*/access_tokens", wait=0.7), Fault(route="GET */issues/1", wait=0.7)])
    hub.installation_of("acme/app")
    began = time.monotonic()
    with pytest.raises(HomeAway):
        hub.call("GET", ISSUE, at="acme/app")
    assert time.monotonic() - began < 1.6


def test_an_answer_that_is_lost_leaves_open_what_was_done(scene: Scene) -> None:
    scene.github.faults.append(answer_lost("POST */comments"))
    with pytest.raises(HomeAway):
        scene.comment()
    assert scene.github.comments("acme/app#1") == ["hello"]


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_that_fails_is_away_and_asked_once(scene: Scene, status: int) -> None:
    scene.github.faults.append(server_error("POST */comments", status=status))
    with pytest.raises(HomeAway):
        scene.comment()
    assert len(scene.github.calls("POST /repos/acme/app/issues/1/comments")) == 1


@pytest.mark.parametrize(("limit", "seconds"), [
    (secondary_limit("POST */acme/*/comments", retry_after=30), 30), (too_many("POST */acme/*/comments", retry_after=90), 90),
    (secondary_limit("POST */acme/*/comments", retry_after=None), 60), (too_many("POST */acme/*/comments", retry_after=10**6), 3600)])
def test_j12_a_limit_is_honoured_by_this_installation_within_reason_and_keeps_no_other_waiting(
        scene: Scene, limit: Fault, seconds: float) -> None:
    scene.github.faults.append(limit)
    with pytest.raises(HomeAway) as first:
        scene.comment()
    assert first.value.after == seconds
    asked = len(scene.github.ledger)
    with pytest.raises(HomeAway) as again:
        scene.comment()
    assert again.value.after == seconds
    assert len(scene.github.ledger) == asked  # nobody was asked
    other = scene.hub.call("POST", repo_path("other/app", "issues", 1, "comments"), at="other/app", body={"body": "there"})
    assert other["body"] == "there"  # type: ignore[index,call-overload]
    scene.clock.later(seconds + 1)
    assert scene.comment()["body"] == "hello"


def test_j12_the_primary_limit_is_waited_for_until_it_is_counted_anew(scene: Scene) -> None:
    scene.github.front.limit = 3
    for _ in range(3):
        scene.comment()
    with pytest.raises(HomeAway) as away:
        scene.comment()
    assert away.value.after == pytest.approx(3600, abs=5)
    assert len(scene.github.calls("POST /repos/acme/app/issues/1/comments")) == 3  # the fourth was not even asked
    scene.clock.later(3601)
    scene.comment()


def test_a_list_is_followed_over_its_pages_and_asked_for_only_if_it_has_changed(scene: Scene) -> None:
    for n in range(130):
        scene.github.comment("ann", "acme/app#1", f"comment {n}")
    bodies = [comment["body"] for comment in scene.hub.pages(COMMENTS, at="acme/app")]  # type: ignore[index,call-overload]
    assert bodies == [f"comment {n}" for n in range(130)]
    assert [comment["body"] for comment in scene.hub.pages(COMMENTS, at="acme/app")] == bodies  # type: ignore[index,call-overload]
    calls = scene.github.calls("GET /repos/acme/app/issues/1/comments")
    assert [(call.status, call.counted) for call in calls] == [(200, True), (200, True), (304, False), (304, False)]
    scene.github.comment("ann", "acme/app#1", "one more")
    assert len(list(scene.hub.pages(COMMENTS, at="acme/app"))) == 131


def test_what_github_refuses_says_why_and_which_permission_is_missing(scene: Scene) -> None:
    [here] = [one for one in scene.github.state.installations.values() if one.account.login == "acme"]
    here.permissions = {"metadata": "read", "issues": "read", "pull_requests": "read"}
    with pytest.raises(Refused) as ungranted:
        scene.comment()
    assert ungranted.value.status == 422
    with pytest.raises(Refused) as refused:
        scene.hub.call("POST", COMMENTS, at="acme/app", needs=LISTEN, body={"body": "x"})
    assert refused.value.status == 403
    assert "issues=write" in refused.value.why
    with pytest.raises(Refused) as nowhere:
        scene.hub.call("GET", repo_path("acme/app", "issues", 99), at="acme/app", needs=LISTEN)
    assert nowhere.value.status == 404
    with pytest.raises(NotThere, match="the App is not installed at third/app"):
        scene.hub.call("GET", repo_path("third/app"), at="third/app")


def test_a_repository_that_has_moved_is_not_followed(scene: Scene) -> None:
    scene.comment()
    scene.github.rename_repository("acme/app", "other/elsewhere")
    with pytest.raises(NotThere):
        scene.comment()
    assert scene.github.comments("other/elsewhere#1") == ["hello"]


def test_secrets_stand_in_no_text_of_it(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    scene.comment()
    token = next(iter(scene.github.front.tokens))
    assert "PRIVATE" not in repr(scene.hub.credential) + repr(Pat(token=token))
    assert token not in repr(Pat(token=token)) + caplog.text


def test_a_key_that_fits_no_app_leaves_it_away(scene: Scene) -> None:
    hub = Hub(AppKey(app_id=str(scene.app_id), private_key=pem("another")), scene.github.url)
    with pytest.raises(HomeAway):
        hub.installation_of("acme/app")


@pytest.mark.parametrize("name", [
    "acme", "acme/app/more", "acme/..", "../app", "acme/a b", "acme/app?x", "acme/app#1", "", "a" * 200 + "/b"])
def test_what_is_no_name_of_a_repository_makes_no_path(name: str) -> None:
    with pytest.raises(NotThere):
        repo_path(name)
    with pytest.raises(NotThere):
        issue_of(f"github:{name}#1")


def test_a_path_is_made_of_parts_that_cannot_leave_it() -> None:
    assert repo_path("acme/app", "collaborators", "../../user") == "/repos/acme/app/collaborators/..%2F..%2Fuser"


def test_places_are_ids() -> None:
    assert site_of("github:5/11") == Site(installation=5, repository_id=11)
    assert Site(installation=0, repository_id=11).place == "github:0/11"
    for place in ("slack:5/11", "github:5", "github:a/b", "github:5/11/2", "github:/11"):
        with pytest.raises(NotThere):
            site_of(place)


@pytest.mark.parametrize(("status", "headers", "message", "seconds"), [
    (200, {"retry-after": "5"}, "", None), (404, {}, "Not Found", None), (403, {}, "Resource not accessible by integration", None),
    (403, {"retry-after": "5"}, "", 5), (403, {"retry-after": "0"}, "", 1), (429, {"retry-after": "soon"}, "", 60),
    (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1060"}, "", 61), (429, {"x-ratelimit-remaining": "0"}, "", 60),
    (403, {}, "You have triggered an abuse detection mechanism.", 60),
    (403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 11}, "", 3600),
])
def test_a_refusal_is_a_limit_by_its_headers_or_its_sentence(
        status: int, headers: dict[str, str], message: str, seconds: float | None) -> None:
    assert wish(status, headers, message, now=1000) == seconds
