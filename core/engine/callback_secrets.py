"""What signs the callbacks of a run: its own secret, else its project's."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from core.domain.callbacks import WebhookSecret, address_of
from core.domain.executions import Execution
from core.domain.json import Json
from core.errors import Invalid
from core.ports.database import NewId, Transaction
from core.ports.keys import Vault

NAME = "secret"


def refuse_unsigned(tx: Transaction, project_id: str, callback: Mapping[str, Json] | None, secret: str | None) -> None:
    """Raise Invalid for a callback that nothing would sign."""
    if address_of(callback) is not None and secret is None and not tx.webhook_secrets.of_project(project_id):
        raise Invalid(("The callback brings no secret, and the project has none: `placet projects webhook-secret new` makes one.",))


def keep_secret(tx: Transaction, vault: Vault, new_id: NewId, execution: Execution, secret: str | None) -> None:
    if secret is not None:
        tx.webhook_secrets.add(sealed_secret(vault, new_id, execution.project_id, execution.id, secret, execution.created_at))


def sealed_secret(vault: Vault, new_id: NewId, project_id: str, execution_id: str | None, secret: str, at: datetime) -> WebhookSecret:
    return WebhookSecret(id=new_id(), project_id=project_id, execution_id=execution_id, sealed=str(vault.seal({NAME: secret})), made_at=at)


def keep_same_secrets(tx: Transaction, new_id: NewId, earlier: Execution, again: Execution) -> None:
    """Let a rerun, which keeps the callback, be signed as the run was."""
    for each in tx.webhook_secrets.of_run(earlier.id):
        tx.webhook_secrets.add(replace(each, id=new_id(), execution_id=again.id, made_at=again.created_at))


def secrets_of(tx: Transaction, vault: Vault, execution: Execution) -> Sequence[str]:
    found = tx.webhook_secrets.of_run(execution.id) or tx.webhook_secrets.of_project(execution.project_id)
    return [str(vault.open(each.sealed)[NAME]) for each in found]
