"""The demo, as somebody who has just started Placet plays it."""

import re
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from api.cli.demo_steps import Walk, next_steps
from api.cli.problems import Code
from tests.cli.command_line import CommandLine, Ended
from tests.cli.program import Served, environment, install, serving

LAST = " flows types"
PASTED = "   "


@dataclass(frozen=True, slots=True)
class Shell:
    """A terminal that somebody pastes into, line by line."""

    process: subprocess.Popen[str]

    def paste(self, command: str) -> tuple[int, str]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command}\necho \"<ended $?>\"\n")
        self.process.stdin.flush()
        output = ""
        for line in self.process.stdout:
            if ended := re.fullmatch(r"<ended (\d+)>\n", line):
                return int(ended[1]), output
            output += line
        raise AssertionError(output)


@contextmanager
def shell(cwd: Path) -> Iterator[Shell]:
    with subprocess.Popen(["bash"], cwd=cwd, env=environment(), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as process:
        try:
            yield Shell(process)
        finally:
            process.terminate()


def commands(served: Served) -> list[str]:
    return [line.removeprefix(PASTED) for line in served.lines(LAST) if line.startswith(PASTED)]


def test_each_printed_step_can_be_pasted_and_shows_what_it_says(tmp_path: Path) -> None:
    script = install(tmp_path / ".venv" / "bin")
    with serving("--demo", cwd=tmp_path, environ=environment(PLACET_PORT="0"), command=[str(script)]) as served, shell(tmp_path) as here:
        steps = commands(served)
        outcomes = [here.paste(step) for step in steps]
        text = "".join(output for _, output in outcomes)
        _, story = outcomes[steps.index(".venv/bin/placet flows logs $RUN -f")]
        after = here.paste(".venv/bin/placet people list --json")[1]
    assert [code for code, _ in outcomes] == [0, 0, 0, 0, Code.REFUSED, *[0] * 8]
    assert re.search(r"^status +Suspended$", outcomes[3][1], re.MULTILINE)
    assert outcomes[4][1] == "You asked for this, started it or benefit from it, so someone else has to answer it.\n"
    assert outcomes[5][1].startswith("approved: request-elevated-privileges that requester@example.com asked for")
    assert re.search(r"^requester@example\.com +admin +production +demo/app .* approver@example\.com ", outcomes[6][1], re.MULTILINE)
    assert re.search(
        r"INFO +granted admin on production to requester@example\.com(.*\n)+.*INFO +took admin on production back", story)
    assert story.endswith("-- Completed\n")
    assert "request-elevated-privileges" in outcomes[-1][1]
    assert '"email": "requester@example.com",\n    "name": "Requester",\n    "disabled": true' in after
    assert "Traceback" not in text + served.log.read_text()


def test_a_second_start_prints_the_demo_again_and_makes_nothing(tmp_path: Path) -> None:
    here = CommandLine({"PLACET_HOME": str(tmp_path / ".placet")})
    with serving("--demo", cwd=tmp_path, environ=environment(PLACET_PORT="0")) as served:
        first = served.lines(LAST)
    tokens = re.findall(r"eyJ[\w-]+\.[\w-]+\.([\w-]+)|\?link=([\w-]+)", "\n".join(first))
    tokens = [token or link for token, link in tokens]
    kept = b"".join(file.read_bytes() for file in (tmp_path / ".placet").iterdir()) + served.log.read_bytes()
    assert len(tokens) == 4
    assert not any(token.encode() in kept for token in tokens)

    people = here("people", "list", "--json").out
    with serving("--demo", cwd=tmp_path, environ=environment(PLACET_PORT="0")) as served:
        second = served.lines(LAST)
    assert [_but_for_what_is_new(line) for line in first[2:]] == [_but_for_what_is_new(line) for line in second[2:]]
    assert here("people", "list", "--json").out == people


def _but_for_what_is_new(line: str) -> str:
    """Return a line without tokens, links, the port and the time."""
    return re.sub(r"(127\.0\.0\.1):\d+|\d+-\d+-\d+ \d+:\d+:\d+", r"\1", line).partition("=")[0]


def test_a_removed_demo_does_not_come_back(tmp_path: Path) -> None:
    here = CommandLine({"PLACET_HOME": str(tmp_path / ".placet")})
    with serving("--demo", cwd=tmp_path, environ=environment(PLACET_PORT="0")) as served:
        served.lines(LAST)
    assert here("demo", "remove").out.startswith("The demo is removed: ")
    assert here("demo", "remove") == Ended(code=1, out="", err="There is no demo here.\n")
    with serving("--demo", cwd=tmp_path, environ=environment(PLACET_PORT="0")) as served:
        assert served.lines("room for one.")[0].startswith("This database holds more than a demo, so none is made here")


def test_a_removed_demo_takes_back_what_it_was_about_to_give(tmp_path: Path) -> None:
    here, script = CommandLine({"PLACET_HOME": str(tmp_path / ".placet")}), install(tmp_path / "bin")
    given = environment(PLACET_PORT="0")
    with serving("--demo", cwd=tmp_path, environ=given, command=[str(script)]) as served, shell(tmp_path) as terminal:
        for step in commands(served)[:3]:
            assert terminal.paste(step)[0] == 0
        run = terminal.paste("echo $RUN")[1].strip()
        assert here("demo", "remove").code == 0
        assert terminal.paste("bin/placet approvals")[0] == Code.REFUSED
    with sqlite3.connect(tmp_path / ".placet" / "placet.db") as database:
        assert database.execute("SELECT status FROM executions WHERE id = ?", [run]).fetchone() == ("cancelled",)
        assert database.execute("SELECT status FROM approvals WHERE execution_id = ?", [run]).fetchone() == ("rejected",)


def test_a_database_with_people_gets_no_demo(tmp_path: Path) -> None:
    here = CommandLine({"PLACET_HOME": str(tmp_path / "my home")})
    assert here("people", "add", "ann@example.com").code == 0
    given = environment(PLACET_PORT="0", PLACET_HOME=str(tmp_path / "my home"))
    with serving("--demo", cwd=tmp_path, environ=given) as served:
        served.lines("room for one.")
    assert here("projects", "list", "--json").out == "[]\n"


def test_the_commands_name_a_home_that_is_not_the_usual_one() -> None:
    walk = Walk(placet="placet", operator="PLACET_HOME='/my home' placet", url="http://127.0.0.1:8484", requester_token="a",
                approver_token="b", requester_link="c", approver_link="d", until=datetime(2026, 1, 1, tzinfo=UTC))
    lines = list(next_steps(walk))
    assert "   PLACET_HOME='/my home' placet demo remove" in lines
    assert not any("PLACET_URL" in line for line in lines)
