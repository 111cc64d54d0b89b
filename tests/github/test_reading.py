"""Deliveries of GitHub: whose they are, and what they say."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from core.domain.messages import Delivery, Message
from integrations.github.read import GitHubReader
from integrations.github.webhook import GitHubDoor, verified

NEW, OLD = "the new secret of the webhook", "the old secret of the webhook"
READER = GitHubReader(app_id="77", name=lambda: "placet")


def signed(body: bytes, secret: str = NEW, kind: Any = hashlib.sha256) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, kind).hexdigest()


def commented(body: str = "/approve", **more: Any) -> dict[str, Any]:
    comment = {"id": 5, "body": body, "user": {"login": "bob", "id": 102, "type": "User"}, "performed_via_github_app": None,
               "created_at": "2026-11-24T10:00:00Z", "updated_at": "2026-11-24T10:00:00Z"} | more.pop("comment", {})
    return {"action": "created", "comment": comment, "issue": {"number": 7}, "repository": {"id": 11, "full_name": "Acme/App"},
            "sender": {"id": 102}, "installation": {"id": 3}} | more


def read(told: Any, event: str = "issue_comment", reader: GitHubReader = READER,
         headers: Mapping[str, str] | None = None) -> Message | None:
    found = reader.read(Delivery(provider="github", delivery_id="d", headers={"x-github-event": event, **(headers or {})},
                                 body=json.dumps(told)))
    assert found is None or isinstance(found, Message)
    return found


def test_e01_a_signature_is_sha_256_of_the_bytes_and_nothing_else() -> None:
    door, body = GitHubDoor([NEW]), b'{"zen": "Approachable is better than simple."}'
    good = signed(body)
    for bad in ("", good[:-1], good + "0", good.upper(), "sha1=" + hmac.new(NEW.encode(), body, hashlib.sha1).hexdigest(),
                good.removeprefix("sha256="), signed(body + b" "), signed(body, "another secret altogether"), "sha256=é" + good[8:]):
        assert door.admit({"x-hub-signature-256": bad, "x-hub-signature": bad}, body) is None
    assert door.admit({}, body) is None
    assert door.admit({"x-hub-signature": "sha1=" + hmac.new(NEW.encode(), body, hashlib.sha1).hexdigest()}, body) is None
    admitted = door.admit({"x-hub-signature-256": good, "x-github-delivery": "d1", "x-github-event": "ping", "authorization": "x"}, body)
    assert admitted == Delivery(provider="github", delivery_id="d1", headers={"x-github-event": "ping", "x-github-delivery": "d1"},
                                body=body.decode())


def test_the_example_of_githubs_own_documentation_is_admitted() -> None:
    assert verified("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17", b"Hello, World!",
                    ["It's a Secret to Everybody"])


def test_e03_there_is_no_door_without_a_secret() -> None:
    for secrets in ([], [""], ["short"], [NEW, ""]):
        with pytest.raises(ValueError):
            GitHubDoor(secrets)


def test_e04_r55_the_old_secret_counts_during_a_rotation_and_not_after_it() -> None:
    body = b"{}"
    headers = {"x-hub-signature-256": signed(body, OLD), "x-github-delivery": "d1"}
    assert GitHubDoor([NEW, OLD]).admit(headers, body) is not None
    assert GitHubDoor([NEW, OLD]).admit({**headers, "x-hub-signature-256": signed(body)}, body) is not None
    assert GitHubDoor([NEW]).admit(headers, body) is None


def test_secrets_are_not_shown() -> None:
    assert NEW not in repr(GitHubDoor([NEW]))


def test_a_comment_is_a_message() -> None:
    message = read(commented("**Approve**"))
    assert message is not None
    assert (message.id, message.conversation, message.place) == ("issue_comment:5", "github:acme/app#7", "github:3/11")
    assert (message.author.id, message.author.login, message.author.human) == ("102", "bob", True)
    assert (message.text, message.created, message.sent_by_author, message.addressed) == ("Approve", True, True, False)
    assert message.written_at == datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_who_speaks_to_us_by_our_name_is_heard_as_such() -> None:
    for text, said in (("@placet approve", "approve"), ("@Placet, approve", "approve"), ("@placet", "")):
        message = read(commented(text))
        assert message is not None
        assert (message.text, message.addressed) == (said, True)
    message = read(commented("@placet-two approve"))
    assert message is not None
    assert (message.text, message.addressed) == ("@placet-two approve", False)


@pytest.mark.parametrize("comment", [
    {"user": {"login": "x[bot]", "id": 9, "type": "Bot"}}, {"performed_via_github_app": {"id": 1}}, {"user": None},
    {"user": {"login": "acme", "id": 9, "type": "Organization"}}, {"user": {"login": "m", "id": 9, "type": "Mannequin"}},
    {"body": "approve\n\n<!-- placet:reply:1 -->"}])
def test_e09_only_a_persons_own_words_are_theirs(comment: dict[str, Any]) -> None:
    message = read(commented(comment=comment))
    assert message is not None
    assert not message.author.human


def test_e09_what_another_sent_is_nobodys() -> None:
    message = read(commented(sender={"id": 103}))
    assert message is not None
    assert not message.sent_by_author


def test_e07_e08_an_edit_is_told_as_one_and_a_deletion_says_nothing() -> None:
    edited = read(commented(action="edited"))
    touched = read(commented(comment={"updated_at": "2026-11-24T10:00:01Z"}))
    assert edited is not None
    assert touched is not None
    assert (edited.created, touched.created) == (False, False)
    for action in ("deleted", "pinned", "unpinned", "transferred"):
        assert read(commented(action=action)) is None


@pytest.mark.parametrize("event", [
    "discussion_comment", "commit_comment", "pull_request_review_comment", "ping", "push", "", "ISSUE_COMMENT"])
def test_e07_other_events_are_not_for_us(event: str) -> None:
    assert read(commented(), event) is None


def test_e11_deliveries_of_another_app_are_not_for_us() -> None:
    for id, ours in (("78", False), ("77", True)):
        headers = {"x-github-hook-installation-target-type": "integration", "x-github-hook-installation-target-id": id}
        assert (read(commented(), headers=headers) is not None) is ours


def test_with_a_token_of_its_own_the_place_is_the_repository_alone() -> None:
    message = read(commented(), reader=GitHubReader())
    assert message is not None
    assert message.place == "github:0/11"


@pytest.mark.parametrize("broken", [
    {"comment": None}, {"issue": {}}, {"installation": None}, {"repository": {"id": "11", "full_name": "acme/app"}},
    {"repository": {"id": 11, "full_name": "acme/../app"}}, {"issue": {"number": 0}}, {"issue": {"number": True}}, {"sender": []}])
def test_what_lacks_something_cannot_be_understood(broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        read(commented() | broken)
    for body in ("", "[]", "null", "7", "{", "[" * 100_000):
        with pytest.raises(ValueError):
            READER.read(Delivery(provider="github", delivery_id="d", headers={"x-github-event": "issue_comment"}, body=body))
