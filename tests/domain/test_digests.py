"""The digest of what is asked."""

from hashlib import sha256
from typing import Any

import pytest

from core.domain.digests import digest

ASKED: dict[str, Any] = {
    "execution_id": "e1", "gate": "1", "flow": "deploy", "project": "acme/app", "question": "Deploy?",
    "payload": {"ring": "all", "tries": 3}, "secrets": {"token": "f00d"}}


@pytest.mark.parametrize("other", [
    {"execution_id": "e2"}, {"gate": "2"}, {"flow": "deploy-fast"}, {"project": "acme/app2"}, {"question": "Deploy? "},
    {"payload": {"ring": "all", "tries": 4}}, {"payload": {"ring": "all"}}, {"payload": {"ring": "all", "tries": "3"}},
    {"payload": {"ring": "all", "tries": 3, "more": None}}, {"payload": {"ring": ["all"], "tries": 3}}, {"secrets": {"token": "f00e"}},
    {"secrets": {}}, {"secrets": {"other": "f00d"}},
    {"place": {}}, {"place": {"provider": "webhook"}}, {"payload": {"ring": "all", "tries": 3, "token": "f00d"}, "secrets": {}},
], ids=str)
def test_whatever_is_asked_otherwise_has_another_digest(other: dict[str, Any]) -> None:
    assert digest(**ASKED | other) != digest(**ASKED)


def test_the_order_of_keys_makes_no_difference() -> None:
    assert digest(**ASKED | {"payload": {"tries": 3, "ring": "all"}}) == digest(**ASKED)


def test_a_digest_stays_what_it_was() -> None:
    """Open requests outlive a release: another way to compute it is another format number."""
    written = (b'{"execution":"e1","flow":"deploy","format":1,"gate":"1","payload":{"ring":"all","tries":3},"project":"acme/app",'
               b'"question":"Deploy?","secrets":{"token":"f00d"}}')
    assert digest(**ASKED) == sha256(written).hexdigest()


def test_so_does_that_of_what_a_pipeline_does() -> None:
    written = (b'{"execution":"e1","flow":"deploy","format":2,"gate":"1","payload":{"ring":"all","tries":3},'
               b'"place":{"provider":"webhook","url":"https://ci.example"},"project":"acme/app","question":"Deploy?","secrets":{"token":"f00d"}}')
    assert digest(**ASKED | {"place": {"url": "https://ci.example", "provider": "webhook"}}) == sha256(written).hexdigest()


def test_no_ingredient_runs_into_the_next() -> None:
    assert digest(**ASKED | {"gate": "11", "flow": "deploy"}) != digest(**ASKED | {"gate": "1", "flow": "1deploy"})
