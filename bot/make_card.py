"""The one way from what is kept of a request to its card. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.card_facts import facts_of, reason_of, subjects_of
from bot.card_states import Standing, standing
from bot.cards import Action, Card, Link, State, Yes
from bot.fields import field
from bot.times import day_and_time, moment
from bot.words import ENGLISH, Meaning, Vocabulary
from core.domain.approvals import Answer, Approval, Risk
from core.domain.executions import Execution, Mode
from core.domain.flow_types import FlowType
from core.domain.groups import emails_in, groups_in
from core.domain.people import email_key
from core.domain.teams import kind_of, teams_in
from core.ports.grants import Grant

SHOWN_DIGEST = 8
SURFACES = {"slack": "in Slack", "github": "on GitHub", "azure-devops": "in Azure DevOps", "page": "in Placet", "rest": "by the API",
            "cli": "on the command line"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that a card tells of. `approval`: with its approvers by name (`Approval.named`); None where nobody was asked.

    `flow`: the type that runs, None for a run of another engine. `page`: the address of the request's page, where there is one.
    """

    approval: Approval | None
    execution: Execution
    project: str
    flow: FlowType | None
    now: datetime
    grants: Sequence[Grant] = ()
    vocabulary: Vocabulary = ENGLISH
    page: str | None = None


def card_of(story: Story) -> Card:
    """Return the card of a request as it is now."""
    approval = story.approval.at(story.now) if story.approval else None
    run, flow = story.execution, story.flow
    context = approval.context if approval else run.payload
    stands = standing(approval, run, story.grants)
    title = approval.question if approval and approval.question else flow.name if flow else str(context.get("taskType") or run.task_type)
    subjects = subjects_of(flow, context)
    card = Card(
        ref=approval.ref.lower() if approval else "", digest=approval.digest[:SHOWN_DIGEST] if approval else "",
        state=stands.state, title=field(title), status=stands.status, because=stands.because, then=stands.then,
        asked_by=field(approval.requested_by if approval else run.triggered_by), subjects=subjects, project=field(story.project),
        reason=reason_of(flow, context), facts=facts_of(flow, context), links=_links(story, stands),
        high_risk=approval.risk is Risk.HIGH if approval else bool(flow and flow.high_risk))
    if approval is None:
        return replace(card, skipped=field(run.triggered_by), skip_reason=field(run.skip_reason)) if run.skip_reason else card
    return _asked(card, approval, story)


def _asked(card: Card, approval: Approval, story: Story) -> Card:
    """Add who has answered and, while it is open, who may and how."""
    yes = approval.approvals()
    given = tuple(_yes(answer, approval.requested_at) for answer in yes)
    count = f"{len(yes)} of {approval.required}" if approval.required > 1 and yes and card.state is State.OPEN else ""
    if card.state is not State.OPEN:
        return replace(card, answers=given)
    exact = f" {card.ref} {card.digest}" if card.high_risk else ""
    return replace(
        card, answers=given, count=count, missing=max(0, approval.required - len(yes)), may_answer=_may_answer(approval),
        lapses=day_and_time(approval.expires_at, approval.requested_at), lapses_at=approval.expires_at,
        say_yes=f"approve{exact}", say_no="reject: reason",
        also_yes=_also(story.vocabulary, Meaning.APPROVE), also_no=_also(story.vocabulary, Meaning.REJECT),
        self_approval=approval.self_approval)


def _yes(answer: Answer, asked: datetime) -> Yes:
    return Yes(who=field(answer.email), when=moment(answer.at, asked), where=SURFACES.get(answer.surface, f"by {field(answer.surface)}"))


def _may_answer(approval: Approval) -> tuple[str, ...]:
    """Name who may answer and has not: nobody who asks, starts it or benefits."""
    out = set() if approval.self_approval else set(approval.excluded)
    out |= {email_key(answer.email) for answer in approval.approvals()}
    people = tuple(field(email) for email in emails_in(approval.approvers) if email_key(email) not in out)
    teams = tuple(f"anyone in {name.partition(':')[2]} {SURFACES[kind_of(name)]}" for name in teams_in(approval.approvers))
    return people + tuple(f"anyone in {name}" for name in groups_in(approval.approvers)) + teams


def _also(words: Vocabulary, meaning: Meaning) -> tuple[str, ...]:
    """Return the words of a project that count beside the English ones."""
    return tuple(word for word in words.accepted(meaning) if ENGLISH.find(word) is None)


def _links(story: Story, stands: Standing) -> tuple[Link, ...]:
    """Lead to the request's page, and there to what may be done next; a run of another engine is not started from here."""
    run = story.execution.cicd_run_url or ""
    pipeline = (Link(action=Action.PIPELINE, url=run),) if _is_address(run) else ()
    if story.page is None:
        return pipeline
    actions = [Action.OPEN]
    ours = story.execution.mode is Mode.FLOW
    match stands.state:
        case State.RUNNING if any(grant.revoked_at is None for grant in story.grants):
            actions.append(Action.END_NOW)
        case State.FAILED if ours:
            actions += [Action.LOG, Action.AGAIN]
        case State.LAPSED | State.REJECTED if ours:
            actions.append(Action.ASK_AGAIN)
    return tuple(Link(action=action, url=story.page + FRAGMENTS[action]) for action in actions) + pipeline


def _is_address(text: str) -> bool:
    """Tell whether a text that a pipeline gave is an address, and nothing that a home would take for markup."""
    return text.startswith(("https://", "http://")) and text.isascii() and text.isprintable() and not set(text) & set(" <>()[]\"'`\\|*")


FRAGMENTS = {Action.OPEN: "", Action.LOG: "#log", Action.AGAIN: "#again", Action.ASK_AGAIN: "#again", Action.END_NOW: "#end"}
