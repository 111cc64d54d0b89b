"""The command line before the real service."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine
from tests.cli.program import environment, serving

FLOW = "request-elevated-privileges"
PARAMETERS = ("username=ann@example.com", "targetOrg=production", "accessLevel=admin", "durationMinutes=5")


class Company:
    """Ann asks, bob answers."""

    def __init__(self, home: Path, url: str):
        self.operator = CommandLine({"PLACET_HOME": str(home)})
        self.ann, self.bob = (CommandLine({"PLACET_URL": url, "PLACET_TOKEN": self._join(name)}) for name in ("ann", "bob"))
        self.operator("projects", "admit", "acme/app", "bob@example.com", "--role", "owner")

    def _join(self, name: str) -> str:
        email = f"{name}@example.com"
        self.operator("people", "add", email)
        self.operator("projects", "add", "acme/app")
        self.operator("projects", "admit", "acme/app", email)
        return self.operator("tokens", "mint", "--person", email, "--project", "acme/app").out.strip()

    def starts(self) -> str:
        ended = self.ann("flows", "run", FLOW, *PARAMETERS, "--quiet")
        assert ended.code == 0, ended.err
        return ended.out.strip()

    def waits(self, run: str, status: str) -> None:
        for _ in range(200):
            if json.loads(self.ann("flows", "show", run, "--json").out)["status"] == status:
                return
            time.sleep(0.05)
        raise AssertionError(self.ann("flows", "show", run).out)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    cwd = tmp_path_factory.mktemp("whole")
    with serving(cwd=cwd, environ=environment(PLACET_PORT="0", PLACET_HOME=str(cwd / "home"))) as served:
        yield Company(cwd / "home", served.url)


def test_types_are_shown(company: Company) -> None:
    listed = company.ann("flows", "types").out
    shown = f"{FLOW} Elevated privileges access username targetOrg accessLevel [durationMinutes] [reason]"
    assert shown in [" ".join(line.split()) for line in listed.splitlines()]
    assert "durationMinutes  integer  default 60" in company.ann("flows", "types", FLOW).out


def test_a_request_is_rejected_by_its_ref_with_a_reason(company: Company) -> None:
    run = company.starts()
    company.waits(run, "Suspended")
    ref, *_ = company.bob("approvals").out.splitlines()[-1].split()
    answered = company.bob("flows", "reject", ref, "--reason", "not on Friday")
    assert answered.out.startswith(f"rejected: {FLOW} that ann@example.com asked for")
    ended = company.ann("flows", "logs", run, "-f")
    assert ended.code == 4
    assert ended.out.endswith("-- Failed: rejected by bob@example.com: not on Friday\n")
    assert ": not on Friday\n" in company.ann("flows", "show", run).out


def test_a_second_answer_is_refused_with_who_gave_the_first(company: Company) -> None:
    run = company.starts()
    company.waits(run, "Suspended")
    assert company.bob("flows", "approve", run[-8:]).code == 0
    ended = company.bob("flows", "reject", run)
    assert ended.code == 1
    assert ended.err.startswith("This was approved by bob@example.com at ")
    company.waits(run, "Running")
    assert json.loads(company.operator("grants", "--json").out)[0]["approvedBy"] == ["bob@example.com"]
    assert company.ann("flows", "cancel", run).out == f"Cancelled {run}.\n"
    assert company.ann("flows", "logs", run, "-f").code == 4
    for _ in range(200):
        if company.operator("grants").out == "Nobody has access now.\n":
            break
        time.sleep(0.05)
    assert company.operator("grants").out == "Nobody has access now.\n"


def test_access_by_break_glass_is_listed_as_such(company: Company) -> None:
    token = company.operator("tokens", "mint", "--person", "bob@example.com", "--project", "acme/app", "--break-glass").out.strip()
    owner = CommandLine({**company.bob.environ, "PLACET_TOKEN": token})
    refused = company.bob("flows", "run", FLOW, *PARAMETERS, "--break-glass", "the pager rings")
    assert (refused.code, refused.out) == (1, "")
    run = owner("flows", "run", FLOW, *PARAMETERS, "--break-glass", "the pager rings", "--quiet").out.strip()
    for _ in range(200):
        found = json.loads(company.operator("grants", "--json").out)
        if found:
            break
        time.sleep(0.05)
    assert [(g["executionId"], g["approvedBy"], g["skippedBy"]) for g in found] == [(run, [], "bob@example.com")]
    assert "break-glass of bob@example.com" in company.operator("grants").out
    assert "skipped with break-glass by bob@example.com: the pager rings\n" in company.ann("flows", "show", run).out
    assert company.ann("flows", "cancel", run).code == 0
    assert company.ann("flows", "logs", run, "-f").code == 4
    for _ in range(200):
        if company.operator("grants").out == "Nobody has access now.\n":
            break
        time.sleep(0.05)


def test_a_run_that_has_ended_is_run_again_with_another_duration(company: Company) -> None:
    run = company.starts()
    company.waits(run, "Suspended")
    assert company.ann("flows", "cancel", run).code == 0
    for _ in range(200):
        again = company.ann("flows", "rerun", run[-8:], "durationMinutes=7", "-q")
        if again.code == 0:
            break
        time.sleep(0.05)
    company.waits(again.out.strip(), "Suspended")
    shown = company.ann("flows", "show", again.out.strip()).out
    assert f"rerun of      {run}\n" in shown
    assert "durationMinutes=7\n" in shown


def test_the_list_has_the_newest_first(company: Company) -> None:
    first, second = company.starts(), company.starts()
    listed = json.loads(company.ann("flows", "list", "--json").out)
    assert [r["id"] for r in listed["runs"][:2]] == [second, first]
    assert company.ann("flows", "list", "--limit", "1").out.count(FLOW) == 1
    assert company.ann("flows", "children", first).out.split() == ["id", "flow", "status", "started", "by", "at", "(UTC)", "took"]


def test_the_same_key_answers_the_same_run(company: Company) -> None:
    first, second = (company.ann("flows", "run", FLOW, *PARAMETERS, "-q", "--idempotency-key", "ticket-7") for _ in range(2))
    assert first == second
    assert first.code == 0


def test_what_does_not_fit_is_refused_by_the_service_in_sentences(company: Company) -> None:
    ended = company.ann("flows", "run", FLOW, "durationMinutes=0")
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert "durationMinutes must be between 1 and 480, got 0." in ended.err
    assert company.ann("flows", "types", "fly").code == 1
    assert company.ann("flows", "show", "00000000-0000-7000-8000-000000000000").code == 1


def test_a_disabled_person_is_shut_out_at_once(company: Company) -> None:
    company.operator("people", "disable", "bob@example.com")
    ended = company.bob("approvals")
    company.operator("people", "enable", "bob@example.com")
    assert ended.code == 1
    assert ended.err.startswith("The token in PLACET_TOKEN is not accepted")
    assert company.bob("approvals").code == 0
