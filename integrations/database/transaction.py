"""All stores over one connection."""

from datetime import datetime
from functools import cached_property

from integrations.database.access_keys import SqlAccessKeys
from integrations.database.announcing import NOBODY, Announcing
from integrations.database.approvals import SqlApprovals, SqlApprovalSearch
from integrations.database.audit import SqlAudit
from integrations.database.audit_chains import SqlAuditChains
from integrations.database.audit_purge import SqlAuditPurge
from integrations.database.callbacks import SqlCallbacks, SqlWebhookSecrets
from integrations.database.cards import SqlCards, SqlReminders
from integrations.database.executions import SqlExecutions, SqlFamily, SqlPlaceholders
from integrations.database.figures import SqlFigures
from integrations.database.flow_settings import SqlFlowSettings
from integrations.database.grants import SqlGrants
from integrations.database.groups import SqlGroups
from integrations.database.identities import SqlIdentities
from integrations.database.inbox import SqlInbox
from integrations.database.journal import SqlJournal
from integrations.database.leases import SqlLeases
from integrations.database.link_codes import SqlLinkCodes
from integrations.database.locks import SqlLocks
from integrations.database.logs import SqlLogs
from integrations.database.mails import SqlMails
from integrations.database.messages import SqlMessages
from integrations.database.outbox import SqlOutbox
from integrations.database.people import SqlPeople, SqlPeopleRegister
from integrations.database.places import SqlPlaces
from integrations.database.projects import SqlProjectRegister, SqlProjects
from integrations.database.reconciled import SqlReconciled
from integrations.database.repeats import SqlRepeats
from integrations.database.retention import SqlRetention
from integrations.database.runs import SqlRuns
from integrations.database.schedules import SqlSchedules
from integrations.database.sealed import SqlSealed
from integrations.database.session import Session
from integrations.database.sessions import SqlLoginLinks, SqlSessions
from integrations.database.sight import SqlSight
from integrations.database.stir import SqlStir
from integrations.database.teams import SqlTeamReadings
from integrations.database.tokens import SqlTokens
from integrations.database.tracked_locks import SqlTrackedLocks


class SqlTransaction:
    def __init__(self, session: Session, announcing: Announcing = NOBODY):
        self.session = session
        self._announcing = announcing
        self.connection = session.connection

    def now(self) -> datetime:
        return self.session.now()

    def finish(self) -> None:
        """Write what comes last: the audit, whose heads are locked after everything else, and what is announced of it."""
        self.audit.flush(self._announcing)

    @cached_property
    def leases(self) -> SqlLeases:
        return SqlLeases(self.session)

    @cached_property
    def executions(self) -> SqlExecutions:
        return SqlExecutions(self.session)

    @cached_property
    def family(self) -> SqlFamily:
        return SqlFamily(self.connection)

    @cached_property
    def placeholders(self) -> SqlPlaceholders:
        return SqlPlaceholders(self.connection)

    @cached_property
    def sight(self) -> SqlSight:
        return SqlSight(self.connection)

    @cached_property
    def flow_settings(self) -> SqlFlowSettings:
        return SqlFlowSettings(self.connection)

    @cached_property
    def runs(self) -> SqlRuns:
        return SqlRuns(self.connection)

    @cached_property
    def journal(self) -> SqlJournal:
        return SqlJournal(self.connection)

    @cached_property
    def approvals(self) -> SqlApprovals:
        return SqlApprovals(self.session)

    @cached_property
    def approval_search(self) -> SqlApprovalSearch:
        return SqlApprovalSearch(self.connection)

    @cached_property
    def locks(self) -> SqlLocks:
        return SqlLocks(self.session)

    @cached_property
    def tracked_locks(self) -> SqlTrackedLocks:
        return SqlTrackedLocks(self.connection)

    @cached_property
    def schedules(self) -> SqlSchedules:
        return SqlSchedules(self.session)

    @cached_property
    def outbox(self) -> SqlOutbox:
        return SqlOutbox(self.session)

    @cached_property
    def inbox(self) -> SqlInbox:
        return SqlInbox(self.session)

    @cached_property
    def messages(self) -> SqlMessages:
        return SqlMessages(self.connection)

    @cached_property
    def places(self) -> SqlPlaces:
        return SqlPlaces(self.connection)

    @cached_property
    def link_codes(self) -> SqlLinkCodes:
        return SqlLinkCodes(self.connection)

    @cached_property
    def reconciled(self) -> SqlReconciled:
        return SqlReconciled(self.session)

    @cached_property
    def cards(self) -> SqlCards:
        return SqlCards(self.session)

    @cached_property
    def reminders(self) -> SqlReminders:
        return SqlReminders(self.session)

    @cached_property
    def mails(self) -> SqlMails:
        return SqlMails(self.session)

    @cached_property
    def access_keys(self) -> SqlAccessKeys:
        return SqlAccessKeys(self.connection)

    @cached_property
    def grants(self) -> SqlGrants:
        return SqlGrants(self.connection)

    @cached_property
    def logs(self) -> SqlLogs:
        return SqlLogs(self.connection)

    @cached_property
    def people(self) -> SqlPeople:
        return SqlPeople(self.connection)

    @cached_property
    def identities(self) -> SqlIdentities:
        return SqlIdentities(self.connection)

    @cached_property
    def groups(self) -> SqlGroups:
        return SqlGroups(self.connection)

    @cached_property
    def teams(self) -> SqlTeamReadings:
        return SqlTeamReadings(self.connection)

    @cached_property
    def people_register(self) -> SqlPeopleRegister:
        return SqlPeopleRegister(self.connection)

    @cached_property
    def projects(self) -> SqlProjects:
        return SqlProjects(self.connection)

    @cached_property
    def project_register(self) -> SqlProjectRegister:
        return SqlProjectRegister(self.connection)

    @cached_property
    def tokens(self) -> SqlTokens:
        return SqlTokens(self.connection)

    @cached_property
    def callbacks(self) -> SqlCallbacks:
        return SqlCallbacks(self.connection)

    @cached_property
    def webhook_secrets(self) -> SqlWebhookSecrets:
        return SqlWebhookSecrets(self.connection)

    @cached_property
    def login_links(self) -> SqlLoginLinks:
        return SqlLoginLinks(self.connection)

    @cached_property
    def sessions(self) -> SqlSessions:
        return SqlSessions(self.connection)

    @cached_property
    def stir(self) -> SqlStir:
        return SqlStir(self.connection)

    @cached_property
    def repeats(self) -> SqlRepeats:
        return SqlRepeats(self.connection)

    @cached_property
    def audit(self) -> SqlAudit:
        return SqlAudit(self.session)

    @cached_property
    def audit_chains(self) -> SqlAuditChains:
        return SqlAuditChains(self.connection)

    @cached_property
    def audit_purge(self) -> SqlAuditPurge:
        return SqlAuditPurge(self.connection)

    @cached_property
    def retention(self) -> SqlRetention:
        return SqlRetention(self.connection)

    @cached_property
    def sealed(self) -> SqlSealed:
        return SqlSealed(self.connection)

    @cached_property
    def figures(self) -> SqlFigures:
        return SqlFigures(self.connection)
