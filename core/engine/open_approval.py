"""Open an approval at a gate of a run that is locked: the one way, for flows of ours and for everybody else's."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.domain.approvals import LONGEST_QUESTION, USUAL, Approval, Risk
from core.domain.approvers import MOST_APPROVERS, Electorate
from core.domain.audit import event_of
from core.domain.conversations import conversations
from core.domain.digests import digest
from core.domain.executions import Execution
from core.domain.groups import PREFIX, emails_in, groups_in, is_group_name
from core.domain.identities import accounts_in, excluded_account
from core.domain.json import Json
from core.domain.people import Project, email_key, is_email
from core.domain.teams import KINDS, is_team_name, kind_of, teams_in
from core.engine.outside_teams import refuse_unread
from core.errors import Invalid
from core.ports.database import Transaction

REF_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
REF_LENGTH = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked at a gate. `subjects` benefit and `creators` ask, by e-mail or id; both, like whoever started the run, may not answer,
    nor whoever one of the `accounts` is linked to.

    `payload` and the fingerprints of its `secrets` are what the yes is about, together with the question, and with the `place` where a
    pipeline does it.
    """

    gate: str
    text: str
    requested_by: str
    requester_id: str | None
    creators: Sequence[str] = ()
    subjects: Sequence[str] = ()
    accounts: Sequence[str] = ()
    approvers: Sequence[str] = ()
    among: Sequence[str] = ()
    required: int = 1
    self_approval: bool = False
    risk: Risk = Risk.NORMAL
    timeout: timedelta = USUAL
    payload: Mapping[str, Json]
    secrets: Mapping[str, str]
    context: Mapping[str, Json]
    callback: Mapping[str, Json] | None = None
    event_key: str | None = None
    place: Mapping[str, str] | None = None


def open_approval(tx: Transaction, approval_id: str, project: Project, execution: Execution, question: Question, *,
                  now: datetime) -> tuple[Approval, Electorate]:
    """Write an approval down, and return who may answer it, too; raise Invalid if nobody could."""
    excluded, voters = refuse_unanswerable(tx, project, execution, question)
    approval = Approval(
        id=approval_id, ref=_new_ref(), execution_id=execution.id, project_id=project.id,
        gate=question.gate, question=question.text[:LONGEST_QUESTION], requested_by=question.requested_by,
        requester_id=question.requester_id, requested_at=now, expires_at=now + question.timeout,
        required=question.required, approvers=tuple(question.approvers), excluded=excluded,
        self_approval=question.self_approval, risk=question.risk,
        context=question.context, callback=question.callback, event_key=question.event_key,
        digest=question_digest(project, execution, question), among=tuple(question.among))
    while not tx.approvals.add(approval):
        approval = replace(approval, ref=_new_ref())
    tx.teams.want(teams_in((*approval.approvers, *approval.among)), approval.expires_at)
    discuss(tx, project, execution, approval)
    tx.audit.append(event_of(
        execution, "ask", question.requested_by, approval_id=approval.id, question=approval.question, digest=approval.digest,
        required=approval.required, approvers=list(approval.approvers), gate=approval.gate, risk=approval.risk))
    return approval, voters


def refuse_unanswerable(tx: Transaction, project: Project, execution: Execution, question: Question) -> tuple[tuple[str, ...], Electorate]:
    """Raise Invalid if nobody could answer; return who may not, and who may."""
    check_approvers(question.approvers)
    _refuse_unknown_groups(tx, project, question)
    excluded = _excluded(tx, execution, question)
    voters = electorate(tx, project.id, question.approvers, excluded, question.self_approval, among=question.among)
    _refuse_unless_reachable(voters, question)
    return excluded, voters


def discuss(tx: Transaction, project: Project, execution: Execution, approval: Approval) -> None:
    """Note where an approval is discussed: where its own callback leads, its run's, or that of a run above."""
    above = [tx.runs.get(run_id) for run_id in tx.family.ancestors(execution.id)] if execution.parent_id else []
    line = [execution, *(run for run in above if run is not None)]
    tx.approvals.discuss(approval.id, conversations(
        project.identifier, [approval.callback, *(run.callback for run in line)], [run.work_item for run in line]))


def question_digest(project: Project, execution: Execution, question: Question) -> str:
    """Return the name of exactly what is asked."""
    return digest(execution_id=execution.id, gate=question.gate, flow=execution.flow, project=project.identifier,
                  question=question.text[:LONGEST_QUESTION], payload=question.payload, secrets=question.secrets,
                  place=question.place)


def electorate(tx: Transaction, project_id: str, named: Sequence[str], excluded: Sequence[str], self_approval: bool,
               people: Sequence[str] = (), *, among: Sequence[str] = (), deciding: bool = False) -> Electorate:
    """Read who may answer now: those named, in person or by a group or team, or else the owners; and these people.

    `deciding`: raise TeamsUnread unless it was asked just now who is in a team; else what was read last is good enough.
    """
    teams = teams_in((*named, *among))
    if teams and deciding:
        refuse_unread(tx, teams)
    within = tx.teams.people(teams) if teams else {}
    members = tx.people.members(project_id, people=[*people, *within], emails=emails_in(named), groups=groups_in((*named, *among)),
                                owners=not named)
    members |= {each: replace(members[each], groups=members[each].groups | found) for each, found in within.items() if each in members}
    return Electorate(named=tuple(named), among=tuple(among), excluded=_behind(tx, excluded), self_approval=self_approval, members=members)


def _behind(tx: Transaction, excluded: Sequence[str]) -> frozenset[str]:
    """Return who may not answer, with whoever an account among them is linked to now."""
    linked = [tx.identities.find(provider, external_id) for provider, external_id in accounts_in(excluded)]
    return frozenset(excluded) | {found[1].id for found in linked if found is not None}


def electorate_of(tx: Transaction, approval: Approval, more: Sequence[str] = (), *, deciding: bool = False) -> Electorate:
    """Read who may answer an approval now, with whoever has answered it, or did so for others. `deciding`: as for an electorate."""
    people = {person for answer in approval.answers for person in (answer.person_id, answer.acted_by_id) if person is not None}
    return electorate(tx, approval.project_id, approval.approvers, approval.excluded, approval.self_approval, sorted(people.union(more)),
                      among=approval.among, deciding=deciding)


def check_approvers(approvers: Sequence[str], kinds: Collection[str] = KINDS) -> None:
    """Raise Invalid for what cannot be a list of people, groups and teams. `kinds`: of teams, those that can be asked for."""
    if len(approvers) > MOST_APPROVERS:
        raise Invalid((f"approvers may name at most {MOST_APPROVERS} people and groups.",))
    problems = []
    for each in approvers:
        kind = kind_of(each)
        if kind in ("github", "slack") and kind not in kinds:
            problems.append(f"approvers of the kind {kind}: are not set up here: name people by their e-mail, or a group as group:<name>.")
        elif kind in KINDS and not is_team_name(each):
            problems.append(f"approvers names a team as {kind}:<organisation>/<team>, got {each[:80]!r}.")
        elif not (kind in KINDS or (is_group_name(each.removeprefix(PREFIX)) if kind == "group" else is_email(each))):
            problems.append(f"approvers must be e-mail addresses or group:<name>, got {each[:80]!r}.")
    if problems:
        raise Invalid(tuple(problems))


def _new_ref() -> str:
    return "".join(secrets.choice(REF_ALPHABET) for _ in range(REF_LENGTH))


def _refuse_unknown_groups(tx: Transaction, project: Project, question: Question) -> None:
    named = groups_in(question.approvers)
    missing = tx.groups.missing(project.id, named) if named else []
    if missing:
        raise Invalid(tuple(f"approvers names group:{name}, and there is no such group in {project.identifier}." for name in missing))


def _excluded(tx: Transaction, execution: Execution, question: Question) -> tuple[str, ...]:
    found = [*execution.initiators, *question.creators, *map(excluded_account, question.accounts), email_key(question.requested_by)]
    if question.requester_id is not None:
        found.append(question.requester_id)
    for subject in question.subjects:
        found.append(email_key(subject))
        person = tx.people.find(subject)
        if person is not None:
            found.append(person.id)
    return tuple(dict.fromkeys(found))


def _refuse_unless_reachable(voters: Electorate, question: Question) -> None:
    if teams_in(question.approvers):
        return  # who is in them is asked for when somebody answers
    eligible = len(voters.eligible())
    if eligible < question.required:
        who = "the people named as approvers" if question.approvers else "the project's owners"
        raise Invalid((f"{question.required} must approve, but only {eligible} of {who} may: nobody who asks, starts it or benefits.",))
