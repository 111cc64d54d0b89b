"""Every delivery that GitHub's documentation shows, and many that it does not, posted once: nothing is decided, nothing breaks."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.github.contract import FOLDER, WHY_NOT
from tests.github.stage import HERE, GitHubStage

WRONG: tuple[Any, ...] = (None, [], {}, "x", -1, True, 1e30, "\x00")


def recorded() -> list[Path]:
    """Every payload, without the page of their headers."""
    assert FOLDER is not None
    return sorted(path for path in (Path(FOLDER) / "webhooks").glob("*.json") if not path.name.startswith("_"))


@pytest.mark.skipif(FOLDER is None, reason=WHY_NOT)
def test_every_recorded_delivery_is_taken_and_decides_nothing(stage: GitHubStage) -> None:
    run = stage.asks()
    for path in recorded():
        for body in (path.read_bytes(), ours(stage, json.loads(path.read_bytes()))):
            assert stage.github.hooks.send(stage.github.hook(stage.app), path.name.split(".")[0], body).status_code == 202
    stage.settle()
    assert stage.status(run) == "pending"
    assert stage.world.rows("SELECT error FROM inbox WHERE error IS NOT NULL AND error NOT LIKE 'it cannot be understood%'") == []


def ours(stage: GitHubStage, told: Any) -> bytes:
    """The same as it would be told of our own issue."""
    told["installation"] = {"id": stage.installation.id}
    told["repository"] = told.get("repository", {}) | {"id": stage.repository.id, "full_name": "acme/app"}
    told["issue"] = told.get("issue", {}) | {"number": 1}
    return json.dumps(told).encode()


def broken(told: Any) -> Iterator[Any]:
    """The same with each part left out, empty, or of another kind."""
    for name in list(told):
        yield {key: value for key, value in told.items() if key != name}
        yield from (told | {name: wrong} for wrong in WRONG)
        if isinstance(told[name], dict):
            yield from (told | {name: part} for part in broken_parts(told[name]))


def broken_parts(told: Any) -> Iterator[Any]:
    for name in ("id", "number", "full_name", "body", "user", "created_at", "updated_at", "type", "login", "performed_via_github_app"):
        if name in told:
            yield {key: value for key, value in told.items() if key != name}
            yield from (told | {name: wrong} for wrong in WRONG)


def test_a_delivery_with_any_part_broken_is_set_aside_or_ignored_and_decides_nothing(stage: GitHubStage) -> None:
    run = stage.asks()
    stage.github.hooks.hold()
    stage.github.comment("dan", HERE, "/approve")
    told = json.loads(stage.github.hooks.held.pop().body)
    stage.github.hooks.release()
    for each in broken(told):
        assert stage.github.hooks.send(stage.github.hook(stage.app), "issue_comment", json.dumps(each).encode()).status_code == 202
    stage.settle()
    assert stage.status(run) == "pending"
    assert stage.world.rows("SELECT DISTINCT tries FROM inbox WHERE tries > 1") == []
