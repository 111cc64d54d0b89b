"""A message, from whatever home, to what comes of it: the gates, what it means, who says it, and the use case that it asks for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from bot.ask_by_chat import order, without_secrets
from bot.asking_back import ask_back
from bot.commands import AnswerAll, Approve, Cancel, Clarify, Command, Help, Link, Reject, Request, Status, Withdraw
from bot.gates import Gate, kept_out, unchanged
from bot.grammar import Here, addresses
from bot.homes import Home, HomeAway
from bot.link import MINUTES, PLACE
from bot.outcome import Outcome, note, of, refusal
from bot.replies import reply
from bot.sayings import (
    cancelled,
    edited,
    help_text,
    link_code,
    linked_already,
    not_counted_here,
    not_started,
    started,
    unknown_person,
    withdrawn,
)
from bot.sayings import status as status_of
from bot.scene import Scene, edited_key, look
from bot.show import cards_of
from bot.wordbook import ONLY_ENGLISH, Wordbook
from core.domain.approvals import Approval, Verdict
from core.domain.approvals import Status as ApprovalStatus
from core.domain.logs import clean
from core.domain.messages import PAGE, Asking, Heard, Message
from core.domain.people import Caller, Person, Role, project_key
from core.engine.decide_approval import AnswerRequest, DecideApproval
from core.engine.end_early import EndEarly
from core.engine.open_approval import electorate_of
from core.engine.outside_teams import NO_TEAMS, OutsideTeams
from core.engine.run_flow import RunFlow
from core.engine.withdraw_answer import WithdrawAnswer
from core.errors import CoreError, DirectoryAway, Forbidden, NotAnApprover, NotFound, Unavailable
from core.flows.registry import Registry
from core.ports.database import Database, NewId

LONGEST_KEPT = 4_000  # characters of a message
DISABLED = "Your account is disabled in Placet."


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """`homes`: by provider, who tells whether somebody counts there, and what they wrote. `page`: where the page is, if there is one."""

    database: Database
    registry: Registry
    new_id: NewId
    run_flow: RunFlow
    homes: Mapping[str, Home]
    teams: OutsideTeams = NO_TEAMS
    words: Wordbook = ONLY_ENGLISH
    page: str | None = None

    def handle(self, message: Message, *, caller: Caller | None = None) -> Outcome:
        """Do what a message asks for and keep it; return what is to be said. `caller`: who is signed in, where that is known."""
        outcome = self.consider(message, caller=caller)
        if outcome.heard is None:
            return outcome
        with self.database.begin() as tx:
            return note(tx, outcome)

    def consider(self, message: Message, *, caller: Caller | None = None, again: bool = False) -> Outcome:
        """Do what a message asks for; what is returned is to be noted. `again`: the last try may have been cut off half way.

        Raises HomeAway where a platform does not tell who its author is, and Unavailable; nothing has been decided then.
        """
        kept = kept_out(message)
        if kept is not None:
            return Outcome(ignored=kept)
        scene = look(self.database, message, caller)
        if scene is None:
            return Outcome(ignored=Gate.NOT_SEEN)
        if scene.heard and not again:
            return Outcome(ignored=Gate.HEARD_BEFORE)
        if scene.edited and not scene.heard:
            return Outcome(ignored=Gate.EDITED)
        here = Here(requests=scene.requests(), addressed=message.addressed)
        command = (message.asks or self.words.read(message.text, here, scene.asked_for())) if scene.projects else None
        if not message.created:
            means = isinstance(command, Approve | Reject | AnswerAll | Withdraw | Cancel)
            return self._edited(message, scene) if means else Outcome(ignored=Gate.EDITED)
        if command is None:
            return self._nothing(message, scene)
        heard = self._heard(message, scene)
        if isinstance(command, Request):
            heard = replace(heard, text=without_secrets(command, self.registry) or heard.text)
        match command:
            case Help():
                return Outcome(said=(help_text(self.words.common(scene.asked_for().values()), self.page),), heard=heard)
            case Status(ref=ref):
                shown = scene.open() if ref is None else [a for a in scene.approvals if a.ref == ref]
                return Outcome(said=(status_of(cards_of(self.database, self.registry, scene, shown, self.words)),), heard=heard)
            case Clarify(why=why):
                asks = addresses(message.text, here) or self._may_answer(message, caller, scene)
                return Outcome(said=(ask_back(why),), heard=heard) if asks else self._silence(message, heard)
        person = self._identify(message, caller, scene, command, heard)
        return person if isinstance(person, Outcome) else self._do(command, message, person, scene, heard)

    def _do(self, command: Approve | Reject | AnswerAll | Withdraw | Cancel | Link | Request | Asking, message: Message, caller: Caller,
            scene: Scene, heard: Heard) -> Outcome:
        match command:
            case Approve(ref=ref, digest=digest, reason=reason):
                return self._answer(Verdict.APPROVE, ref, digest, reason, message, caller, scene, heard)
            case Reject(ref=ref, digest=digest, reason=reason):
                return self._answer(Verdict.REJECT, ref, digest, reason, message, caller, scene, heard)
            case AnswerAll():
                return self._answer_all(command, message, caller, scene, heard)
            case Withdraw(ref=ref):
                return self._withdraw(ref, message, caller, scene, heard)
            case Cancel(ref=ref):
                return self._cancel(ref, message, caller, scene, heard)
            case Link():
                return Outcome(said=(linked_already(),), heard=heard)
            case Request() | Asking():
                return self._request(command, message, caller, scene, heard)
        assert_never(command)

    # -- what is asked for --------------------------------------------------------------------------------------------------------

    def _answer(self, verdict: Verdict, ref: str, digest: str | None, reason: str | None, message: Message, caller: Caller, scene: Scene,
                heard: Heard) -> Outcome:
        about = scene.find(ref)
        assert about is not None
        assert caller.person is not None
        heard = replace(of(heard, about), person_id=caller.person.id)
        try:
            now = DecideApproval(database=self.database, teams=self.teams).decide(caller, ref, AnswerRequest(
                verdict=verdict, claimed_email=caller.person.email, name=message.author.name, surface=message.provider, reason=reason,
                digest=digest, message=heard)).approval
        except CoreError as error:
            return self._refused(error, message, about, caller.person, heard)
        counted = any(a.person_id == caller.person.id and a.verdict is verdict and a.withdrawn_at is None for a in now.answers)
        return Outcome(acknowledged=counted)

    def _answer_all(self, command: AnswerAll, message: Message, caller: Caller, scene: Scene, heard: Heard) -> Outcome:
        """Answer each by its ref and digest, as a message of its own; the message itself is kept last."""
        said, counted = [], 0
        for asked in command.requests:
            each = replace(heard, id=self.new_id(), message_id=f"{message.id}/{asked.ref}")
            outcome = self._answer(command.verdict, asked.ref, asked.digest, command.reason, message, caller, scene, each)
            if outcome.heard is not None:
                with self.database.begin() as tx:
                    outcome = note(tx, outcome)
            said += [f"`{asked.ref.lower()}`: {text}" for text in outcome.said]
            counted += outcome.acknowledged
        person = caller.person.id if caller.person else None
        return Outcome(said=("\n".join(said),) if said else (), acknowledged=counted > 0,
                       heard=replace(heard, person_id=person, execution_id=scene.run), settled=counted > 0)

    def _withdraw(self, ref: str, message: Message, caller: Caller, scene: Scene, heard: Heard) -> Outcome:
        about = scene.find(ref)
        assert about is not None
        assert caller.person is not None
        heard = replace(of(heard, about), person_id=caller.person.id)
        try:
            now = WithdrawAnswer(database=self.database).withdraw(caller, ref, heard).approval
        except CoreError as error:
            return self._refused(error, message, about, caller.person, heard)
        return Outcome(said=(withdrawn(about.question, len(now.approvals()), now.required),), acknowledged=True)

    def _cancel(self, ref: str, message: Message, caller: Caller, scene: Scene, heard: Heard) -> Outcome:
        with self.database.read() as tx:
            about = tx.approval_search.by_ref(ref)
        assert caller.person is not None
        if about is None or about.project_id not in scene.projects:
            return Outcome(said=(reply(NotFound("approval")),), heard=replace(heard, person_id=caller.person.id))
        heard = replace(of(heard, about), person_id=caller.person.id)
        try:
            EndEarly(database=self.database).end(caller, ref, heard)
        except CoreError as error:
            return self._refused(error, message, about, caller.person, heard)
        was_approved = about.at(scene.now).status is ApprovalStatus.APPROVED
        return Outcome(said=(cancelled(about.question, approved=was_approved),), acknowledged=True)

    def _request(self, asked: Request | Asking, message: Message, caller: Caller, scene: Scene, heard: Heard) -> Outcome:
        heard = replace(heard, person_id=caller.person.id if caller.person else None)
        try:
            run = self.run_flow.run(caller, order(message, asked, self.registry, scene.projects))
        except Unavailable:
            raise
        except CoreError as error:
            return Outcome(said=(not_started(reply(error)),), heard=heard)
        flow = self.registry.find(run.task_type)
        with self.database.read() as tx:
            opened = next(iter(tx.approval_search.of_run(run.id)), None)
        said = started(flow.name if flow else run.task_type, opened.ref if opened else None)
        return Outcome(said=(said,), acknowledged=True, heard=replace(heard, execution_id=scene.run or run.id))

    # -- who says it --------------------------------------------------------------------------------------------------------------

    def _identify(self, message: Message, caller: Caller | None, scene: Scene, command: Command, heard: Heard) -> Caller | Outcome:
        """Return who says it, as a caller that reaches no further than the place; or why they do not count."""
        if caller is not None:
            return caller
        person = self._known(message)
        if person is not None and person.disabled:
            return self._uncounted("Disabled", not_counted_here(DISABLED), message, scene, command, heard, person)
        if person is None and not isinstance(command, Link):
            said = unknown_person(message.author.login or message.author.name)
            return self._uncounted("UnknownPerson", said, message, scene, command, heard, None)
        changed = self._changed(message, scene)
        if changed is not None:
            return changed
        why = self.homes[message.provider].directory.refusal(message)
        if why is not None:
            return self._uncounted("NotCountedThere", not_counted_here(why), message, scene, command, heard, person)
        if person is None:
            return Outcome(said=(link_code(PLACE, MINUTES, self.page),), heard=heard, codes=True)
        within = frozenset(map(project_key, scene.projects.values()))
        return Caller(subject=person.email, role=Role.OWNER, person=person, projects=within)

    def _changed(self, message: Message, scene: Scene) -> Outcome | None:
        """Read what is about to count once more: what was delivered may have been changed or taken back since, by whoever may do that."""
        now = self.homes[message.provider].history.again(message)
        if now is None:
            return Outcome(ignored=Gate.TAKEN_BACK)
        return None if unchanged(now, message) else self._edited(message, scene)

    def _edited(self, message: Message, scene: Scene) -> Outcome:
        changed = replace(self._heard(message, scene), message_id=edited_key(message)[1])
        return Outcome(ignored=Gate.EDITED, said=(edited(),), heard=changed)

    def _known(self, message: Message) -> Person | None:
        with self.database.read() as tx:
            found = tx.identities.find(message.provider, message.author.id)
        return found[1] if found else None

    def _may_answer(self, message: Message, caller: Caller | None, scene: Scene) -> bool:
        """Tell whether somebody could answer anything that is open there."""
        person = caller.person if caller is not None else self._known(message)
        if person is None or person.disabled:
            return False
        with self.database.read() as tx:
            voters = [electorate_of(tx, approval, (person.id,)) for approval in scene.open()]
        return any(member.person.id == person.id for each in voters for member in each.eligible())

    # -- what does not count ------------------------------------------------------------------------------------------------------

    def _refused(self, error: CoreError, message: Message, about: Approval, person: Person, heard: Heard) -> Outcome:
        """Say why; whoever sees the conversation knows of the request, so that it need not be denied to them."""
        if isinstance(error, DirectoryAway) and message.provider != PAGE:
            raise HomeAway(error.what) from error
        if isinstance(error, Unavailable):
            raise error
        if isinstance(error, NotFound):
            with self.database.read() as tx:
                error = NotAnApprover(about.named(tx.people.owners(about.project_id)).approvers)
        said = reply(error)
        touches = isinstance(error, Forbidden)
        event = refusal(message, about, person, type(error).__name__, said) if touches else None
        return Outcome(said=(said,), heard=heard, event=event)

    def _uncounted(self, name: str, said: str, message: Message, scene: Scene, command: Command, heard: Heard,
                   person: Person | None) -> Outcome:
        about = scene.find(command.ref) if isinstance(command, Approve | Reject | Withdraw | Cancel) else None
        if about is None:
            return Outcome(said=(said,), heard=heard)
        return Outcome(said=(said,), heard=of(heard, about), event=refusal(message, about, person, name, said))

    def _nothing(self, message: Message, scene: Scene) -> Outcome:
        """Say nothing; but write down who answers, at a place that its project is not bound to, what is asked there."""
        foreign = replace(scene, approvals=scene.elsewhere)
        meant = self.words.read(message.text, Here(requests=foreign.requests()), self._named(scene.elsewhere)) if scene.elsewhere else None
        if meant is None or not isinstance(meant, Approve | Reject | AnswerAll | Withdraw | Cancel):
            return self._silence(message, self._heard(message, scene))
        about = next((a for a in scene.elsewhere if not isinstance(meant, AnswerAll) and a.ref == meant.ref), scene.elsewhere[0])
        return Outcome(ignored=Gate.PLACE_NOT_BOUND, heard=of(self._heard(message, scene), about),
                       event=refusal(message, about, None, "PlaceNotBound", ""))

    def _named(self, approvals: Iterable[Approval]) -> dict[str, str]:
        """Return for which project each is asked, by its ref."""
        with self.database.read() as tx:
            found = [(approval.ref, tx.projects.get(approval.project_id)) for approval in approvals]
        return {ref: project.identifier for ref, project in found if project is not None}

    def _silence(self, message: Message, heard: Heard) -> Outcome:
        """What is no answer is kept only on our own page, whose thread it belongs to."""
        return Outcome(heard=heard) if message.provider == PAGE else Outcome()

    def _heard(self, message: Message, scene: Scene) -> Heard:
        return Heard(
            provider=message.provider, message_id=message.id, id=self.new_id(), execution_id=scene.run, approval_id=None,
            conversation=message.conversation, person_id=message.author.id if message.provider == PAGE else None,
            author=clean(message.author.name or message.author.login)[:200], text=clean(message.text[:LONGEST_KEPT]),
            written_at=message.written_at, heard_at=scene.now)
