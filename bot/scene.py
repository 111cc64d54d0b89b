"""What is and was asked where a message stands, as it is now."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.commands import Asked
from bot.gates import written_after
from core.domain.approvals import Approval, Risk, Status
from core.domain.messages import PAGE, Message
from core.domain.people import Caller
from core.engine.sight import find_execution
from core.ports.database import Database, Transaction

PAGE_KEY = f"{PAGE}:"
REMEMBERED = timedelta(days=8)  # longer than any request may stay open, and a day
MOST_ENDED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`approvals`: what is asked there, the open ones first. `elsewhere`: what is asked there for projects that the place is not bound to.

    `run`: the one whose page it is. `projects`: those that are at home there, by id. `heard`: the message was heard before; `edited`: it
    was changed into an answer, as was heard then, whatever time it bears.
    """

    now: datetime
    heard: bool
    edited: bool
    projects: Mapping[str, str]
    approvals: tuple[Approval, ...]
    elsewhere: tuple[Approval, ...] = ()
    run: str | None = None

    def requests(self) -> tuple[Asked, ...]:
        return tuple(map(self._asked, self.approvals))

    def asked_for(self) -> dict[str, str]:
        """Return for which project each is asked, by its ref; where nothing is, the projects that are at home there."""
        return {a.ref: self.projects[a.project_id] for a in self.approvals} or dict(self.projects)

    def open(self) -> tuple[Approval, ...]:
        return tuple(a for a in self.approvals if a.at(self.now).status is Status.PENDING)

    def find(self, ref: str) -> Approval | None:
        return next((a for a in self.approvals if a.ref == ref), None)

    def _asked(self, approval: Approval) -> Asked:
        return Asked(ref=approval.ref, digest=approval.digest, title=approval.question or approval.ref, requester=approval.requested_by,
                     high_risk=approval.risk is Risk.HIGH, open=approval.at(self.now).status is Status.PENDING)


def edited_key(message: Message) -> tuple[str, str]:
    """Return under which key it is kept that a message was changed into an answer."""
    return message.provider, f"{message.id}#edited"


def look(database: Database, message: Message, caller: Caller | None) -> Scene | None:
    """Read what a message may be about; None for a page's conversation that its writer does not see."""
    with database.read() as tx:
        now, known = tx.now(), tx.messages.heard([message.key, edited_key(message)])
        heard = message.key in known
        if message.provider == PAGE:
            return _on_page(tx, message, caller, now, heard)
        bound = [tx.projects.get(each) for each in sorted(tx.places.projects(message.provider, message.place))]
        projects = {project.id: project.identifier for project in bound if project is not None}
        found = [*tx.approval_search.discussed_at((message.conversation,), now),
                 *_still_named(tx, tx.approval_search.ended_there(message.conversation, now - REMEMBERED, now, MOST_ENDED))]
        after = [a for a in found if written_after(message, a.requested_at)]
        return Scene(now=now, heard=heard, edited=edited_key(message) in known, projects=projects,
                     approvals=tuple(a for a in after if a.project_id in projects),
                     elsewhere=tuple(a for a in after if a.project_id not in projects))


def _on_page(tx: Transaction, message: Message, caller: Caller | None, now: datetime, heard: bool) -> Scene | None:
    if caller is None or caller.person is None or caller.person.id != message.author.id:
        return None
    seen = find_execution(tx, caller, message.conversation.removeprefix(PAGE_KEY))
    if seen is None:
        return None
    found = [a for a in tx.approval_search.of_run(seen.execution.id) if written_after(message, a.requested_at)]
    found.sort(key=lambda a: a.at(now).status is not Status.PENDING)
    ended = {a.id for a in _still_named(tx, [a for a in found if a.at(now).status is not Status.PENDING])}
    approvals = tuple(a for a in found if a.at(now).status is Status.PENDING or a.id in ended)
    return Scene(now=now, heard=heard, edited=False, projects={seen.project.id: seen.project.identifier}, approvals=approvals,
                 run=seen.execution.id)


def _still_named(tx: Transaction, ended: Iterable[Approval]) -> list[Approval]:
    """Leave out those whose ref has come to mean a newer request."""
    newest = ((approval, tx.approval_search.by_ref(approval.ref)) for approval in ended)
    return [approval for approval, named in newest if named is not None and named.id == approval.id]
