"""One run as a person reads it: how it stands, who may answer, and its story."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from rich.text import Text

from api.cli.answers import Approval, Run, RunLog
from api.cli.progress import line_text
from api.cli.terminal import shown, word
from api.cli.times import ago, span, utc
from core.domain.json import Json, canonical

HIGH = "high"
_LABEL = 14


def run_view(run: Run, log: RunLog | None, now: datetime) -> Iterator[Text]:
    yield _field("run", run.id)
    yield _field("flow", run.task_type + (f" (routed to {run.flow})" if run.flow != run.task_type else ""))
    yield _labelled("status", word(run.status))
    yield _field("started by", f"{run.triggered_by}, {ago(run.created_at, now)} ({utc(run.created_at)} UTC)")
    if run.rerun_of:
        yield _field("rerun of", run.rerun_of)
    if run.parent_id:
        yield _field("part of", run.parent_id)
    if run.pipeline:
        yield _field("pipeline", run.page or "not known yet")
    yield from _mapping("parameters", run.payload)
    if run.skipped:
        yield _labelled("approval", Text(f"skipped with break-glass by {shown(run.skipped)}", style="bold red"))
    if run.approval:
        yield from approval_view(run.approval, now)
    if run.error:
        yield _field("error", run.error)
    if isinstance(run.result, Mapping):
        yield from _mapping("result", run.result)
    for child in run.children:
        yield _labelled("child", Text.assemble(shown(f"{child.id} {child.task_type} "), word(child.status)))
    if log is not None:
        yield from _story(log, "")


def approval_view(approval: Approval, now: datetime) -> Iterator[Text]:
    yield _labelled("approval", Text.assemble(word(approval.status), f"   ref {shown(approval.ref)}   digest {shown(approval.digest[:8])}"))
    if approval.question:
        yield _field("question", approval.question)
    yield _field("asked by", f"{approval.requested_by}, {ago(approval.requested_at, now)}")
    if approval.status != "pending":
        by = f" by {approval.resolved_by}" if approval.resolved_by else ""
        at = f" {ago(approval.resolved_at, now)}" if approval.resolved_at else ""
        yield _field("answered", f"{approval.status}{by}{at}" + (f": {approval.reason}" if approval.reason else ""))
        return
    if approval.risk == HIGH:
        yield _field("risk", "high: a yes needs the digest")
    yield _field("may answer", approval.whom_to_ask)
    if approval.required > 1:
        yield _field("so far", f"{approval.answers} of {approval.required}")
    yield _field("until", f"{utc(approval.expires_at)} UTC, {span(approval.expires_at - now)} left")
    digest = f" --digest {approval.digest[:8]}" if approval.risk == HIGH else ""
    yield _field("to answer", f"placet flows approve {approval.ref or approval.run_id}{digest}")


def _story(log: RunLog, above: str) -> Iterator[Text]:
    yield Text()
    name = above + (log.task_type or log.id)
    if log.truncated:
        yield Text(f"(only the last {len(log.lines)} lines)", style="dim")
    if above:
        yield Text(shown(f"{name} {log.id}"), style="bold")
    for line in log.lines:
        yield line_text(line)
    for child in log.children:
        yield from _story(child, f"{name} / ")


def log_view(log: RunLog) -> Iterator[Text]:
    """Return the lines of a run, then those of its children under their names."""
    story = _story(log, "")
    next(story)
    yield from story


def _mapping(label: str, values: Mapping[str, Json]) -> Iterator[Text]:
    for number, (name, value) in enumerate(values.items()):
        text = value if isinstance(value, str) else canonical(value).decode()
        yield _field(label if number == 0 else "", f"{name}={text}")


def _field(label: str, value: str) -> Text:
    return _labelled(label, Text(shown(value)))


def _labelled(label: str, value: Text) -> Text:
    return Text.assemble((f"{label:<{_LABEL}}", "bold"), value)

