"""Composition: from settings to a database, keys, flows, use cases and an engine."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from uuid_utils import uuid7

from api.auth import Authentication
from api.config import read_config, schedules_in
from api.errors import first_line
from api.health import Health
from api.metrics import MetricsPage
from api.refusals import RefusedDecisions
from api.route import Edge
from api.settings import Settings, SettingsError
from api.tokens import TokenIssuer
from api.use_cases import UseCases
from api.watch import Watch, Watcher
from core.domain.schedules import Entry
from core.engine.advance_flow import AdvanceFlow
from core.engine.cancel_flow import CancelFlow
from core.engine.change_schedule import ChangeSchedule
from core.engine.configure_flow import ConfigureFlow
from core.engine.decide_approval import DecideApproval
from core.engine.deploy_release import DeployRelease, ReleaseProvider
from core.engine.expire_approvals import ExpireApprovals
from core.engine.find_approvals import FindApprovals
from core.engine.find_executions import FindExecutions
from core.engine.find_people import FindPeople
from core.engine.find_schedules import FindSchedules
from core.engine.fire_schedules import FireSchedules
from core.engine.grant_access import AccessProvider, GrantAccess, RecordedAccess
from core.engine.load_schedules import LoadSchedules
from core.engine.read_logs import ReadLogs
from core.engine.register_flow import RegisterFlow
from core.engine.relay import Relay
from core.engine.repeats import ForgetRepeats
from core.engine.report_execution import ReportExecution
from core.engine.request_approval import RequestApproval
from core.engine.rerun_flow import RerunFlow
from core.engine.run_flow import RunFlow
from core.engine.settle_elsewhere import SettleElsewhere
from core.engine.stretch import Workshop
from core.engine.track_lock import TrackLock
from core.errors import Unavailable
from core.flows import access, release
from core.flows.context import EffectFunction
from core.flows.execute_release import execute_release
from core.flows.registry import Registry, build_registry, installed_effects, installed_flows
from core.flows.request_a_release_to_release_envs import request_a_release_to_release_envs
from core.flows.request_elevated_privileges import request_elevated_privileges
from core.ports import FlowEngine, Signatures, Vault
from integrations.database.backup import NotWhole, copy_sqlite, dump_command
from integrations.database.changes import changes_of
from integrations.database.database import SqlDatabase as SqlDatabase
from integrations.database.migrate import WrongSchema, check_schema, may_purge, migrate, service_role_of
from integrations.embedded.engine import EmbeddedFlowEngine
from integrations.keys.files import Keys as Keys
from integrations.keys.files import load_keys
from integrations.keys.private_file import KeysError
from integrations.keys.signatures import Ed25519Signatures
from integrations.keys.vault import FernetVault
from integrations.prometheus.metrics import Metrics
from integrations.webhooks.access import WebhookAccess
from integrations.webhooks.client import WebhookClient
from integrations.webhooks.reach import connection_problem
from integrations.webhooks.release import WebhookRelease

NO_RELEASES = "Releases are deployed by webhook: PLACET_RELEASE_WEBHOOK_URL and PLACET_RELEASE_WEBHOOK_SECRET have to be set first."
DATA_KEY_MARK, DIGEST_KEY_MARK = "data key", "digest key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What there is before anything runs, and all that an operator's command needs."""

    settings: Settings
    database: SqlDatabase
    vault: Vault
    issuer: TokenIssuer
    signatures: Signatures

    def close(self) -> None:
        self.database.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What serves: the operations, and the engine behind them."""

    installation: Installation
    use_cases: UseCases
    edge: Edge
    health: Health
    metrics: MetricsPage
    watch: Watch
    engine: FlowEngine


def open_installation(settings: Settings) -> Installation:
    """Open the database and the keys, or raise SettingsError. A SQLite file is made where there is none, and brought up to date."""
    with _starting():
        if not settings.postgres:
            settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = keys_of(settings, may_create=not settings.postgres)
        database = SqlDatabase(settings.database_url.get_secret_value(), pool_size=settings.pool_size)
        if database.postgres:
            check_schema(database)
        else:
            migrate(database)
        _recognise(database, keys)
    issuer = TokenIssuer(signing_key=keys.signing_key, verifying_key=keys.verifying_keys[0], older_key=keys.older_verifying_key,
                         issuer=settings.token_issuer, audience=settings.token_audience)
    return Installation(settings=settings, database=database, vault=FernetVault(keys), issuer=issuer, signatures=Ed25519Signatures(keys))


def existing_keys(settings: Settings) -> Keys:
    """Return the keys as they are, making none; raise SettingsError."""
    with _starting():
        return keys_of(settings, may_create=False)


def existing_database(settings: Settings) -> SqlDatabase | None:
    """Open the database as it is; None for a SQLite file that has not been made yet. Raise SettingsError if it does not answer."""
    with _starting():
        database = None if settings.database_file and not settings.database_file.exists() else SqlDatabase(
            settings.database_url.get_secret_value(), pool_size=2)
        if database is not None:
            with database.read() as tx:
                tx.connection.exec_driver_sql("SELECT 1")
        return database


def finish_rotation(installation: Installation) -> None:
    """Remember the data key in use as the one that all is sealed with: a start without it is refused, one without the older is not."""
    with _starting():
        installation.database.remember(DATA_KEY_MARK, existing_keys(installation.settings).check_value())


def keys_of(settings: Settings, *, may_create: bool) -> Keys:
    return load_keys(
        settings.home, may_create=may_create, data_key=settings.data_key, data_key_file=settings.data_key_file,
        signing_key_file=settings.signing_key_file, digest_key=settings.digest_key, digest_key_file=settings.digest_key_file)


def keys_problem(database: SqlDatabase, keys: Keys) -> str | None:
    """Say why these are not the keys of this database."""
    sealed_with, digests = database.recall(DATA_KEY_MARK), database.recall(DIGEST_KEY_MARK)
    if sealed_with is not None and not keys.can_open(sealed_with):
        return "The data key is another than this database was sealed with: put that one back, or name it as the second."
    if digests in (None, keys.digest_check_value()):
        return None
    if keys.digest_key_kept:
        return "The digest key is another than the digests of this database were made with: put that one back."
    return ("The signing key was changed before the digest key, which hangs on it, was written down: put the old signing key back, keep "
            "what `placet keys digest` prints as PLACET_DIGEST_KEY, and change the signing key then.")


def _recognise(database: SqlDatabase, keys: Keys) -> None:
    """Raise KeysError for keys that are not those of this database; a new one remembers whose it is."""
    problem = keys_problem(database, keys)
    if problem is not None:
        raise KeysError(problem)
    for mark, value in ((DATA_KEY_MARK, keys.check_value()), (DIGEST_KEY_MARK, keys.digest_check_value())):
        if database.recall(mark) is None:
            database.remember(mark, value)


def open_as_owner(settings: Settings) -> Installation:
    """Open the installation in the role that may also remove rows of the audit, or raise SettingsError."""
    owner = settings.migrate_database_url
    installation = open_installation(settings.model_copy(update={"database_url": owner}) if owner else settings)
    if may_purge(installation.database):
        return installation
    installation.close()
    raise SettingsError("The service's role may only add to the audit: give PLACET_MIGRATE_DATABASE_URL, the owner's role, as well.")


def backup_database(settings: Settings, file: Path) -> None:
    """Copy a SQLite database; raise SettingsError, for PostgreSQL with the command that does it there."""
    source = settings.database_file
    if source is None:
        url = make_url(settings.database_url.get_secret_value())
        raise SettingsError(f"A PostgreSQL is backed up by its own tool: {dump_command(url, file)}")
    if not source.exists():
        raise SettingsError(f"There is no {source} to back up.")
    with _starting():
        try:
            copy_sqlite(source, file)
        except FileExistsError:
            raise SettingsError(f"{file} is there already, and nothing is written over.") from None
        except (NotWhole, sqlite3.Error) as error:
            raise SettingsError(f"{source} cannot be backed up ({error}).") from None


def migrate_database(settings: Settings) -> Path | None:
    """Bring the database to this code's schema, as its owner; return the copy that was made of a SQLite file before."""
    service = settings.database_url.get_secret_value()
    owner = settings.migrate_database_url.get_secret_value() if settings.migrate_database_url else service
    with _starting():
        if not settings.postgres:
            settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        database = SqlDatabase(owner, pool_size=2)
        try:
            return migrate(database, service_role=service_role_of(owner, service) if database.postgres else None)
        finally:
            database.close()


def wire(installation: Installation) -> Service:
    """Put the service together, with the schedules of the configuration file. Nothing runs yet."""
    settings, database, vault = installation.settings, installation.database, installation.vault
    registry = bind_flows(settings, database)
    load = LoadSchedules(database=database, registry=registry, vault=vault)
    with _starting():
        load.load(checked_config(settings, load))
    workshop = Workshop(database=database, registry=registry, vault=vault, new_id=new_id, lease=settings.lease_time)
    metrics = Metrics(database)
    watch = Watch([metrics, *traces(settings)])
    engine = EmbeddedFlowEngine(
        AdvanceFlow(workshop), changes_of(database), slots=settings.slots, worked=watch.stretch, deliver=Relay(database=database).deliver,
        chores=(ExpireApprovals(database=database).sweep, SettleElsewhere(database=database).sweep, TrackLock(database=database).sweep,
                ForgetRepeats(database=database).sweep,
                FireSchedules(database=database, registry=registry, vault=vault, new_id=new_id).sweep))
    database.nudge, database.post, database.tell = engine.wake, engine.post, watch.event
    authentication = Authentication(database=database, issuer=installation.issuer)
    return Service(
        installation=installation, metrics=metrics_page(settings, metrics), watch=watch,
        use_cases=bind_use_cases(settings, database, registry, vault), engine=engine,
        edge=Edge(authenticate=authentication.caller, record_refusal=RefusedDecisions(database=database).record),
        health=Health(database=database, schema_problem=lambda: schema_problem(database), clock_behind=lambda: database.clock.behind))


def checked_config(settings: Settings, load: LoadSchedules) -> list[Entry]:
    """Return the schedules of the configuration file, or raise SettingsError with every mistake in it."""
    config = read_config(settings)
    entries = schedules_in(config, load)
    config.refuse_mistakes()
    return entries


def configured(installation: Installation) -> list[Entry]:
    """Return what the configuration file has, for an operator's command; raise SettingsError likewise."""
    settings, database = installation.settings, installation.database
    with _starting():
        return checked_config(settings, LoadSchedules(
            database=database, registry=bind_flows(settings, database), vault=installation.vault))


def config_problem(settings: Settings, database: SqlDatabase, keys: Keys) -> str | None:
    """Say what is wrong with the configuration file, or with the flows that are installed."""
    try:
        registry = bind_flows(settings, database)
        with _starting():
            checked_config(settings, LoadSchedules(database=database, registry=registry, vault=FernetVault(keys)))
    except SettingsError as error:
        return " ".join((str(error), *error.mistakes))
    return None


def bind_flows(settings: Settings, database: SqlDatabase) -> Registry:
    """Collect our flows and those of installed packages, each effect bound to what does it."""
    given, releases = GrantAccess(database=database, provider=access_provider(settings)), release_provider(settings)
    effects: dict[str, EffectFunction] = {access.grant.name: given.grant, access.revoke.name: given.revoke}
    if releases is not None:
        deployed = DeployRelease(database=database, provider=releases)
        effects |= {release.deploy.name: deployed.deploy, release.stop.name: deployed.stop}
    release_flows = (replace(each, missing=NO_RELEASES if releases is None else None)
                     for each in (request_a_release_to_release_envs, execute_release))
    with _starting():
        return build_registry([request_elevated_privileges, *release_flows, *installed_flows()], {**installed_effects(), **effects})


def bind_use_cases(settings: Settings, database: SqlDatabase, registry: Registry, vault: Vault) -> UseCases:
    limit = settings.open_requests_limit
    return UseCases(
        registry=registry,
        run_flow=RunFlow(database=database, registry=registry, vault=vault, new_id=new_id, open_limit=limit),
        rerun_flow=RerunFlow(database=database, registry=registry, vault=vault, new_id=new_id, open_limit=limit),
        cancel_flow=CancelFlow(database=database), find_executions=FindExecutions(database=database), read_logs=ReadLogs(database=database),
        find_people=FindPeople(database=database), configure_flow=ConfigureFlow(database=database, registry=registry),
        request_approval=RequestApproval(database=database, registry=registry, new_id=new_id, open_limit=limit),
        decide_approval=DecideApproval(database=database), find_approvals=FindApprovals(database=database),
        find_schedules=FindSchedules(database=database), change_schedule=ChangeSchedule(database=database),
        register_flow=RegisterFlow(database=database, registry=registry, vault=vault, new_id=new_id),
        report_execution=ReportExecution(database=database, vault=vault), track_lock=TrackLock(database=database))


def access_provider(settings: Settings) -> AccessProvider:
    match settings.access_provider:
        case "record":
            return RecordedAccess()
        case "webhook":
            assert settings.access_webhook_url is not None
            return WebhookAccess(settings.access_webhook_url, settings.webhook_secrets, WebhookClient())


def release_provider(settings: Settings) -> ReleaseProvider | None:
    if settings.release_webhook_url is None:
        return None
    return WebhookRelease(settings.release_webhook_url, settings.release_webhook_secrets, WebhookClient())


def traces(settings: Settings) -> list[Watcher]:
    """Return what sends traces if an address is set; only then are its libraries loaded."""
    if settings.otlp_endpoint is None:
        return []
    from integrations.opentelemetry.traces import Traces

    return [Traces(settings.otlp_endpoint, version("placet"))]


def metrics_page(settings: Settings, metrics: Metrics) -> MetricsPage:
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else None
    return MetricsPage(render=metrics.render, token=token, on_loopback=settings.metrics == "loopback")


def provider_problems(settings: Settings, seconds: float) -> dict[str, str | None]:
    """Say of each outside system that is set, by the name of its setting, why it cannot be reached; None if it can."""
    urls = {"PLACET_ACCESS_WEBHOOK_URL": settings.access_webhook_url, "PLACET_RELEASE_WEBHOOK_URL": settings.release_webhook_url}
    return {name: connection_problem(url, seconds) for name, url in urls.items() if url is not None}


def schema_problem(database: SqlDatabase) -> str | None:
    try:
        check_schema(database)
    except WrongSchema as wrong:
        return str(wrong)
    return None


def new_id() -> str:
    return str(uuid7())


@contextmanager
def _starting() -> Iterator[None]:
    """Turn whatever keeps Placet from starting into a sentence."""
    try:
        yield
    except (KeysError, WrongSchema) as error:
        raise SettingsError(str(error)) from None
    except Unavailable as error:
        raise SettingsError(f"The database does not answer ({first_line(error.__cause__)}): check PLACET_DATABASE_URL.") from None
    except SQLAlchemyError as error:
        raise SettingsError(f"PLACET_DATABASE_URL names no database that can be used ({first_line(error)}).") from None
    except OSError as error:
        raise SettingsError(f"{error.filename or 'A file'} cannot be used ({error.strerror}).") from None
    except ValueError as error:
        raise SettingsError(f"Placet cannot start: {error}.") from None
