"""The logs of a run and of all below it, as a ZIP."""

import re
import tracemalloc
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest

from api.archive import DEEPEST, log_archive
from core.domain.executions import Execution
from core.domain.people import Role
from core.engine.read_logs import ReadLogs
from integrations.database.tables import executions, log_lines
from tests.api.edge import Edge
from tests.rest.talk import ask, run, said, shown
from tests.world import World, new_id

pytestmark = pytest.mark.database
PART = re.compile(r"[A-Za-z0-9._-]{1,80}")


def files(edge: Edge, target: str, who: str = "bob") -> dict[str, str]:
    """Download a run's ZIP; return its files in their order."""
    answer = edge.get(f"/{target}/logs/download", who)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip"), answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="flow-logs-{shown(edge, target)["id"]}.zip"'
    with ZipFile(BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def logs(edge: Edge, target: str) -> str:
    return str(edge.get(f"/{target}/logs", "bob").json()["logs"])


def test_the_whole_log_is_there_though_the_answer_of_logs_is_cut(edge: Edge) -> None:
    target = run(edge, "chatty")
    fill(edge.world, target, 10_600)
    cut = edge.get(f"/{target}/logs", "bob").json()
    assert cut["truncated"] is True
    [(name, text)] = files(edge, target).items()
    lines = text.splitlines()
    assert (name, [line.split()[3] for line in lines]) == ("console.log", [str(n) for n in range(1, 10_601)])
    assert text.endswith(cut["logs"])


def test_each_child_has_a_folder_within_its_parents(edge: Edge) -> None:
    top = run(edge, "two-teams")
    expected = {"console.log": logs(edge, top)}
    for team in edge.get(f"/{top}/children", "bob").json()["children"]:
        folder = f"team-{team['id'][-8:]}"
        expected[f"{folder}/console.log"] = logs(edge, team["id"])
        for child in edge.get(f"/{team['id']}/children", "bob").json()["children"]:
            expected[f"{folder}/two-gates-{child['id'][-8:]}/console.log"] = logs(edge, child["id"])
    found = files(edge, top)
    assert (found, list(found)) == (expected, list(expected))
    assert len(found) == 7
    assert "asked for approval" in next(text for name, text in found.items() if "two-gates" in name)


def test_a_run_without_a_line_has_an_empty_log(edge: Edge) -> None:
    assert files(edge, run(edge, "chatty", lines=0)) == {"console.log": ""}
    asked = ask(edge, hatchetRunId="engine-7")
    assert files(edge, "engine-7") == files(edge, asked["id"]) == {"console.log": ""}


@pytest.mark.parametrize("task_type", ["../../etc/passwd", "a/b\\c:d", "\u202e\x00\r\n", "x" * 200, "..", "", "CON", "ümläut"])
def test_no_name_leads_out_of_its_folder(edge: Edge, task_type: str) -> None:
    world, target = edge.world, run(edge, "chatty")
    with world.database.begin() as tx:
        earlier = tx.runs.get(target)
        assert earlier is not None
        tx.executions.add(replace(earlier, id=new_id(), parent_id=target, task_type=task_type.replace("\x00", " ")), due_at=None)
    _, name = files(edge, target)
    folder, own = name.split("/")
    assert own == "console.log"
    assert PART.fullmatch(folder)
    assert folder not in (".", "..")


def test_a_tree_deeper_than_any_name_may_be_is_there_too(world: World) -> None:
    top = world.run("ann", username="ann@acme.org", targetOrg="prod", accessLevel="Admin")
    with world.database.begin() as tx:
        parent: Execution = top
        for _ in range(DEEPEST + 30):
            parent = replace(parent, id=new_id(), parent_id=parent.id, task_type="x" * 200)
            tx.executions.add(parent, due_at=None)
    with ZipFile(BytesIO(b"".join(log_archive(ReadLogs(database=world.database).whole(world.caller("ann"), top.id))))) as archive:
        names = archive.namelist()
    assert len(set(names)) == DEEPEST + 31
    assert max(name.count("/") for name in names) == DEEPEST


def test_lines_that_come_while_it_is_written_do_not_make_it_endless(world: World) -> None:
    target = world.run("ann", username="ann@acme.org", targetOrg="prod", accessLevel="Admin")
    fill(world, target.id, 600)
    log = ReadLogs(database=world.database).whole(world.caller("ann"), target.id)
    count = 0
    for lines in log.pieces():
        fill(world, target.id, 300)
        count += len(lines)
    assert 600 <= count < 900


def test_a_log_of_any_length_takes_little_memory(world: World) -> None:
    """A twentieth of the million lines that the bench reads; what is held at a time does not grow with them."""
    target = world.run("ann", username="ann@acme.org", targetOrg="prod", accessLevel="Admin")
    peaks = []
    for lines in (10_000, 40_000):
        fill(world, target.id, lines)
        tracemalloc.start()
        size = sum(map(len, log_archive(ReadLogs(database=world.database).whole(world.caller("ann"), target.id))))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert size > 10_000
    assert peaks[1] < peaks[0] * 1.5
    assert peaks[1] < 8_000_000


def fill(world: World, run_id: str, lines: int) -> None:
    with world.database.begin() as tx:
        begin, now = tx.logs.end(run_id), tx.now()
        tx.connection.execute(log_lines.insert(), [
            {"execution_id": run_id, "seq": n, "position": n, "attempt": 9, "line": 0, "level": "INFO",
             "at": now + timedelta(milliseconds=n), "message": f"line {n} of a build that says a good deal of what it does"}
            for n in range(begin + 1, begin + lines + 1)])
        tx.connection.execute(executions.update().where(executions.c.id == run_id).values(log_end=begin + lines))


def test_i03_the_log_of_another_projects_run_is_not_told_of_by_any_route(same_edge: Edge) -> None:
    target = run(same_edge, "chatty", lines=1)
    for path in ("logs", "logs/stream", "logs/download"):
        refused = same_edge.get(f"/{target}/{path}", "eve")
        assert (refused.status_code, refused.json()) == (404, same_edge.get(f"/no-such-run/{path}", "eve").json())
        assert same_edge.get(f"/{target}/{path}", "dan", role=Role.MEMBER).status_code == 200


def test_i04_what_looks_like_a_token_or_is_a_secret_is_in_no_file(same_edge: Edge) -> None:
    target = run(same_edge, "deploy_by-two", password="hunter-2-hunter", version="ghp_" + "a" * 36)
    text = files(same_edge, target)["console.log"]
    assert "hunter-2" not in text
    assert "ghp_" not in text
    assert "[redacted]" in text


def test_i08_what_runs_in_a_pipeline_has_its_log_there(edge: Edge) -> None:
    target = run(edge, "chatty")
    with edge.world.database.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE executions SET mode = 'cicd'")
    for path in ("logs", "logs/stream", "logs/download"):
        refused = edge.get(f"/{target}/{path}", "bob")
        assert (refused.status_code, said(refused)[:45]) == (400, "Logs are there for flow executions only: this")
