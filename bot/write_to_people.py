"""Who is to be told of something by mail: whoever may answer a request, once, and whoever asked, how it went and how it ended."""

from dataclasses import dataclass
from datetime import timedelta

from bot.announce import OVER, concerned, tells
from core.domain.approvals import Approval, Status
from core.domain.effects import Announce
from core.domain.people import Person, email_key
from core.engine.open_approval import electorate_of
from core.ports.database import NewId, Transaction
from core.ports.mail import Kind, Note

QUIET = timedelta(seconds=20)  # without anything new for a person, before they are written to
LONGEST = timedelta(minutes=1)  # that the first of several waits for the others


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPeople:
    """Puts notes, in the transaction that it is given; a mail is made of them when it is sent."""

    new_id: NewId
    quiet: timedelta = QUIET
    longest: timedelta = LONGEST

    def spread(self, tx: Transaction, announce: Announce) -> None:
        found = {(person.id, approval.id, kind) for approval in concerned(tx, announce) for person, kind in _told(tx, approval, announce)}
        for person_id, approval_id, kind in sorted(found):  # in one order, so that no two transactions wait for each other
            if not tx.mails.is_off(person_id):
                tx.mails.add(Note(id=self.new_id(), person_id=person_id, approval_id=approval_id, kind=kind), quiet=self.quiet,
                             longest=self.longest)


def waits_for(tx: Transaction, approval: Approval) -> list[Person]:
    """Return who may answer a request now and has not: everybody by name, whoever asks or benefits left out."""
    answered = {answer.person_id for answer in approval.answers if answer.withdrawn_at is None}
    return [member.person for member in electorate_of(tx, approval).eligible() if member.person.id not in answered]


def requester_of(tx: Transaction, approval: Approval) -> Person | None:
    """Return who asked, as far as they still belong to the project and are not disabled; None where that is a program."""
    known = [approval.requester_id] if approval.requester_id is not None else []
    emails = [] if known else [approval.requested_by]
    members = tx.people.members(approval.project_id, people=known, emails=emails)
    asked = (m.person for m in members.values() if m.person.id in known or email_key(m.person.email) in map(email_key, emails))
    return next((person for person in asked if not person.disabled), None)


def _told(tx: Transaction, approval: Approval, announce: Announce) -> list[tuple[Person, Kind]]:
    if announce.event == "ask":
        return [(person, Kind.WAITS) for person in waits_for(tx, approval)] if approval.status is Status.PENDING else []
    person = requester_of(tx, approval) if tells(approval, announce) else None
    return [(person, Kind.OVER if announce.event == OVER else Kind.ANSWERED)] if person is not None else []
