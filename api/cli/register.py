"""What an operator changes: people, projects, tokens. Each change is one transaction with its audit row."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from api.cli.problems import Code, Problem
from bot.link import hash_of
from core.domain.audit import Event
from core.domain.effects import ShowCard
from core.domain.identities import GITHUB, Identity, is_github_identity, is_oidc_subject
from core.domain.json import Json
from core.domain.messages import Place
from core.domain.people import Member, Person, Project, Role, email_key, is_email
from core.engine.sign_in import SignIn
from core.ports.database import Database, NewId, Transaction
from core.ports.tokens import MintedToken

MOST_REPLAYED = MOST_SHOWN = 1_000
LONGEST_LIFE, LONGEST_NAME = timedelta(days=366), 200
_PROJECT = re.compile(r"[A-Za-z0-9._-]{1,100}(/[A-Za-z0-9._-]{1,100}){0,3}")
_PLACE = re.compile(r"[a-z][a-z0-9-]{0,39}:[A-Za-z0-9._/@%+-]{1,300}")
_APPLICATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenOrder:
    """For whom a token is, and what it may do: it narrows what the person or application may."""

    person: str | None = None
    application: str | None = None
    role: Role = Role.OWNER
    projects: tuple[str, ...] | None = None
    execution: str | None = None
    act_for: bool = False
    break_glass: bool = False
    life: timedelta = timedelta(hours=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLink:
    """A way to the page, on it. Whoever has it is that person."""

    email: str
    path: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """`operator` is who works at this machine, as the audit names them."""

    database: Database
    new_id: NewId
    operator: str

    def add_person(self, email: str, name: str) -> Person:
        if not is_email(email):
            raise Problem(f"{email!r} is no e-mail address.")
        if len(name) > LONGEST_NAME or not name.isprintable():
            raise Problem(f"A name is up to {LONGEST_NAME} characters, on one line.")
        with self.database.begin() as tx:
            if tx.people.find(email):
                raise Problem(f"{email} is there already: `placet people list` shows everybody.", Code.REFUSED)
            person = Person(id=self.new_id(), email=email, name=name)
            tx.people_register.add(person)
            self.audit(tx, "add-person", {"email": email, "name": name})
        return person

    def disable_person(self, email: str, disabled: bool) -> Person:
        with self.database.begin() as tx:
            person = get_person(tx, email)
            if person.disabled is not disabled:
                tx.people_register.disable(person.id, disabled)
                tx.sessions.end_all(person.id, tx.now())
                self.audit(tx, "disable-person" if disabled else "enable-person", {"email": person.email})
        return replace(person, disabled=disabled)

    def login_link(self, email: str) -> NewLink:
        """Make a link that signs a person in, once."""
        with self.database.begin() as tx:
            person = get_person(tx, email)
            if person.disabled:
                raise Problem(f"{person.email} is disabled: `placet people enable {person.email}` comes first.", Code.REFUSED)
            text, link = SignIn(database=self.database, new_id=self.new_id).link(tx, person)
            self.audit(tx, "login-link", {"email": person.email})
        return NewLink(email=person.email, path=f"/sign-in?link={text}", expires_at=link.expires_at)

    def switch_mail(self, email: str, *, off: bool) -> Person:
        """Turn a person's mail off or on."""
        with self.database.begin() as tx:
            person = get_person(tx, email)
            if tx.mails.switch(person.id, off=off):
                self.audit(tx, "mail", {"email": person.email, "off": off})
        return person

    def link(self, email: str, provider: str, external_id: str, login: str | None = None) -> Identity:
        """Say who a person is at a provider; whoever had that login before has it no more."""
        if provider == GITHUB and not (login is not None and is_github_identity(external_id, login)):
            raise Problem(f"{external_id!r} and {login or ''!r} name nobody there: give the account's number, and its login.")
        if provider != GITHUB and not (login is None and is_oidc_subject(external_id)):
            raise Problem(f"{external_id!r} names nobody there: give what the issuer's tokens have as `sub`, and nothing more.")
        with self.database.begin() as tx:
            person, before = get_person(tx, email), tx.identities.find(provider, external_id)
            if before is not None and before[1].id != person.id:
                raise Problem(f"{provider} {external_id} is {before[1].email}: "
                              f"`placet people unlink {provider} {external_id}` comes first.", Code.REFUSED)
            identity = Identity(provider=provider, external_id=external_id, person_id=person.id, login=login, linked_at=tx.now())
            tx.identities.link(identity)
            self.audit(tx, "link-person", {"email": person.email, "provider": provider, "id": external_id, "login": login})
        return identity

    def link_by_code(self, email: str, code: str) -> Identity:
        """Say who a person is where they were given a code, which is used up."""
        with self.database.begin() as tx:
            person, now = get_person(tx, email), tx.now()
            given = tx.link_codes.use(hash_of(code), person.id, now)
            if given is None:
                raise Problem("There is no such code, or its time is over, or it was used: the person asks for another with `link`.",
                              Code.REFUSED)
            before = tx.identities.find(given.provider, given.external_id)
            if before is not None and before[1].id != person.id:
                raise Problem(f"{given.provider} {given.external_id} is {before[1].email}: "
                              f"`placet people unlink {given.provider} {given.external_id}` comes first.", Code.REFUSED)
            identity = Identity(
                provider=given.provider, external_id=given.external_id, person_id=person.id, login=given.login, linked_at=now)
            tx.identities.link(identity)
            self.audit(tx, "link-person", {
                "email": person.email, "provider": given.provider, "id": given.external_id, "login": given.login, "byCode": True})
        return identity

    def unlink(self, provider: str, external_id: str) -> Person:
        with self.database.begin() as tx:
            found = tx.identities.find(provider, external_id)
            if found is None:
                raise Problem(f"{provider} {external_id} is nobody here: `placet people links` shows who is.", Code.REFUSED)
            tx.identities.unlink(provider, external_id)
            self.audit(tx, "unlink-person", {"email": found[1].email, "provider": provider, "id": external_id})
        return found[1]

    def add_project(self, identifier: str, owners: Sequence[str]) -> Project:
        if not _PROJECT.fullmatch(identifier):
            raise Problem(f"{identifier!r} is no project: it is named like acme/app, in letters, digits and . _ -")
        with self.database.begin() as tx:
            if tx.projects.find(identifier):
                raise Problem(f"The project {identifier} is there already: `placet projects show {identifier}` shows it.", Code.REFUSED)
            project = Project(id=self.new_id(), identifier=identifier)
            tx.project_register.add(project)
            self.audit(tx, "add-project", {"project": identifier}, project)
            for owner in owners:
                self._admit(tx, project, get_person(tx, owner), Role.OWNER)
        return project

    def admit(self, identifier: str, email: str, role: Role) -> Member:
        with self.database.begin() as tx:
            project, person = get_project(tx, identifier), get_person(tx, email)
            self._admit(tx, project, person, role)
        return Member(person=person, role=role)

    def _admit(self, tx: Transaction, project: Project, person: Person, role: Role) -> None:
        tx.project_register.admit(project.id, person.id, role)
        self.audit(tx, "admit-person", {"email": person.email, "role": role.value}, project)

    def remove(self, identifier: str, email: str) -> None:
        with self.database.begin() as tx:
            project, person = get_project(tx, identifier), get_person(tx, email)
            if project.id not in tx.people.roles(person.id):
                raise Problem(f"{email} is not in {identifier}: `placet projects show {identifier}` shows who is.", Code.REFUSED)
            tx.project_register.admit(project.id, person.id, None)
            self.audit(tx, "remove-person", {"email": person.email}, project)
            for name in tx.groups.of(project.id):
                if tx.groups.expel(project.id, name, person.id):
                    self.audit(tx, "expel-from-group", {"group": name, "email": person.email}, project)

    def bind(self, identifier: str, place: str) -> Place:
        """Say where a project is at home; what could not be shown for it until now is tried once more."""
        with self.database.begin() as tx:
            project = get_project(tx, identifier)
            bound = _place(place, project)
            if not tx.places.bind(bound, tx.now()):
                raise Problem(f"{identifier} is at home at {place} already: `placet projects places` shows where.", Code.REFUSED)
            self.audit(tx, "bind-place", {"place": place}, project)
            for card in tx.cards.unshown(MOST_SHOWN, project.id):
                tx.cards.release(card.approval_id, card.conversation)
                tx.outbox.put(ShowCard(execution_id=card.execution_id, approval_id=card.approval_id,
                                       provider=card.conversation.partition(":")[0], conversation=card.conversation), tx.now())
        return bound

    def unbind(self, identifier: str, place: str) -> Place:
        with self.database.begin() as tx:
            project = get_project(tx, identifier)
            bound = _place(place, project)
            if not tx.places.unbind(bound):
                raise Problem(f"{identifier} is not at home at {place}: `placet projects places` shows where it is.", Code.REFUSED)
            self.audit(tx, "unbind-place", {"place": place}, project)
        return bound

    def replay(self, inbox_id: str | None) -> list[str]:
        """Let a delivery be handled again, or all that were set aside; return their ids."""
        with self.database.begin() as tx:
            wanted = [inbox_id] if inbox_id is not None else [f.id for f in tx.inbox.list(set_aside=True, limit=MOST_REPLAYED)]
            replayed = [each for each in wanted if tx.inbox.replay(each)]
            if inbox_id is not None and not replayed:
                raise Problem(f"There is no delivery {inbox_id}: `placet inbox list` shows what is not handled.", Code.REFUSED)
            if replayed:
                self.audit(tx, "replay-deliveries", {"deliveries": replayed})
        return replayed

    def remember_token(self, order: TokenOrder) -> MintedToken:
        """Check an order and write its token down; only then is its text accepted."""
        if not timedelta() < order.life <= LONGEST_LIFE:
            raise Problem(f"A token lasts up to {LONGEST_LIFE.days * 24} hours.")
        if (order.person is None) is (order.application is None):
            raise Problem("A token is for a person or for an application: give --person EMAIL or --application NAME.")
        if order.execution is not None and order.application is None:
            raise Problem("--execution narrows an application's token: give --application NAME with it.")
        if (order.act_for or order.break_glass) and (order.person is None or order.role is not Role.OWNER):
            raise Problem("--act-for and --break-glass are rights of an owner: give --person EMAIL and --role owner with them.")
        with self.database.begin() as tx:
            projects = None if order.projects is None else tuple(get_project(tx, p).identifier for p in order.projects)
            if order.execution is not None and tx.runs.get(order.execution) is None:
                raise Problem(f"There is no run {order.execution}: give its whole id.", Code.REFUSED)
            now, role = tx.now(), Role.APPLICATION if order.application else order.role
            token = MintedToken(
                id=self.new_id(), subject=_subject(tx, order), role=role, projects=projects, created_at=now, expires_at=now + order.life,
                act_for=order.act_for, break_glass=order.break_glass, execution=order.execution)
            tx.tokens.add(token)
            self.audit(tx, "mint-token", {
                "token": token.id, "subject": token.subject, "role": token.role.value, "execution": order.execution,
                "projects": list(projects) if projects is not None else None, "actFor": token.act_for, "breakGlass": token.break_glass})
        return token

    def revoke_tokens(self, id_or_subject: str) -> list[MintedToken]:
        """Revoke one token by its id, or all of a person or application; return those that were still accepted."""
        with self.database.begin() as tx:
            now = tx.now()
            named = [t for t in tx.tokens.list() if t.id == id_or_subject or email_key(t.subject) == email_key(id_or_subject)]
            live = [t for t in named if t.revoked_at is None and t.expires_at > now]
            for token in live:
                tx.tokens.revoke(token.id, now)
                self.audit(tx, "revoke-token", {"token": token.id, "subject": token.subject})
        return live

    def note(self, kind: str, facts: Mapping[str, Json]) -> None:
        """Write down what an operator did that is not a change of people, projects or tokens."""
        with self.database.begin() as tx:
            self.audit(tx, kind, facts)

    def audit(self, tx: Transaction, kind: str, facts: Mapping[str, Json], project: Project | None = None) -> None:
        """Say in the audit what an operator did, in the transaction that does it."""
        project_id = project.id if project else ""
        tx.audit.append(Event(kind=kind, actor="placet", project_id=project_id, facts={"operator": self.operator, **facts}))


def _place(place: str, project: Project) -> Place:
    provider = place.partition(":")[0]
    if not _PLACE.fullmatch(place):
        raise Problem(f"{place!r} is no place: it is named by its platform and what stays there, like github:1234/5678.")
    return Place(provider=provider, place=place, project_id=project.id)


def get_person(tx: Transaction, email: str) -> Person:
    person = tx.people.find(email)
    if person is None:
        raise Problem(f"Nobody here has the address {email}: `placet people add {email}` makes them known.", Code.REFUSED)
    return person


def get_project(tx: Transaction, identifier: str) -> Project:
    project = tx.projects.find(identifier)
    if project is None:
        raise Problem(f"There is no project {identifier}: `placet projects add {identifier}` makes it.", Code.REFUSED)
    return project


def _subject(tx: Transaction, order: TokenOrder) -> str:
    if order.application is not None:
        if not _APPLICATION.fullmatch(order.application):
            raise Problem(f"{order.application!r} names no application: letters, digits and . _ -, up to 100.")
        return order.application
    person = get_person(tx, str(order.person))
    if person.disabled:
        raise Problem(f"{person.email} is disabled: `placet people enable {person.email}` comes first.", Code.REFUSED)
    return person.email
