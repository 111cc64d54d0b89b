"""What engines log by themselves, outside: nothing waits for it, and its absence is said."""

from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pytest

from api.archive import AWAY, AWAY_SAYS, CUT, log_archive
from core.engine.read_logs import ReadLogs
from tests.api.edge import Edge
from tests.fakes.engine_logs import FakeEngineLogs
from tests.rest.talk import approve, asks_for_access, run

pytestmark = pytest.mark.database


def archive(edge: Edge, target: str, engine_logs: FakeEngineLogs, **more: int) -> dict[str, str]:
    """Read a run's ZIP as it is while an engine logs like that."""
    log = ReadLogs(database=edge.world.database, engine_logs=engine_logs).whole(edge.world.caller("bob"), target)
    with ZipFile(BytesIO(b"".join(log_archive(log, **more)))) as found:
        assert found.testzip() is None
        assert len(found.namelist()) == len(set(found.namelist()))
        return {name: found.read(name).decode() for name in found.namelist()}


def test_each_log_stands_under_its_source_and_group_beside_the_runs_own(edge: Edge) -> None:
    target = run(edge, "two-teams")
    found = archive(edge, target, FakeEngineLogs(logs={("worker", "main"): ["began", "ended"], ("api", "main"): []}))
    folders = {name.removesuffix("console.log") for name in found if name.endswith("console.log")}
    assert len(folders) == 7
    assert set(found) == {f"{folder}{name}" for folder in folders for name in ("console.log", "worker/main.log", "api/main.log")}
    assert {found[f"{folder}worker/main.log"] for folder in folders} == {"began\nended\n"}


def test_r45_while_the_store_of_logs_is_away_the_archive_comes_whole_but_for_them_and_says_so(edge: Edge) -> None:
    target, away = run(edge, "two-teams"), FakeEngineLogs(away=True)
    found = archive(edge, target, away)
    assert found.pop(AWAY) == AWAY_SAYS
    assert len(found) == 7
    assert found == archive(edge, target, FakeEngineLogs())
    assert away.asked == [(target, 5.0)]


def test_r45_while_the_store_of_logs_is_away_approvals_and_logs_are_as_ever(edge: Edge) -> None:
    away = FakeEngineLogs(away=True)
    edge.app.state.use_cases = replace(edge.app.state.use_cases, read_logs=ReadLogs(database=edge.world.database, engine_logs=away))
    target = asks_for_access(edge)
    assert approve(edge, "bob", target).json()["status"] == "approved"
    edge.world.work()
    assert len(edge.world.access.live()) == 1
    told = edge.get(f"/{target}/logs", "bob")
    assert (told.status_code, "approved by bob@acme.org" in told.json()["logs"]) == (200, True)
    assert edge.get(f"/{target}/logs/stream", "bob").status_code == 200
    assert away.asked == []
    downloaded = edge.get(f"/{target}/logs/download", "bob")
    assert downloaded.status_code == 200
    with ZipFile(BytesIO(downloaded.content)) as zipped:
        assert zipped.namelist() == ["console.log", AWAY]
        assert zipped.read("console.log").decode() == told.json()["logs"]


def test_r46_a_log_that_breaks_off_is_there_as_far_as_it_came_and_that_is_said(edge: Edge) -> None:
    target = run(edge, "chatty")
    found = archive(edge, target, FakeEngineLogs(logs={("worker", "main"): ["one", "two", "three"], ("api", "main"): ["x"]}, broken=2))
    assert [name for name in found if name != "console.log"] == ["worker/main.log", AWAY]
    assert found["worker/main.log"] == "one\ntwo\n"


@pytest.mark.parametrize(("source", "group", "name"), [
    ("../../etc", "passwd", "_.._etc/passwd.log"), ("..", "..", "_/_.log"), ("", "", "_/_.log"), ("/etc", "a\\b\nc", "_etc/a_b_c.log"),
    ("s" * 200, "g" * 200, f"{'s' * 80}/{'g' * 70}.log"), (".hidden", ".log", "hidden/log.log"), ("wörker", "a b", "w_rker/a_b.log")])
def test_no_source_leads_out_of_its_folder(same_edge: Edge, source: str, group: str, name: str) -> None:
    target = run(same_edge, "chatty")
    assert list(archive(same_edge, target, FakeEngineLogs(logs={(source, group): ["x"]}))) == ["console.log", name]


def test_two_logs_whose_names_would_be_the_same_are_both_there(same_edge: Edge) -> None:
    target = run(same_edge, "chatty")
    found = archive(same_edge, target, FakeEngineLogs(logs={("w", "a b"): ["1"], ("w", "a_b"): ["2"], ("w", "a/b"): ["3"]}))
    assert [found[name] for name in found if name != "console.log"] == ["1\n", "2\n", "3\n"]


def test_i04_what_looks_like_a_token_is_in_no_log_of_an_engine_either(same_edge: Edge) -> None:
    token = "ghp_" + "Zz9" * 12
    found = archive(same_edge, run(same_edge, "chatty"), FakeEngineLogs(logs={("w", "main"): [f"cloning with {token}", "done"]}))
    assert found["w/main.log"] == "cloning with [redacted]\ndone\n"


def test_a_log_without_end_is_cut(same_edge: Edge) -> None:
    target = run(same_edge, "chatty")
    engine_logs = FakeEngineLogs(logs={("w", "main"): ["x" * 999] * 300, ("w", "other"): ["y"]})
    found = archive(same_edge, target, engine_logs, largest_outside=200_000)
    assert found["w/main.log"] == ("x" * 999 + "\n") * 201 + CUT
    assert found["w/other.log"] == "y\n"
