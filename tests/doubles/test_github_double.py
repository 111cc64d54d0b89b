"""The double of GitHub keeps GitHub's promises and breaks them on demand; PyGithub talks to it as it comes."""

import hashlib
import hmac
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest
from github import Auth, BadCredentialsException, GithubException, RateLimitExceededException, UnknownObjectException
from requests.exceptions import ConnectionError as Disconnected

from tests.doubles.github.double import GitHub
from tests.doubles.github.faults import Fault, answer_lost, secondary_limit, server_error, too_many
from tests.doubles.github.hooks import signatures
from tests.doubles.github.setting import SECRET, private_key
from tests.doubles.github_scene import Heard, Scene, scene

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass
class Clock:
    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def passes(self, **time: float) -> None:
        self.at += timedelta(**time)


@pytest.fixture
def played() -> Iterator[Scene]:
    with scene() as some:
        some.github.open_issue("ann", "acme/app", title="Deploy")
        yield some


@pytest.fixture
def timed() -> Iterator[tuple[GitHub, Clock, httpx.Client]]:
    """A GitHub of another time, and one of its people with a token."""
    clock = Clock()
    with GitHub(now=clock) as github:
        github.person("ann")
        github.repository("acme/app", ann="write")
        github.open_issue("ann", "acme/app")
        token = github.personal_token("ann")
        with httpx.Client(base_url=github.url, headers={"Authorization": f"Bearer {token}"}) as http:
            yield github, clock, http


def raw(played: Scene, token: str | None = None) -> httpx.Client:
    """A caller that is no PyGithub, with an installation's token."""
    given = token or played.auth.get_installation_auth(played.installation.id, requester=played.integration().requester).token
    return httpx.Client(base_url=played.github.url, headers={"Authorization": f"Bearer {given}"})


# -- who asks


def test_an_app_asks_for_a_token_and_acts_as_its_bot(played: Scene) -> None:
    said = played.repository().get_issue(1).create_comment("Who agrees?")

    assert (said.user.login, said.user.type) == ("placet[bot]", "Bot")
    assert said.performed_via_github_app is not None
    assert played.github.comments("acme/app#1") == ["Who agrees?"]


def test_an_unknown_token_is_refused_and_a_person_is_let_in_by_theirs(played: Scene) -> None:
    with pytest.raises(BadCredentialsException):
        played.with_auth(Auth.Token("ghp_unknown")).get_user().id  # noqa: B018
    assert played.person("ann").get_user().login == "ann"
    assert [call.who for call in played.github.calls("/user")] == ["unknown", "person:ann"]


@pytest.mark.parametrize(("key", "claims"), [
    ("second", {}), ("first", {"exp": 3_600}), ("first", {"exp": -1}), ("first", {"exp": None}), ("first", {"iat": 600}),
    ("first", {"iss": "999"})])
def test_a_jwt_must_be_the_apps_own_and_short(played: Scene, key: str, claims: dict[str, object]) -> None:
    now = int(time.time())
    given: dict[str, object] = {"iss": str(played.app.id), "iat": now, "exp": now + 300}
    for name, value in claims.items():
        given[name] = now + value if isinstance(value, int) else value
    token = jwt.encode({name: value for name, value in given.items() if value is not None}, private_key(key), "RS256")

    with raw(played, token) as http:
        assert http.get("/app").status_code in (401, 404)
    assert played.github.calls("/app")[-1].who == "unknown"


def test_a_jwt_is_no_token_and_a_token_is_no_jwt(played: Scene) -> None:
    with raw(played) as http:
        assert http.get("/app").status_code == 401
    with raw(played, played.auth.token) as http:
        assert http.get("/repos/acme/app/issues/1").status_code == 401


def test_a_token_ends_after_an_hour_and_with_its_installation() -> None:
    clock = Clock(datetime.now(UTC))
    with scene(auth_now=clock) as played, raw(played) as http:
        assert http.get("/repos/acme/app").status_code == 200
        played.installation.suspended_at = NOON
        assert http.get("/repos/acme/app").status_code == 403
        played.installation.suspended_at = None
        clock.passes(minutes=61)
        assert http.get("/repos/acme/app").status_code == 401


# -- what they may


def test_a_token_may_no_more_than_was_asked_for(played: Scene) -> None:
    reader = played.client({"issues": "read"}).get_repo("acme/app").get_issue(1)

    with pytest.raises(GithubException, match="Resource not accessible by integration"):
        reader.create_comment("x")
    assert played.github.comments("acme/app#1") == []


def test_no_token_has_more_than_its_installation(played: Scene) -> None:
    played.installation.permissions.pop("members")

    with pytest.raises(GithubException, match="not granted"):
        played.client({"members": "write"}).get_repo("acme/app")


def test_a_pull_request_needs_its_own_permission(played: Scene) -> None:
    played.github.open_pull_request("ann", "acme/app")

    with pytest.raises(GithubException, match="not accessible"):
        played.client({"issues": "write"}).get_repo("acme/app").get_issue(2)


def test_what_is_not_in_the_installation_is_not_there(played: Scene) -> None:
    played.github.repository("acme/other")
    played.installation.repositories = {played.github.state.repository("acme/app").id}

    with pytest.raises(UnknownObjectException):
        played.client().get_repo("acme/other")


def test_a_stranger_sees_nothing_private_and_a_reader_sorts_nothing(played: Scene) -> None:
    with pytest.raises(UnknownObjectException):
        played.person("eve").get_repo("acme/app")
    with pytest.raises(GithubException, match="403"):
        played.person("bob").get_repo("acme/app").get_issue(1).add_to_labels("x")
    played.github.person("joe")
    played.github.joins("joe", "acme")
    assert [played.repository().get_collaborator_permission(who) for who in ("ann", "bob", "joe")] == ["write", "read", "read"]
    assert played.repository().get_collaborator_permission("eve") == "none"


# -- what is not understood


def test_an_unknown_field_is_refused_and_a_missing_one_too(played: Scene) -> None:
    with raw(played) as http:
        at = "/repos/acme/app/issues/1/comments"
        for body in ({"body": "x", "colour": "red"}, {}, {"body": 7}, {"body": " "}):
            assert http.post(at, json=body).status_code == 422
        assert http.post(at, content=b"{").status_code == 400
    assert played.github.comments("acme/app#1") == []


def test_what_no_github_knows_is_written_down(played: Scene) -> None:
    with raw(played) as http:
        assert http.get("/repos/acme/app/issue/1").status_code == 404
        http.get("/repos/acme/app/issues/1/comments?sinse=now")

    assert played.github.problems == [
        "no route: GET /repos/acme/app/issue/1", "no parameter: sinse of GET /repos/acme/app/issues/1/comments"]


def test_a_caller_says_who_it_is_and_asks_for_a_version_there_is(played: Scene) -> None:
    with raw(played) as http:
        for headers, status in (({"User-Agent": ""}, 403), ({"X-GitHub-Api-Version": "2021-01-01"}, 400),
                                ({"X-GitHub-Api-Version": "2022-11-28"}, 200), ({"Accept": "x/y"}, 200)):
            assert http.get("/repos/acme/app", headers=headers).status_code == status


def test_the_ledger_knows_no_token(played: Scene) -> None:
    played.repository()

    text = repr(played.github.ledger)
    assert "access_tokens" in text
    assert "ghs_" not in text
    assert "Bearer" not in text


# -- lists


def test_lists_come_in_pages_that_lead_on(played: Scene) -> None:
    for number in range(7):
        played.github.comment("ann", "acme/app#1", f"{number}")
    before = len(played.github.ledger)

    listed = played.client(per_page=3).get_repo("acme/app").get_issue(1).get_comments()
    assert [one.body for one in listed] == ["0", "1", "2", "3", "4", "5", "6"]
    pages = [call for call in played.github.ledger[before:] if call.path.endswith("/comments")]
    assert [call.query.get("page") for call in pages] == [None, "2", "3"]
    assert 'rel="next"' not in pages[-1].answer_headers["Link"]


def test_comments_are_listed_since_their_last_change_of_the_whole_repository_too(timed: tuple[GitHub, Clock, httpx.Client]) -> None:
    github, clock, http = timed
    first = github.comment("ann", "acme/app#1", "first")
    clock.passes(minutes=5)
    github.open_issue("ann", "acme/app")
    github.comment("ann", "acme/app#2", "second")
    clock.passes(minutes=5)
    github.edit("ann", "acme/app#1", first, "first, mended")

    def bodies(path: str, **query: str) -> list[str]:
        return [one["body"] for one in http.get(path, params=query).json()]

    assert bodies("/repos/acme/app/issues/comments", since="2026-03-02T12:05:00Z") == ["first, mended", "second"]
    assert bodies("/repos/acme/app/issues/comments", since="2026-03-02T12:05:00Z", sort="updated", direction="asc") == [
        "second", "first, mended"]
    assert bodies("/repos/acme/app/issues/comments", since="2026-03-02T12:05:01Z") == ["first, mended"]
    assert bodies("/repos/acme/app/issues/2/comments", since="2026-03-02T12:05:01Z") == []


def test_what_has_not_changed_is_not_said_again_and_costs_nothing(timed: tuple[GitHub, Clock, httpx.Client]) -> None:
    github, _, http = timed
    at = "/repos/acme/app/issues/1/comments"
    first = http.get(at)
    again = http.get(at, headers={"If-None-Match": first.headers["etag"]})
    github.comment("ann", "acme/app#1", "new")
    changed = http.get(at, headers={"If-None-Match": first.headers["etag"]})

    assert [one.status_code for one in (first, again, changed)] == [200, 304, 200]
    assert [one.headers["x-ratelimit-remaining"] for one in (first, again, changed)] == ["4999", "4999", "4998"]
    assert again.content == b""


def test_a_tag_is_worth_nothing_to_another_token(timed: tuple[GitHub, Clock, httpx.Client]) -> None:
    github, _, http = timed
    tag = http.get("/repos/acme/app").headers["etag"]
    other = {"Authorization": f"Bearer {github.personal_token('ann')}", "If-None-Match": tag}

    assert http.get("/repos/acme/app", headers={"If-None-Match": tag}).status_code == 304
    assert http.get("/repos/acme/app", headers=other).status_code == 200


# -- how often


def test_requests_are_counted_for_each_who_asks_and_an_hour_gives_new_ones(timed: tuple[GitHub, Clock, httpx.Client]) -> None:
    github, clock, http = timed
    github.front.limit = 3
    github.person("bob")
    github.role("bob", "acme/app", "read")
    answers = [http.get("/repos/acme/app").status_code for _ in range(4)]
    refused = http.get("/repos/acme/app")
    other = httpx.get(f"{github.url}/repos/acme/app", headers={"Authorization": f"token {github.personal_token('bob')}"})
    clock.passes(minutes=61)

    assert answers == [200, 200, 200, 403]
    assert (refused.headers["x-ratelimit-remaining"], refused.headers["x-ratelimit-reset"]) == (
        "0", str(int((NOON + timedelta(hours=1)).timestamp())))
    assert other.status_code == 200
    assert http.get("/repos/acme/app").status_code == 200
    assert http.get("/rate_limit").json()["rate"]["remaining"] == 2


# -- webhooks


def test_a_delivery_is_signed_as_github_signs(played: Scene) -> None:
    assert signatures(SECRET, b"Hello, World!")["X-Hub-Signature-256"] == (
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")  # pragma: allowlist secret

    played.github.comment("ann", "acme/app#1", "/approve")
    headers, body = played.heard.got[-1]
    assert headers["X-GitHub-Event"] == "issue_comment"
    assert headers["X-GitHub-Hook-Installation-Target-ID"] == str(played.app.id)
    assert headers["X-Hub-Signature-256"] == "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature"].startswith("sha1=")


def test_what_a_program_does_is_told_too(played: Scene) -> None:
    played.repository().get_issue(1).create_comment("Who agrees?")
    played.github.hooks.settle()

    told = played.github.hooks.sent[-1]
    assert (told.event, told.action, told.payload["sender"]["login"]) == ("issue_comment", "created", "placet[bot]")
    assert told.payload["comment"]["performed_via_github_app"]["slug"] == "placet"


def test_deliveries_are_lost_doubled_held_back_and_sent_again(played: Scene) -> None:
    github, hooks = played.github, played.github.hooks

    def bodies() -> list[str]:
        said = [one.payload["comment"]["body"] for one in hooks.sent if one.event == "issue_comment" and one.status_code == 200]
        hooks.sent.clear()
        return said

    hooks.lose(event="issue_comment")
    github.comment("ann", "acme/app#1", "lost")
    assert bodies() == []
    hooks.double()
    github.comment("ann", "acme/app#1", "twice")
    assert bodies() == ["twice", "twice"]
    hooks.hold()
    for text in ("first", "second"):
        github.comment("ann", "acme/app#1", text)
    assert bodies() == []
    hooks.release([1, 0])
    assert bodies() == ["second", "first"]


def test_a_failed_delivery_is_listed_and_sent_again_under_its_guid(played: Scene) -> None:
    played.heard.status = 503
    played.github.comment("ann", "acme/app#1", "/approve")
    requester = played.integration().requester
    failed = requester.requestJsonAndCheck("GET", "/app/hook/deliveries", parameters={"status": "failure"})[1]
    played.heard.status = 200
    requester.requestJsonAndCheck("POST", f"/app/hook/deliveries/{failed[0]['id']}/attempts")
    played.github.hooks.settle()

    assert [(one["event"], one["status_code"]) for one in failed] == [("issue_comment", 503)]
    again = played.github.hooks.sent[-1]
    assert (again.guid, again.redelivery, again.status_code) == (failed[0]["guid"], True, 200)
    assert again.id != failed[0]["id"]


def test_deliveries_are_kept_for_three_days() -> None:
    clock = Clock()
    with scene(now=clock) as played:
        requester = played.integration().requester
        assert [one["event"] for one in requester.requestJsonAndCheck("GET", "/app/hook/deliveries")[1]] == ["installation"]
        clock.passes(days=3)
        assert requester.requestJsonAndCheck("GET", "/app/hook/deliveries")[1] == []


def test_only_what_an_installation_wants_and_covers_is_told(played: Scene) -> None:
    played.heard.got.clear()
    played.installation.events.remove("issues")
    played.github.repository("elsewhere/app")
    played.github.open_issue("ann", "elsewhere/app")
    played.github.open_issue("ann", "acme/app")
    assert played.heard.events == []

    played.installation.suspended_at = NOON
    played.github.comment("ann", "acme/app#1", "x")
    assert played.heard.got == []


def test_an_app_hears_of_its_installations(played: Scene) -> None:
    played.github.suspend_installation(played.installation)
    played.github.uninstall(played.installation)

    told = [one for one in played.github.hooks.sent if one.event == "installation"]
    assert [one.action for one in told] == ["created", "suspend", "deleted"]
    assert told[0].payload["repositories"][0]["full_name"] == "acme/app"
    with pytest.raises(GithubException, match="404"):
        played.repository()


def test_a_repository_has_webhooks_of_its_own(played: Scene) -> None:
    heard = Heard()
    played.github.repository_hook("acme/app", heard, events=["issue_comment"])
    played.github.comment("ann", "acme/app#1", "x")

    (headers, body), = heard.got
    assert headers["X-GitHub-Hook-Installation-Target-Type"] == "repository"
    assert b'"installation"' not in body


# -- what goes wrong


def test_twenty_at_once_say_each_their_own(played: Scene) -> None:
    with raw(played) as http, ThreadPoolExecutor(20) as many:
        said = [one.json()["id"] for one in many.map(
            lambda number: http.post("/repos/acme/app/issues/1/comments", json={"body": f"{number}"}), range(100))]
    played.github.hooks.settle()

    assert len(set(said)) == 100
    assert sorted(map(int, played.github.comments("acme/app#1"))) == list(range(100))
    assert played.heard.events.count("issue_comment") == 100


def test_a_connection_breaks_before_or_after_it_is_done(played: Scene) -> None:
    issue = played.repository().get_issue(1)
    for fault in (Fault(route="POST */comments", drop="before"), answer_lost("POST */comments")):
        played.github.faults.append(fault)
        with pytest.raises(Disconnected):
            issue.create_comment(f"{fault.drop}")
    issue.create_comment("and on")

    assert played.github.comments("acme/app#1") == ["after", "and on"]
    assert [(call.status, call.done, call.answered) for call in played.github.calls("POST /repos")] == [
        (0, False, False), (201, True, False), (201, True, True)]


def test_limits_and_errors_are_said_instead_of_doing_it(played: Scene) -> None:
    issue = played.repository().get_issue(1)
    played.github.faults += [secondary_limit("POST *", retry_after=7), too_many("POST *"), server_error("POST *")]
    with pytest.raises(RateLimitExceededException) as limited:
        issue.create_comment("x")
    assert limited.value.headers is not None
    assert limited.value.headers["retry-after"] == "7"
    for status in (429, 502):
        with pytest.raises(GithubException) as refused:
            issue.create_comment("x")
        assert refused.value.status == status
    assert played.github.comments("acme/app#1") == []


def test_an_answer_drips_and_keeps_coming(played: Scene) -> None:
    played.github.faults.append(Fault(route="GET /repos/acme/app", drip=0.02))
    begun = time.monotonic()
    with raw(played) as http, http.stream("GET", "/repos/acme/app") as answer:
        first = next(answer.iter_raw())
        assert len(first) < 100
        assert answer.status_code == 200
    assert time.monotonic() - begun < 5


def test_a_request_waits_and_is_done_all_the_same(played: Scene) -> None:
    played.github.faults.append(Fault(route="POST */comments", wait=0.5))
    with raw(played) as http, pytest.raises(httpx.ReadTimeout):
        http.post("/repos/acme/app/issues/1/comments", json={"body": "late"}, timeout=0.1)

    assert played.github.comments("acme/app#1") == []
    until = time.monotonic() + 5
    while not played.github.comments("acme/app#1") and time.monotonic() < until:
        time.sleep(0.02)
    assert played.github.comments("acme/app#1") == ["late"]


def test_github_goes_down_wholly_and_comes_back(played: Scene) -> None:
    repository = played.repository()
    played.github.goes_down()
    for _ in range(2):
        with pytest.raises(Disconnected):
            repository.get_issue(1)
    played.github.comes_back()

    assert repository.get_issue(1).number == 1


def test_reads_may_be_behind_the_writes(timed: tuple[GitHub, Clock, httpx.Client]) -> None:
    github, clock, http = timed
    old = github.comment("ann", "acme/app#1", "old")
    github.falls_behind(seconds=30)
    made = http.post("/repos/acme/app/issues/1/comments", json={"body": "new"}).json()
    github.edit("ann", "acme/app#1", old, "mended")

    assert http.get(f"/repos/acme/app/issues/comments/{made['id']}").status_code == 404
    assert http.get(f"/repos/acme/app/issues/comments/{old.id}").json()["body"] == "old"
    clock.passes(seconds=31)
    assert http.get(f"/repos/acme/app/issues/comments/{made['id']}").status_code == 200
    assert http.get(f"/repos/acme/app/issues/comments/{old.id}").json()["body"] == "mended"


# -- what moves


def test_a_renamed_repository_is_found_by_its_old_name_and_by_its_number(played: Scene) -> None:
    number = played.repository().id
    played.github.rename_repository("acme/app", "acme/service")

    assert played.client().get_repo("acme/app").full_name == "acme/service"
    assert played.client().get_repo(number).full_name == "acme/service"
    assert [call.status for call in played.github.calls("GET /repos/acme/app")][-1] == 301


def test_a_transferred_repository_is_out_of_the_installations_reach(played: Scene) -> None:
    number = played.repository().id
    played.github.organization("elsewhere")
    played.github.rename_repository("acme/app", "elsewhere/app")

    for name in ("acme/app", number):
        with pytest.raises(UnknownObjectException):
            played.client().get_repo(name)


def test_an_issue_moves_or_is_deleted(played: Scene) -> None:
    played.github.repository("acme/other")
    played.github.open_issue("ann", "acme/app")
    played.github.transfer_issue("ann", "acme/app#1", "acme/other")
    assert played.github.hooks.sent[-1].payload["changes"]["new_repository"]["full_name"] == "acme/other"
    played.github.delete_issue("ann", "acme/app#2")

    with raw(played) as http:
        assert http.get("/repos/acme/app/issues/1").headers["location"].endswith("/repos/acme/other/issues/1")
        assert http.post("/repos/acme/app/issues/2/comments", json={"body": "x"}).status_code == 410


def test_a_suspended_person_is_as_if_they_had_never_been(played: Scene) -> None:
    who = played.github.state.account("bob").id
    token = played.github.personal_token("bob")
    played.github.suspend("bob")

    with pytest.raises(UnknownObjectException):
        played.client().get_user_by_id(who)
    with raw(played, token) as http:
        assert http.get("/user").status_code == 401


# -- conversations


def test_a_form_is_written_under_its_headings(played: Scene) -> None:
    opened = played.github.open_issue("ann", "acme/app", form={"What": "version 2", "Why": ""}, labels=["placet:deploy"])

    assert opened.body == "### What\n\nversion 2\n\n### Why\n\n_No response_"
    assert played.heard.events[-2:] == ["issues", "issues"]
    assert played.github.hooks.sent[-1].payload["label"]["name"] == "placet:deploy"


def test_the_same_reaction_again_is_the_one_that_is_there(played: Scene) -> None:
    said = played.github.comment("ann", "acme/app#1", "/approve")
    with raw(played) as http:
        at = f"/repos/acme/app/issues/comments/{said.id}/reactions"
        answers = [http.post(at, json={"content": "eyes"}) for _ in range(2)]
        assert http.post(at, json={"content": "shrug"}).status_code == 422

    assert [one.status_code for one in answers] == [201, 200]
    assert played.github.reactions(said) == [("placet[bot]", "eyes")]


def test_edits_and_deletions_are_told(played: Scene) -> None:
    said = played.github.comment("ann", "acme/app#1", "/approve")
    played.github.edit("bob", "acme/app#1", said, "/reject")
    played.github.delete("bob", "acme/app#1", said)

    told = [one for one in played.github.hooks.sent if one.event == "issue_comment"]
    assert [one.action for one in told] == ["created", "edited", "deleted"]
    assert told[1].payload["changes"] == {"body": {"from": "/approve"}}
    assert (told[1].payload["comment"]["user"]["login"], told[1].payload["sender"]["login"]) == ("ann", "bob")


def test_a_label_may_be_called_anything(played: Scene) -> None:
    issue = played.repository().get_issue(1)
    for name in ("placet:a/b", "100 %", "läuft"):
        issue.add_to_labels(name)
        assert played.github.labels("acme/app#1") == {name}
        issue.remove_from_labels(name)
    assert played.github.labels("acme/app#1") == set()
    assert played.github.problems == []


# -- teams


def test_an_outsider_is_invited_to_a_team_and_belongs_to_it_when_they_accept(played: Scene) -> None:
    played.github.team("acme/deployers", members=["ann"])
    team = played.client().get_organization("acme").get_team_by_slug("deployers")
    team.add_membership(played.client().get_user("eve"), role="member")
    team.add_membership(played.client().get_user("bob"))

    assert played.github.team_members("acme/deployers") == {"ann": "active", "eve": "pending", "bob": "active"}
    assert {one.login for one in team.get_members()} == {"ann", "bob"}
    played.github.accepts("eve", "acme")
    assert {one.login for one in team.get_members()} == {"ann", "bob", "eve"}
    team.remove_membership(played.client().get_user("bob"))
    assert set(played.github.team_members("acme/deployers")) == {"ann", "eve"}
    assert played.github.problems == []


def test_a_team_is_shown_to_its_organization_only(played: Scene) -> None:
    played.github.organization("elsewhere", members=["eve"])
    played.github.team("elsewhere/deployers", members=["eve"])

    with raw(played) as http:
        assert http.get("/orgs/elsewhere/teams/deployers/members").status_code == 404
    with raw(played, played.github.personal_token("eve")) as http:
        assert http.get("/orgs/elsewhere/teams/deployers/members").status_code == 200


# -- pipelines


def test_ten_runs_of_one_second_are_told_apart_by_what_they_were_given(played: Scene) -> None:
    played.github.workflow("acme/app", inputs={"key": True}, run_name="Deploy [{key}]")
    workflow = played.repository().get_workflow("deploy.yml")
    for number in range(10):
        assert workflow.create_dispatch("main", {"key": f"k{number}"}, throw=True) is True

    assert {one.display_title for one in workflow.get_runs(event="workflow_dispatch")} == {f"Deploy [k{number}]" for number in range(10)}
    assert [one.actor.login for one in played.github.runs("acme/app")] == ["placet[bot]"] * 10


@pytest.mark.parametrize(("ref", "inputs", "why"), [
    ("none", {"key": "a"}, "No ref found"), ("main", {}, "not provided"), ("main", {"key": "a", "more": "b"}, "Unexpected inputs")])
def test_a_dispatch_must_fit_the_workflow(played: Scene, ref: str, inputs: dict[str, str], why: str) -> None:
    played.github.workflow("acme/app", inputs={"key": True})
    with pytest.raises(GithubException, match=why):
        played.repository().get_workflow("deploy.yml").create_dispatch(ref, inputs, throw=True)
    assert played.github.runs("acme/app") == []


def test_an_older_server_does_not_say_which_run_it_started(played: Scene) -> None:
    played.github.tells_runs = False
    played.github.workflow("acme/app", inputs={})
    workflow = played.repository().get_workflow("deploy.yml")

    with pytest.raises(GithubException, match="not a permitted key"):
        workflow.create_dispatch("main", throw=True, return_run_details=True)
    assert workflow.create_dispatch("main", throw=True) is True


def test_a_run_is_listed_later_than_it_is_there(timed: tuple[GitHub, Clock, httpx.Client]) -> None:
    github, clock, http = timed
    github.workflow("acme/app", inputs={})
    github.runs_appear_after = 20
    at = "/repos/acme/app/actions/workflows/deploy.yml"
    started = http.post(f"{at}/dispatches", json={"ref": "main", "return_run_details": True}).json()

    assert http.get(f"{at}/runs").json()["total_count"] == 0
    assert http.get(f"/repos/acme/app/actions/runs/{started['workflow_run_id']}").status_code == 200
    clock.passes(seconds=20)
    assert http.get(f"{at}/runs").json()["total_count"] == 1


def test_runs_are_filtered_by_when_and_how(timed: tuple[GitHub, Clock, httpx.Client]) -> None:
    github, clock, http = timed
    github.workflow("acme/app", inputs={})
    at = "/repos/acme/app/actions/workflows/deploy.yml"
    for _ in range(2):
        http.post(f"{at}/dispatches", json={"ref": "main"})
        clock.passes(minutes=1)
    first, second = github.runs("acme/app")
    github.run_finishes(first, "failure")

    def found(**query: str) -> list[int]:
        return [one["id"] for one in http.get("/repos/acme/app/actions/runs", params=query).json()["workflow_runs"]]

    assert found() == [second.id, first.id]
    assert found(status="failure") == [first.id]
    assert found(status="queued") == [second.id]
    assert found(created=">=2026-03-02T12:00:30Z") == [second.id]
    assert found(created="2026-03-02T12:00:00Z..2026-03-02T12:00:30Z") == [first.id]
    assert found(created="<2026-03-02") == []
    assert found(event="push") == found(actor="bob") == found(head_sha="0" * 40) == []
    assert found(per_page="1") == [second.id]


def test_a_run_is_cancelled_once(played: Scene) -> None:
    played.github.workflow("acme/app", inputs={})
    played.repository().get_workflow("deploy.yml").create_dispatch("main", throw=True)
    run = played.repository().get_workflow_run(played.github.runs("acme/app")[0].id)

    assert (run.cancel(), run.cancel()) == (True, False)
    assert played.github.runs("acme/app")[0].conclusion == "cancelled"
    played.github.hooks.settle()
    assert [one.action for one in played.github.hooks.sent if one.event == "workflow_run"] == ["requested", "completed"]


# -- deployments


def test_a_deployment_waits_for_the_app_it_asks(played: Scene) -> None:
    played.github.environment("acme/app", "production", apps=[played.app])
    run = played.github.request_deployment("ann", "acme/app", "production")
    asked = played.github.hooks.sent[-1]

    assert (asked.event, asked.payload["environment"]) == ("deployment_protection_rule", "production")
    assert asked.payload["deployment_callback_url"].endswith(f"/repos/acme/app/actions/runs/{run.id}/deployment_protection_rule")
    with raw(played) as http:
        at = f"/repos/acme/app/actions/runs/{run.id}/deployment_protection_rule"
        answers = [http.post(at, json={"environment_name": "production", **more}).status_code for more in (
            {"comment": "Asked."}, {}, {"state": "perhaps"}, {"state": "approved", "comment": "ann agrees"}, {"state": "rejected"})]
    assert answers == [204, 422, 422, 204, 422]
    assert played.github.verdicts(run) == [("production", None, "Asked."), ("production", "approved", "ann agrees")]
    assert run.status == "in_progress"


def test_a_refused_deployment_fails_its_run(played: Scene) -> None:
    played.github.environment("acme/app", "production", apps=[played.app])
    run = played.github.request_deployment("ann", "acme/app", "production")
    with raw(played) as http:
        http.post(f"/repos/acme/app/actions/runs/{run.id}/deployment_protection_rule",
                  json={"environment_name": "production", "state": "rejected", "comment": "no"})

    assert (run.status, run.conclusion) == ("completed", "failure")


def test_a_run_that_somebody_starts_again_names_both(played: Scene) -> None:
    played.github.environment("acme/app", "production", apps=[played.app])
    run = played.github.request_deployment("ann", "acme/app", "production")
    played.github.rerun("bob", run)

    read = played.repository().get_workflow_run(run.id)
    assert (read.actor.login, read.triggering_actor.login, read.run_attempt) == ("ann", "bob", 2)
    assert [one.event for one in played.github.hooks.sent].count("deployment_protection_rule") == 2


# -- Enterprise Server


def test_an_enterprise_server_has_its_api_under_a_path() -> None:
    with scene(prefix="/api/v3") as played:
        played.github.open_issue("ann", "acme/app")
        played.repository().get_issue(1).create_comment("Who agrees?")

        assert played.github.comments("acme/app#1") == ["Who agrees?"]
        assert played.github.calls("POST /repos/acme/app/issues/1/comments")[0].status == 201
        assert httpx.get(played.github.url.removesuffix("/api/v3") + "/repos/acme/app").status_code == 404
