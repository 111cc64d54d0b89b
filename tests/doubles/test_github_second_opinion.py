"""What our double of GitHub says is what others think that GitHub says."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from github import Auth, Github

from tests.doubles.callback_listener import CallbackListener, listening
from tests.doubles.github.hooks import signatures
from tests.doubles.github.setting import SECRET, pem
from tests.doubles.github_scene import scene
from tests.doubles.second_opinion import emulated, installed

TOKEN = "ghp_known"
COMMENT = "/repos/acme/app/issues/comments/{comment}"
STEPS: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/repos/acme/app", None), ("GET", "/repos/acme/none", None), ("GET", "/users/ann", None), ("GET", "/users/none", None),
    ("GET", "/rate_limit", None), ("GET", "/repos/acme/app/collaborators/ann/permission", None),
    ("POST", "/repos/acme/app/issues", {"title": "Deploy", "body": "x", "labels": ["deploy"]}), ("GET", "/repos/acme/app/issues/1", None),
    ("POST", "/repos/acme/app/issues/1/comments", {"body": "/approve"}), ("POST", "/repos/acme/app/issues/1/comments", {}),
    ("POST", "/repos/acme/app/issues/99/comments", {"body": "x"}), ("GET", COMMENT, None), ("PATCH", COMMENT, {"body": "/reject"}),
    ("GET", "/repos/acme/app/issues/1/comments", None), ("POST", "/repos/acme/app/issues/1/labels", {"labels": ["b"]}),
    ("GET", "/repos/acme/app/issues/1/labels", None), ("DELETE", "/repos/acme/app/issues/1/labels/b", None),
    ("PATCH", "/repos/acme/app/issues/1", {"state": "closed", "state_reason": "completed"}),
    ("DELETE", COMMENT, None), ("GET", COMMENT, None), ("GET", "/repos/acme/app/actions/runs", None))
# What it says beyond what GitHub publishes, or of what somebody who only writes there is not told.
THEIRS_ALONE = {"resource", "graphql", "scim", "source_import", "integration_manifest", "actions_runner_registration",
                "code_scanning_upload", "closed_by",
                "allow_auto_merge", "allow_merge_commit", "allow_rebase_merge", "allow_squash_merge", "delete_branch_on_merge",
                "hooks_url", "issues_url", "members_url", "public_members_url", "description"}


@dataclass
class Played:
    """What one GitHub answered, and the webhook of the comment."""

    answers: list[tuple[str, int, Any]] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@pytest.fixture(scope="module")
def both(request: pytest.FixtureRequest) -> Iterator[tuple[Played, Played]]:
    folder = installed(request.config.cache.mkdir("emulate"))
    with listening() as ours, scene() as played:
        played.github.hook(played.app).target = ours.url
        our_play = _play(played.github.url, played.app.id, played.installation.id, played.github.personal_token("ann"), ours)
    with listening() as theirs, emulated(folder, _seed(theirs.url)) as url:
        yield our_play, _play(url, 7, 9, TOKEN, theirs)


def test_both_answer_with_the_same_status(both: tuple[Played, Played]) -> None:
    ours, theirs = both

    assert [one[:2] for one in ours.answers] == [one[:2] for one in theirs.answers]
    assert len(ours.answers) == len(STEPS) + 3


def test_what_both_say_is_of_the_same_kind_and_ours_leaves_nothing_out(both: tuple[Played, Played]) -> None:
    ours, theirs = both

    assert [f"{what}: {why}" for (what, _, one), (_, _, other) in zip(ours.answers, theirs.answers, strict=True)
            for why in _differences(one, other)] == []


def test_both_tell_of_a_comment_alike_and_sign_it_alike(both: tuple[Played, Played]) -> None:
    for one in both:
        assert one.headers["x-github-event"] == "issue_comment"
        assert one.headers["x-hub-signature-256"] == signatures(SECRET, one.body)["X-Hub-Signature-256"]
    ours, theirs = (json.loads(one.body) for one in both)

    assert ours["action"] == theirs["action"] == "created"
    assert ours["comment"]["body"] == theirs["comment"]["body"] == "/approve"
    del theirs["repository"]["permissions"]  # no recorded payload has them
    assert list(_differences(ours, theirs)) == []


def _seed(listener: str) -> dict[str, Any]:
    app = {"app_id": 7, "slug": "placet", "name": "Placet", "private_key": pem(), "permissions": {"issues": "write", "metadata": "read"},
           "events": ["issue_comment"], "webhook_url": listener, "webhook_secret": SECRET,
           "installations": [{"installation_id": 9, "account": "acme"}]}
    return {"tokens": {TOKEN: {"login": "ann", "scopes": ["repo"]}}, "github": {
        "users": [{"login": "ann", "email": "ann@acme.org"}], "orgs": [{"login": "acme", "members": [{"login": "ann", "role": "admin"}]}],
        "repos": [{"owner": "acme", "name": "app", "private": True}], "apps": [app]}}


def _play(url: str, app: int, installation: int, token: str, listener: CallbackListener) -> Played:
    """Ask one GitHub everything, by PyGithub: as an App, and as a person, since theirs lets no App write to what is private."""
    played = Played()
    comment = 0

    def ask(auth: Auth.Auth, method: str, path: str, said: Any = None) -> Any:
        at = path.replace("{comment}", str(comment)).replace("{installation}", str(installation))
        client = Github(auth=auth, base_url=url, retry=None, seconds_between_requests=0, seconds_between_writes=0, timeout=5)
        status, _, answer = client.requester.requestJson(method, at, input=said)
        client.close()
        played.answers.append((f"{method} {path}", status, json.loads(answer) if answer else None))
        return played.answers[-1][2]

    own = Auth.AppAuth(app, pem())
    for method, path in (("GET", "/app/installations"), ("GET", "/repos/acme/app/installation"),
                         ("POST", "/app/installations/{installation}/access_tokens")):
        ask(own, method, path)
    for method, path, said in STEPS:
        answer = ask(Auth.Token(token), method, path, said)
        if said == {"body": "/approve"}:
            comment = answer["id"]
    played.headers, played.body = _told(listener)
    return played


def _told(listener: CallbackListener) -> tuple[Mapping[str, str], bytes]:
    """Return the delivery of the first comment."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        for headers, body in list(listener.got):
            if headers.get("x-github-event") == "issue_comment" and json.loads(body)["action"] == "created":
                return headers, body
        time.sleep(0.05)
    raise AssertionError("nobody told of the comment")


def _differences(ours: Any, theirs: Any, where: str = "") -> Iterator[str]:
    """Say what is of another kind, and what only they have; null may stand for anything."""
    match ours, theirs:
        case dict(), dict():
            for name in sorted(theirs.keys() - THEIRS_ALONE):
                if name not in ours:
                    yield f"{where}.{name} is only theirs"
                else:
                    yield from _differences(ours[name], theirs[name], f"{where}.{name}")
        case list(), list():
            for one, other in zip(ours[:1], theirs[:1], strict=False):
                yield from _differences(one, other, f"{where}[]")
        case _ if ours is not None and theirs is not None and type(ours) is not type(theirs):
            yield f"{where} is {type(ours).__name__} here and {type(theirs).__name__} there"
