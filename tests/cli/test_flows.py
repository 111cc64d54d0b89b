"""The client half, before a service that answers in the contract's shapes."""

import json
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine, token_of
from tests.cli.double import ServiceDouble
from tests.cli.shapes import RUN, approval_body, part_body, run_body, types_body


def started(service: ServiceDouble) -> None:
    service.on("GET types/deploy", types_body())
    service.on("POST run", {"id": RUN, "taskType": "deploy", "status": "pending", "triggeredAt": "2026-01-01T12:00:00.000Z"}, 201)


def test_a_run_is_started_with_typed_parameters_in_the_tokens_only_project(service: ServiceDouble, placet: CommandLine) -> None:
    started(service)
    ended = placet("flows", "run", "deploy", "version=1.2", "tries=5")
    assert (ended.code, ended.out) == (0, f"Started {RUN}. `placet flows logs {RUN} -f` follows it.\n")
    assert service.asked[-1].body == {"payload": {"id": "deploy", "repositoryIdentifier": "acme/app", "version": "1.2", "tries": 5}}


def test_quiet_prints_the_id_and_nothing_else(service: ServiceDouble, placet: CommandLine) -> None:
    started(service)
    assert placet("flows", "run", "deploy", "version=1", "-p", "acme/other", "--quiet").out == f"{RUN}\n"
    assert service.asked[-1].body["payload"]["repositoryIdentifier"] == "acme/other"


def test_json_is_the_answer_of_the_service(service: ServiceDouble, placet: CommandLine) -> None:
    started(service)
    assert json.loads(placet("flows", "run", "deploy", "version=1", "--json").out)["id"] == RUN


def test_parameters_come_from_a_file_and_the_words_win(service: ServiceDouble, placet: CommandLine, tmp_path: Path) -> None:
    started(service)
    file = tmp_path / "parameters.json"
    file.write_text('{"version": "1", "secret": "s"}')
    assert placet("flows", "run", "deploy", "version=2", "--payload", str(file)).code == 0
    assert service.asked[-1].body["payload"] == {"id": "deploy", "repositoryIdentifier": "acme/app", "version": "2", "secret": "s"}


@pytest.mark.parametrize("content", ["[1]", "{", None])
def test_a_file_without_an_object_is_refused(service: ServiceDouble, placet: CommandLine, tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "parameters.json"
    if content is not None:
        file.write_text(content)
    ended = placet("flows", "run", "deploy", "--payload", str(file))
    assert ended.code == 2
    assert ended.err.startswith(f"--payload {file}")
    assert service.asked == []


def test_the_idempotency_key_is_sent(service: ServiceDouble, placet: CommandLine) -> None:
    started(service)
    placet("flows", "run", "deploy", "--idempotency-key", "ticket-7")
    assert service.asked[-1].headers["Idempotency-Key"] == "ticket-7"


@pytest.mark.parametrize("key", ["", "a\nb", "é", "k" * 201])
def test_a_key_that_no_header_could_carry_is_refused(service: ServiceDouble, placet: CommandLine, key: str) -> None:
    ended = placet("flows", "run", "deploy", "--idempotency-key", key)
    assert (ended.code, ended.err) == (2, "--idempotency-key is 1 to 200 printable ASCII characters.\n")
    assert service.asked == []


def test_watch_tells_what_happens_and_ends_well_with_the_run(service: ServiceDouble, placet: CommandLine) -> None:
    started(service)
    service.on(f"GET {RUN}/logs/stream", part_body("asked", status="suspended", offset=1))
    service.on(f"GET {RUN}/logs/stream", part_body("deployed", status="completed", offset=2, completed=True))
    service.on(f"GET {RUN}/logs/stream", part_body(status="completed", offset=2, completed=True))
    service.on(f"GET {RUN}", run_body(status="Suspended", approval=approval_body()))
    service.on(f"GET {RUN}", run_body(status="Completed", success=True))
    ended = placet("flows", "run", "deploy", "--watch")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0] == f"Started {RUN}."
    assert lines[1] == "12:00:00 INFO    asked"
    assert lines[2].startswith("-- Suspended: waits for ann@example.com, at most ")
    assert lines[2].endswith("; `placet flows approve K7Q2M9`")
    assert lines[3:] == ["12:00:00 INFO    deployed", "-- Completed"]
    assert [a.path for a in service.asked if "stream" in a.path] == [f"{RUN}/logs/stream?logOffset={n}" for n in (0, 1, 2)]


@pytest.mark.parametrize("status", ["failed", "cancelled", "partial"])
def test_following_a_run_that_does_not_complete_exits_with_4(service: ServiceDouble, placet: CommandLine, status: str) -> None:
    service.on(f"GET {RUN}/logs/stream", part_body(status=status, offset=0, completed=True))
    service.on(f"GET {RUN}", run_body(status=status.capitalize(), error="rejected by ann@example.com: no"))
    ended = placet("flows", "logs", RUN, "-f")
    assert ended.code == 4
    assert ended.out == f"-- {status.capitalize()}: rejected by ann@example.com: no\n"


def test_following_in_json_is_one_object_a_line(service: ServiceDouble, placet: CommandLine) -> None:
    service.on(f"GET {RUN}/logs/stream", part_body("went", status="completed", offset=1, completed=True))
    service.on(f"GET {RUN}/logs/stream", part_body(status="completed", offset=1, completed=True))
    service.on(f"GET {RUN}", run_body(status="Completed"))
    assert [json.loads(line) for line in placet("flows", "logs", RUN, "-f", "--json").out.splitlines()] == [
        {"timestamp": "2026-01-01T12:00:00.000Z", "level": "INFO", "message": "went"}, {"id": RUN, "status": "Completed"}]


def test_show_says_who_may_answer_and_the_story(service: ServiceDouble, placet: CommandLine) -> None:
    service.on(f"GET {RUN}", run_body(status="Suspended", approval=approval_body()))
    service.on(f"GET {RUN}/logs", {"id": RUN, "logs": "", "children": [], "lines": [
        {"timestamp": "2026-01-01T12:00:00.000Z", "level": "INFO", "message": "bob wants\n\x1b[2Jit"}]})
    out = placet("flows", "show", RUN).out
    for line in (f"run           {RUN}", "status        Suspended", "parameters    version=1.2", "              hot=true",
                 "approval      pending   ref K7Q2M9   digest 01234567", "may answer    ann@example.com",
                 "to answer     placet flows approve K7Q2M9", r"                 \x1b[2Jit"):
        assert f"{line}\n" in out
    assert "12:00:00 INFO    bob wants\n" in out


def test_show_says_where_a_pipeline_can_be_looked_at_and_asks_for_no_log(service: ServiceDouble, placet: CommandLine) -> None:
    service.on(f"GET {RUN}", run_body(executionMode="cicd", cicdRunUrl="https://ci.example/7"))
    ended = placet("flows", "show", RUN)
    assert ended.code == 0
    assert "pipeline      https://ci.example/7\n" in ended.out
    assert [asked.path for asked in service.asked] == [RUN]


def test_of_a_run_in_a_pipeline_the_states_are_followed(service: ServiceDouble, placet: CommandLine) -> None:
    service.on(f"GET {RUN}/logs/stream", {"statusCode": 400, "message": "Logs are there for flow executions only.", "error": ""}, 400)
    for status in ("Waiting", "Waiting", "Running", "Running", "Completed"):
        service.on(f"GET {RUN}", run_body(executionMode="cicd", status=status))
    ended = placet("flows", "logs", RUN, "-f")
    assert (ended.code, ended.out) == (0, "-- Waiting\n-- Running\n-- Completed\n")


def test_what_is_refused_for_another_reason_is_not_followed(service: ServiceDouble, placet: CommandLine) -> None:
    service.on(f"GET {RUN}/logs/stream", {"statusCode": 400, "message": "No.", "error": ""}, 400)
    service.on(f"GET {RUN}", run_body())
    ended = placet("flows", "logs", RUN, "-f")
    assert (ended.code, ended.err) == (1, "No.\n")


def test_show_says_what_a_yes_to_a_high_risk_needs(service: ServiceDouble, placet: CommandLine) -> None:
    service.on(f"GET {RUN}", run_body(status="Suspended", approval=approval_body(risk="high")))
    service.on(f"GET {RUN}/logs", {"id": RUN, "logs": "", "children": [], "lines": []})
    out = placet("flows", "show", RUN).out
    assert "risk          high: a yes needs the digest\n" in out
    assert "to answer     placet flows approve K7Q2M9 --digest 01234567\n" in out


def test_show_and_list_say_who_skipped_the_approval_and_why(service: ServiceDouble, placet: CommandLine) -> None:
    skipped = run_body(skippedBy="ann@example.com", skipReason="the pager\n\x1b[2Jrings")
    service.on(f"GET {RUN}", skipped)
    service.on(f"GET {RUN}/logs", {"id": RUN, "logs": "", "lines": [], "children": []})
    service.on("GET runs", {"runs": [skipped, run_body()], "count": 2, "totalCount": 2, "page": 1})
    out = placet("flows", "show", RUN).out
    assert "approval      skipped with break-glass by ann@example.com: the pager\\n\\x1b[2Jrings\n" in out
    assert [("break-glass" in line) for line in placet("flows", "list").out.splitlines()] == [False, True, False]


def test_an_emergency_is_said_in_words(service: ServiceDouble, placet: CommandLine) -> None:
    skipping = {"skipApproval": True, "skipReason": "the pager rings"}
    started(service)
    assert placet("flows", "run", "deploy", "--break-glass", "the pager rings", "-q").code == 0
    assert service.asked[-1].body == {"payload": {"id": "deploy", "repositoryIdentifier": "acme/app", **skipping}}
    service.on(f"POST {RUN}/rerun", {"id": "next"}, 201)
    assert placet("flows", "rerun", RUN, "--break-glass", "the pager rings", "-q").out == "next\n"
    assert service.asked[-1].body == {"payloadOverrides": skipping}


@pytest.mark.parametrize(("verb", "field"), [("approve", "approver"), ("reject", "rejector")])
def test_a_bridge_answers_in_somebodys_name(service: ServiceDouble, placet: CommandLine, verb: str, field: str) -> None:
    service.on(f"POST approvals/{RUN}/{verb}", approval_body(status="approved", resolvedBy="cat@example.com"))
    assert placet("flows", verb, RUN, "--for", "cat@example.com").code == 0
    assert service.asked[-1].body == {field: "cat@example.com", f"{field}Email": "cat@example.com"}


def test_show_says_how_it_was_answered(service: ServiceDouble, placet: CommandLine) -> None:
    rejected = approval_body(status="rejected", resolvedBy="ann@example.com", resolvedAt="2026-01-01T12:01:00.000Z",
                             context={"taskType": "deploy", "reason": "not on Friday"})
    service.on(f"GET {RUN}", run_body(status="Failed", approval=rejected, error="rejected by ann@example.com: not on Friday"))
    service.on(f"GET {RUN}/logs", {"id": RUN, "logs": "", "lines": [], "children": []})
    out = placet("flows", "show", RUN).out
    assert "answered      rejected by ann@example.com " in out
    assert ": not on Friday\n" in out
    assert "to answer" not in out


def test_the_last_8_characters_of_an_open_request_are_enough(service: ServiceDouble, placet: CommandLine) -> None:
    service.on("GET approvals/pending", {"approvals": [approval_body()], "count": 1})
    service.on("GET runs", {"runs": [], "count": 0, "totalCount": 0, "page": 1})
    service.on(f"POST approvals/{RUN}/approve", approval_body(status="approved", resolvedBy="ann@example.com"))
    ended = placet("flows", "approve", "abcd1234", "--digest", "01234567")
    assert ended.out == f"approved: deploy that bob@example.com asked for (run {RUN})\n"
    assert service.asked[-1].body == {"approver": "ann@example.com", "approverEmail": "ann@example.com", "digest": "01234567"}


def test_with_a_token_of_an_outside_issuer_the_answer_names_its_email(service: ServiceDouble) -> None:
    service.on(f"POST approvals/{RUN}/approve", approval_body(status="approved", resolvedBy="ann@example.com"))
    for token, email in ((token_of("00u17", email="ann@example.com"), "ann@example.com"), (token_of("00u17"), "00u17"),
                         (token_of("bob@example.com", email="ann@example.com"), "bob@example.com")):
        assert CommandLine({"PLACET_URL": service.url, "PLACET_TOKEN": token})("flows", "approve", RUN).code == 0
        assert service.asked[-1].body == {"approver": email, "approverEmail": email}


def test_the_last_8_characters_of_a_recent_run_are_enough(service: ServiceDouble, placet: CommandLine) -> None:
    service.on("GET approvals/pending", {"approvals": [], "count": 0})
    service.on("GET runs", {"runs": [run_body()], "count": 1, "totalCount": 1, "page": 1})
    service.on(f"POST {RUN}/cancel", {"id": RUN, "status": "cancelled", "cancelledChildren": 2})
    assert placet("flows", "cancel", "abcd1234").out == f"Cancelled {RUN} and 2 below it.\n"


def test_characters_that_end_several_ids_name_none(service: ServiceDouble, placet: CommandLine) -> None:
    service.on("GET approvals/pending", {"approvals": [approval_body(), approval_body(id="1" + RUN[1:])], "count": 2})
    service.on("GET runs", {"runs": [], "count": 0, "totalCount": 0, "page": 1})
    ended = placet("flows", "show", "abcd1234")
    assert (ended.code, ended.err) == (1, "Several runs end in abcd1234: give the whole id.\n")


def test_characters_that_end_no_id_are_said_so(service: ServiceDouble, placet: CommandLine) -> None:
    service.on("GET approvals/pending", {"approvals": [], "count": 0})
    service.on("GET runs", {"runs": [], "count": 0, "totalCount": 0, "page": 1})
    ended = placet("flows", "reject", "abcd1234", "--reason", "no")
    assert ended.code == 1
    assert ended.err == "No open request or recent run ends in abcd1234: give the whole id, or its project with --project.\n"


def test_an_answer_below_the_quorum_is_told_as_counted(service: ServiceDouble, placet: CommandLine) -> None:
    answers = [{"email": "ann@example.com", "answer": "approve"}]
    service.on("POST approvals/K7Q2M9/approve", approval_body(required=2, answers=answers))
    assert placet("flows", "approve", "K7Q2M9").out == (
        f"counted: deploy that bob@example.com asked for (run {RUN}); 1 of 2 have agreed\n")


def test_a_rejection_carries_its_reason(service: ServiceDouble, placet: CommandLine) -> None:
    service.on("POST approvals/K7Q2M9/reject", approval_body(status="rejected"))
    placet("flows", "reject", "K7Q2M9", "--reason", "not on Friday")
    assert service.asked[-1].body == {"rejector": "ann@example.com", "rejectorEmail": "ann@example.com", "reason": "not on Friday"}


def test_a_rerun_types_its_overrides_by_the_flow_of_the_run(service: ServiceDouble, placet: CommandLine) -> None:
    started(service)
    service.on(f"GET {RUN}", run_body(status="Completed"))
    service.on(f"POST {RUN}/rerun", {"id": "next", "taskType": "deploy", "status": "pending", "triggeredAt": "2026-01-01T12:00:00.000Z",
                                     "rerunOfExecutionId": RUN}, 201)
    assert placet("flows", "rerun", RUN, "tries=4", "-q").out == "next\n"
    assert service.asked[-1].body == {"payloadOverrides": {"tries": 4}}


def test_the_list_shows_the_newest_runs_and_how_many_there_are(service: ServiceDouble, placet: CommandLine) -> None:
    service.on("GET runs", {"runs": [run_body(status="Completed", durationMs=61_000)], "count": 1, "totalCount": 41, "page": 1})
    out = placet("flows", "list", "--limit", "1", "--since", "2h", "--scheduled").out
    assert [line.split() for line in out.splitlines()] == [
        ["id", "flow", "status", "started", "by", "at", "(UTC)", "took"],
        [RUN, "deploy", "Completed", "bob@example.com", "2026-01-01", "12:00:00", "1", "min", "1", "s"],
        ["1", "of", "41;", "--page", "2", "shows", "more."]]
    assert service.asked[-1].path == "runs?repositoryIdentifier=acme%2Fapp&limit=1&page=1&since=2h&includeScheduled=true"


def test_without_a_project_it_asks_for_one(service: ServiceDouble) -> None:
    ended = CommandLine({"PLACET_URL": service.url, "PLACET_TOKEN": token_of("ann@example.com")})("flows", "list")
    assert (ended.code, ended.err) == (2, "Name the project: --project OWNER/NAME.\n")


def test_types_lists_flows_with_their_parameters(service: ServiceDouble, placet: CommandLine) -> None:
    service.on("GET types", {"taskTypes": [types_body()], "count": 1})
    service.on("GET types/deploy", types_body())
    assert "deploy  Deploy  release   version [tries]" in placet("flows", "types").out
    assert "default 3" in placet("flows", "types", "deploy").out


def test_approvals_lists_what_waits(service: ServiceDouble, placet: CommandLine) -> None:
    service.on("GET approvals/pending", {"approvals": [approval_body(context={"taskType": "deploy", "version": "1\x1b[2J"})], "count": 1})
    service.on("GET approvals/pending", {"approvals": [], "count": 0})
    out = placet("approvals").out
    assert "K7Q2M9  deploy  version=1\\x1b[2J  bob@example.com  ann@example.com" in out
    assert placet("approvals").out == "Nothing waits for an answer.\n"


def test_children_are_listed(service: ServiceDouble, placet: CommandLine) -> None:
    service.on(f"GET {RUN}/children", {"parentId": RUN, "children": [run_body(id="child", status="Failed")], "count": 1})
    assert "child  deploy  Failed" in placet("flows", "children", RUN).out
