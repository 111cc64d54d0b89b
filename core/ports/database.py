"""All stores in one transaction, and where they are kept. Nothing else may be called within one."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from core.ports.approvals import Approvals, ApprovalSearch
from core.ports.audit import Audit, AuditChains, AuditPurge
from core.ports.executions import Executions, Family, Placeholders
from core.ports.figures import Figures
from core.ports.flow_settings import FlowSettings
from core.ports.grants import Grants
from core.ports.journal import Journal, Logs
from core.ports.leases import Leases
from core.ports.locks import Locks, TrackedLocks
from core.ports.outbox import Outbox
from core.ports.people import Identities, People, PeopleRegister, ProjectRegister, Projects
from core.ports.retention import Retention, Sealed
from core.ports.runs import Runs, Sight
from core.ports.schedules import Schedules
from core.ports.tokens import Repeats, Tokens


class Transaction(Protocol):
    """All stores, in one transaction. The clock is the database's; it never goes back."""

    @property
    def leases(self) -> Leases: ...
    @property
    def executions(self) -> Executions: ...
    @property
    def family(self) -> Family: ...
    @property
    def placeholders(self) -> Placeholders: ...
    @property
    def sight(self) -> Sight: ...
    @property
    def flow_settings(self) -> FlowSettings: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def approvals(self) -> Approvals: ...
    @property
    def approval_search(self) -> ApprovalSearch: ...
    @property
    def locks(self) -> Locks: ...
    @property
    def tracked_locks(self) -> TrackedLocks: ...
    @property
    def schedules(self) -> Schedules: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def grants(self) -> Grants: ...
    @property
    def logs(self) -> Logs: ...
    @property
    def people(self) -> People: ...
    @property
    def identities(self) -> Identities: ...
    @property
    def people_register(self) -> PeopleRegister: ...
    @property
    def projects(self) -> Projects: ...
    @property
    def project_register(self) -> ProjectRegister: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def repeats(self) -> Repeats: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def audit_chains(self) -> AuditChains: ...
    @property
    def audit_purge(self) -> AuditPurge: ...
    @property
    def retention(self) -> Retention: ...
    @property
    def sealed(self) -> Sealed: ...
    @property
    def figures(self) -> Figures: ...

    def now(self) -> datetime: ...


class Database(Protocol):
    """Where everything is kept. `begin` and `read` raise Unavailable when it does not answer."""

    def begin(self) -> AbstractContextManager[Transaction]:
        """Open a transaction: committed at the end, rolled back by an exception. Whoever it rang, and whoever delivers what
        it put in the outbox, is nudged after the commit."""

    def read(self) -> AbstractContextManager[Transaction]:
        """Open a reading transaction."""


NewId = Callable[[], str]
