"""Compares the database with the receiver's ledger and with what clients were told, and says what does not hold.

V and S are the invariants of the fault list and of the run protocol.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from core.domain.audit import BEGINNING, Event, chain
from core.domain.json import parse_timestamp
from core.domain.people import email_key
from tests.doubles.access_webhook import SECRET
from tests.faults.books import Books, Row

FINAL = ("approved", "rejected", "expired", "cancelled", "stale")
TERMINAL = ("completed", "partial", "failed", "cancelled")
ENDS = ("return", "cancel", "give up")
REVOKED = ("revoked", "revoked unseen", "revoked again")
PIN = "pin-7731-0042"
SIGNING = "whsec_" + "cGxhY2V0" * 4
TOLERANCE = 0.05  # seconds between the receiver's clock and the database's


def violations(books: Books) -> list[str]:
    """Return a sentence for each thing that does not hold, now that nothing is under way."""
    found = [*_chain(books), *_ledger(books), *_acks(books), *_telling(books), *_secrets(books)]
    for approval in books.approvals.values():
        found += [f"approval {approval['id']} ({approval['status']}): {wrong}" for wrong in _approval(books, approval)]
    for run in books.runs.values():
        found += [f"run {run['id']} ({run['flow']}, {run['status']}): {wrong}" for wrong in (*_run(books, run), *_steps(books, run))]
    return found


def _approval(books: Books, approval: Row) -> Iterator[str]:
    rows = books.audit_of_approval[approval["id"]]
    endings = [row for row in rows if row["kind"] not in ("ask", "gate", "security") and row["facts"].get("status") in FINAL]
    if [row["kind"] for row in rows].count("ask") != 1:
        yield "V5 not one audit row of its beginning"
    if [row["facts"]["status"] for row in endings] != ([approval["status"]] if approval["status"] in FINAL else []):
        yield f"V1 V5 S1 it ended by {[(row['kind'], row['facts']['status']) for row in endings]}"
    if approval["status"] == "expired" and approval["resolved_at"] != approval["expires_at"]:
        yield "V9 it expired at another time than its own"
    if approval["status"] in ("approved", "rejected") and approval["resolved_at"] >= approval["expires_at"]:
        yield "V9 it was answered after its time"
    if approval["status"] == "approved":
        yield from _yes(books, approval, endings)


def _yes(books: Books, approval: Row, endings: Sequence[Row]) -> Iterator[str]:
    counted = [a for a in books.answers[approval["id"]] if a["verdict"] == "approve" and a["withdrawn_at"] is None]
    project = approval["project_id"]
    for answer in counted:
        person, email = answer["person_id"], email_key(books.emails[answer["person_id"]])
        named = {email_key(e) for e in approval["approvers"]}
        chosen = email in named and person in books.members[project] if named else person in books.owners[project]
        if not chosen or {person, email} & set(approval["excluded"]):
            yield f"V2 {email} approved it and may not"
        if answer["at"] >= approval["expires_at"]:
            yield f"V2 V9 {email} approved it after its time"
    if len(counted) < approval["required"]:
        yield f"V2 {len(counted)} of {approval['required']} approved it"
    if any(row["facts"].get("digest") != approval["digest"] for row in endings):
        yield "V2 another digest was approved"


def _run(books: Books, run: Row) -> Iterator[str]:
    outcomes = [row for row in books.told(run["id"], *ENDS, "gate") if row["kind"] != "gate" or row["facts"].get("wrong")]
    if len(books.told(run["id"], "start")) != 1:
        yield "V5 not one audit row of its start"
    if len(outcomes) != (run["outcome"] is not None):
        yield f"V5 its outcome is {run['outcome']}, and the audit has {[row['kind'] for row in outcomes]}"
    if len(books.told(run["id"], "settle")) != (run["settled_at"] is not None):
        yield "V5 S6 not one audit row of its settling"
    if run["settled_at"] is not None and run["status"] not in TERMINAL:
        yield "S4 it is settled and not ended"
    children, asked = books.children[run["id"]], books.approvals_of[run["id"]]
    if run["settled_at"] is not None:
        if any(child["settled_at"] is None or child["settled_at"] > run["settled_at"] for child in children if child["rerun_of"] is None):
            yield "S6 it was settled before its children"
        if any(a["status"] == "pending" for a in asked):
            yield "S4 it is settled, and a question of it is open"
    answered = len([a for a in asked if a["status"] in FINAL])
    if run["mode"] == "flow" and not children and run["outcome"] != "cancelled" and run["wake"] != answered:
        yield f"V3 it was rung {run['wake']} times for {answered} answers"
    if run["mode"] == "flow" and run["settled_at"] is None and not _somebodys_turn(run, asked, children):
        yield "S5 it is nobody's turn"


def _somebodys_turn(run: Row, asked: Sequence[Row], children: Sequence[Row]) -> bool:
    return (run["due_at"] is not None or any(a["status"] == "pending" for a in asked) or any(c["settled_at"] is None for c in children))


def _steps(books: Books, run: Row) -> Iterator[str]:
    ends = [row["seq"] for row in books.told(run["id"], *ENDS)]
    for step in books.steps[run["id"]]:
        about = [row for row in books.told(run["id"], "begin", "end", "undo") if row["facts"].get("effect") == step["effect_key"]]
        kinds = [row["kind"] for row in about]
        if step["kind"] == "approval" and step["state"] in ("done", "failed"):
            yield from _gate(books, run, step)
        if step["kind"] != "step" or step["undo"] is None:
            continue
        name = f"step {step['key']} ({step['state']})"
        if "begin" not in kinds or kinds.count("end") != (step["result"] is not None or step["error"] is not None):
            yield f"V5 {name} is told by {kinds}"
        if kinds.count("undo") != (step["state"] == "undone"):
            yield f"V5 {name} was taken back {kinds.count('undo')} times"
        if any(row["seq"] > min(ends, default=row["seq"]) for row in about if row["kind"] == "begin"):
            yield f"V7 S3 {name} was begun after the run had ended"
        if run["settled_at"] is not None and step["state"] != "undone" and (run["outcome"] != "completed" or step["state"] != "done"):
            yield f"S4 V7 {name} was not taken back"
        yield from _effect(books, step, name)


def _gate(books: Books, run: Row, step: Row) -> Iterator[str]:
    passes = [row for row in books.told(run["id"], "gate") if books.approvals[row["approval_id"]]["gate"] == str(step["position"])]
    if len(passes) != 1:
        yield f"V5 V3 gate {step['key']} was passed or not {len(passes)} times"
    status = next(a["status"] for a in books.approvals_of[run["id"]] if a["gate"] == str(step["position"]))
    if step["state"] == "done" and status != "approved":
        yield f"V3 S2 gate {step['key']} was passed, and its question is {status}"


def _effect(books: Books, step: Row, name: str) -> Iterator[str]:
    deeds = books.deeds[step["effect_key"]]
    granted = [entry for entry in deeds if entry.deed == "granted"]
    if len(granted) > 1:
        yield f"V3 S2 {name} had its effect {len(granted)} times"
    for entry in granted:
        gates = books.approvals_of[step["execution_id"]]
        if not any(a["status"] == "approved" and a["resolved_at"].timestamp() <= entry.at + TOLERANCE for a in gates):
            yield f"V3 S2 {name} had its effect without a yes"
        if step["begun_at"].timestamp() > entry.at + TOLERANCE:
            yield f"V3 {name} had its effect before it was begun"
    if step["state"] == "undone" and not any(entry.deed in REVOKED for entry in deeds):
        yield f"V7 {name} was taken back on paper only"
    row = books.grants.get(step["effect_key"])
    if step["state"] == "undone" and (row is None or row["revoked_at"] is None):
        yield f"V7 {name} was taken back, and its grant shows as live"
    if isinstance(step["result"], dict) and row is not None:
        answered = parse_timestamp(step["result"]["activatedAt"])
        if abs((answered - row["activated_at"]).total_seconds()) > 0.001:
            yield f"V3 {name} was activated at two times"


def _ledger(books: Books) -> Iterator[str]:
    known = {step["effect_key"] for steps in books.steps.values() for step in steps}
    for entry in books.ledger:
        if entry.deed in ("unauthorised", "malformed"):
            yield f"the receiver found a request {entry.deed}"
        elif entry.key not in known:
            yield f"V3 the receiver was asked for {entry.key}, which no journal knows"


def _acks(books: Books) -> Iterator[str]:
    for ack in books.acks:
        run = books.runs.get(ack["run"])
        if run is None:
            yield f"V4 a client was told of run {ack['run']}, which is lost"
            continue
        if ack["did"] == "cancel" and run["outcome"] != "cancelled":
            yield f"V4 a client was told that {run['id']} is cancelled, and it is {run['outcome']}"
        if ack["did"] == "answer":
            approval = books.approvals[ack["approval"]]
            if ack["status"] in FINAL and ack["status"] != approval["status"]:
                yield f"V1 V4 a client was told that {approval['id']} is {ack['status']}, and it is {approval['status']}"
            if not any(a["email"] == ack["who"] for a in books.answers[approval["id"]]):
                yield f"V4 the answer of {ack['who']} to {approval['id']} is lost"


def _telling(books: Books) -> Iterator[str]:
    """V6, where anybody is told at all: by mail whoever asked, by callbacks a program."""
    posted, called = {(mail["to"], mail["id"]) for mail in books.posted}, {call["headers"]["webhook-id"] for call in books.called}
    for approval in books.approvals.values():
        mails = books.mails[approval["id"]]
        told = [mail for mail in mails if mail["kind"] == "answered" and mail["person_id"] == approval["requester_id"]]
        if mails and approval["status"] in FINAL and [mail["fate"] for mail in told] != ["sent"]:
            yield f"V6 {approval['requested_by']} was not told that {approval['id']} is {approval['status']}"
        for mail in mails:
            if mail["fate"] == "sent" and (books.emails[mail["person_id"]], f"<{mail['bundle']}@acme.org>") not in posted:
                yield f"V6 mail {mail['bundle']} is marked as sent, and was not"
    for callback in books.callbacks:
        if callback["delivered_at"] is None or callback["id"] not in called:
            yield f"V6 the program was not told of {callback['event']} of {callback['execution_id']}"
    for run in books.runs.values():
        told_of = {callback["event"] for callback in books.callbacks if callback["execution_id"] == run["id"]}
        if told_of and run["settled_at"] is not None and run["status"] not in told_of:
            yield f"V6 the program was not told that {run['id']} is {run['status']}"


def _secrets(books: Books) -> Iterator[str]:
    for name, text in books.texts.items():
        if any(secret in text for secret in (PIN, SIGNING, SECRET)):
            yield f"V8 a secret stands in {name}"


def _chain(books: Books) -> Iterator[str]:
    heads: dict[str, tuple[int, str]] = defaultdict(lambda: (0, BEGINNING))
    for row in books.audit:
        seq, previous = heads[row["project_id"]]
        event = Event(kind=row["kind"], actor=row["actor"], project_id=row["project_id"], execution_id=row["execution_id"],
                      approval_id=row["approval_id"], facts=row["facts"])
        if row["seq"] != seq + 1 or row["hash"] != chain(previous, row["seq"], row["at"], event):
            yield f"V5 the audit is broken at row {row['seq']} of {row['project_id']}"
        heads[row["project_id"]] = (row["seq"], row["hash"])
