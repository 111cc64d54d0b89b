"""Composition: from settings to a database, keys, flows, use cases and an engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from uuid_utils import uuid7

from api.auth import Authentication
from api.errors import first_line
from api.health import Health
from api.refusals import RefusedDecisions
from api.route import Edge
from api.settings import Settings, SettingsError
from api.tokens import TokenIssuer
from api.use_cases import UseCases
from core.engine.advance_flow import AdvanceFlow
from core.engine.cancel_flow import CancelFlow
from core.engine.decide_approval import DecideApproval
from core.engine.expire_approvals import ExpireApprovals
from core.engine.find_approvals import FindApprovals
from core.engine.find_executions import FindExecutions
from core.engine.grant_access import AccessProvider, GrantAccess, RecordedAccess
from core.engine.read_logs import ReadLogs
from core.engine.repeats import ForgetRepeats
from core.engine.request_approval import RequestApproval
from core.engine.rerun_flow import RerunFlow
from core.engine.run_flow import RunFlow
from core.engine.settle_elsewhere import SettleElsewhere
from core.engine.stretch import Workshop
from core.errors import Unavailable
from core.flows import access
from core.flows.registry import Registry, build_registry, installed_effects, installed_flows
from core.flows.request_elevated_privileges import request_elevated_privileges
from core.ports import FlowEngine, Vault
from integrations.database.changes import changes_of
from integrations.database.database import SqlDatabase
from integrations.database.migrate import WrongSchema, check_schema, migrate, service_role_of
from integrations.embedded.engine import EmbeddedFlowEngine
from integrations.keys.files import load_keys
from integrations.keys.kinds import KeysError
from integrations.keys.vault import FernetVault
from integrations.webhooks.access import WebhookAccess
from integrations.webhooks.client import WebhookClient

DATA_KEY_MARK = "data key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What there is before anything runs, and all that an operator's command needs."""

    settings: Settings
    database: SqlDatabase
    vault: Vault
    issuer: TokenIssuer

    def close(self) -> None:
        self.database.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What serves: the operations, and the engine behind them."""

    installation: Installation
    use_cases: UseCases
    edge: Edge
    health: Health
    engine: FlowEngine


def open_installation(settings: Settings) -> Installation:
    """Open the database and the keys, or raise SettingsError. A SQLite file is made where there is none, and brought up to date."""
    with _starting():
        if not settings.postgres:
            settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        keys = load_keys(settings.home, may_create=not settings.postgres, data_key=settings.data_key, data_key_file=settings.data_key_file,
                         digest_key=settings.digest_key, digest_key_file=settings.digest_key_file,
                         signing_key_file=settings.signing_key_file)
        database = SqlDatabase(settings.database_url.get_secret_value(), pool_size=settings.pool_size)
        if database.postgres:
            check_schema(database)
        else:
            migrate(database)
        sealed_with = database.recall(DATA_KEY_MARK)
        if sealed_with is None:
            database.remember(DATA_KEY_MARK, keys.check_value())
        elif not keys.can_open(sealed_with):
            raise KeysError("The data key is another than this database was sealed with: put that one back, or name it as the second.")
    issuer = TokenIssuer(signing_key=keys.signing_key, verifying_key=keys.verifying_key, issuer=settings.token_issuer,
                         audience=settings.token_audience)
    return Installation(settings=settings, database=database, vault=FernetVault(keys), issuer=issuer)


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
    """Put the service together. Nothing runs yet."""
    settings, database, vault = installation.settings, installation.database, installation.vault
    registry = bind_flows(database, access_provider(settings))
    workshop = Workshop(database=database, registry=registry, vault=vault, new_id=new_id, lease=settings.lease_time)
    engine = EmbeddedFlowEngine(
        AdvanceFlow(workshop), changes_of(database), slots=settings.slots,
        chores=(ExpireApprovals(database=database).sweep, SettleElsewhere(database=database).sweep, ForgetRepeats(database=database).sweep))
    database.nudge = engine.wake
    authentication = Authentication(database=database, issuer=installation.issuer)
    return Service(
        installation=installation, use_cases=bind_use_cases(settings, database, registry, vault), engine=engine,
        edge=Edge(authenticate=authentication.caller, record_refusal=RefusedDecisions(database=database).record),
        health=Health(database=database, schema_problem=lambda: schema_problem(database), clock_behind=lambda: database.clock.behind))


def bind_flows(database: SqlDatabase, provider: AccessProvider) -> Registry:
    """Collect our flows and those of installed packages, each effect bound to what does it."""
    given = GrantAccess(database=database, provider=provider)
    effects = {access.grant.name: given.grant, access.revoke.name: given.revoke}
    with _starting():
        return build_registry([request_elevated_privileges, *installed_flows()], {**installed_effects(), **effects})


def bind_use_cases(settings: Settings, database: SqlDatabase, registry: Registry, vault: Vault) -> UseCases:
    limit = settings.open_requests_limit
    return UseCases(
        registry=registry,
        run_flow=RunFlow(database=database, registry=registry, vault=vault, new_id=new_id, open_limit=limit),
        rerun_flow=RerunFlow(database=database, registry=registry, vault=vault, new_id=new_id, open_limit=limit),
        cancel_flow=CancelFlow(database=database), find_executions=FindExecutions(database=database), read_logs=ReadLogs(database=database),
        request_approval=RequestApproval(database=database, registry=registry, new_id=new_id, open_limit=limit),
        decide_approval=DecideApproval(database=database), find_approvals=FindApprovals(database=database))


def access_provider(settings: Settings) -> AccessProvider:
    match settings.access_provider:
        case "record":
            return RecordedAccess()
        case "webhook":
            assert settings.access_webhook_url is not None
            return WebhookAccess(settings.access_webhook_url, settings.webhook_secrets, WebhookClient())


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
