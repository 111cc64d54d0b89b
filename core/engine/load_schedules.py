"""Bring the schedules to what the configuration file has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.domain.cron import BadExpression
from core.domain.flow_types import FlowType
from core.domain.parameters import parse_parameters
from core.domain.schedules import Entry, Schedule, check_expression, loaded, planned
from core.engine.run_flow import check_payload
from core.errors import Invalid
from core.flows.registry import Registry
from core.ports.database import Database, Transaction
from core.ports.keys import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """What is wrong with an entry, and with which of its fields."""

    field: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSchedules:
    database: Database
    registry: Registry
    vault: Vault

    def mistakes(self, entries: Sequence[Entry]) -> list[list[Mistake]]:
        """Return for each entry what is wrong with it."""
        with self.database.read() as tx:
            return [list(self._wrong(tx, entry)) for entry in entries]

    def load(self, entries: Sequence[Entry]) -> None:
        """Add, change and remove, in one transaction."""
        with self.database.begin() as tx:
            tx.schedules.keep_only([entry.name for entry in entries])
            for entry in sorted(entries, key=lambda entry: entry.name):
                given = self._schedule(tx, entry)
                if not tx.schedules.add(planned(given, now=tx.now())):
                    stored = tx.schedules.lock(entry.name)
                    assert stored is not None
                    tx.schedules.save(loaded(stored, given, now=tx.now()))

    def _schedule(self, tx: Transaction, entry: Entry) -> Schedule:
        project, flow = tx.projects.find(entry.project), self.registry.flows[entry.flow]
        assert project is not None
        shown, secrets = check_payload(flow, entry.input)
        return Schedule(name=entry.name, project_id=project.id, flow=flow.id, expression=check_expression(entry.expression, now=tx.now()),
                        input=shown, secrets=self.vault.seal(secrets))

    def _wrong(self, tx: Transaction, entry: Entry) -> Iterator[Mistake]:
        try:
            check_expression(entry.expression, now=tx.now())
        except BadExpression as error:
            yield Mistake(field="expression", sentence=f"expression {error}.")
        if tx.projects.find(entry.project) is None:
            yield Mistake(field="project", sentence=f"there is no project {entry.project}: `placet projects add` makes one.")
        flow = self.registry.find(entry.flow)
        if flow is None:
            known = ", ".join(sorted(self.registry.flows))
            yield Mistake(field="flow", sentence=f"there is no flow type {entry.flow}: it is one of {known}.")
        elif flow.missing is not None:
            yield Mistake(field="flow", sentence=flow.missing)
        else:
            yield from _wrong_input(flow, entry)


def _wrong_input(flow: FlowType, entry: Entry) -> Iterator[Mistake]:
    try:
        parse_parameters(flow.fields, entry.input)
        check_payload(flow, entry.input)
    except Invalid as error:
        for problem in error.problems:
            yield Mistake(field="input", sentence=f"input: {problem}")
