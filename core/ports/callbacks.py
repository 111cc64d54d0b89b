"""Programs that are told of runs, what they are told, and what signs it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.domain.callbacks import Callback, WebhookSecret


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """How a receiver answered; `after`: how much later it wants to be asked again."""

    status: int
    after: timedelta | None = None


class Listener(Protocol):
    """Tells a program something, signed with each secret. Raises TryLater if it cannot be told, or may not be."""

    def tell(self, url: str, message_id: str, body: str, secrets: Sequence[str], seconds: float) -> Heard: ...


class Callbacks(Protocol):
    """What programs are told, until it is gone with its run."""

    def add(self, callback: Callback) -> bool:
        """Keep a message, once for what it tells of and its event; tell whether it is new."""

    def get(self, callback_id: str) -> Callback | None: ...

    def save(self, callback: Callback) -> None:
        """Write down what became of a message."""

    def set_aside(self, limit: int) -> list[Callback]:
        """Return those that nobody tries any more, the newest first."""

    def given_up(self) -> int:
        """Count them, but for those whose receiver wants to hear nothing more."""

    def close(self, execution_id: str, at: datetime, reason: str) -> None:
        """Tell nobody anything of a run any more."""

    def closed(self, execution_id: str) -> bool: ...


class WebhookSecrets(Protocol):
    """What signs callbacks, sealed."""

    def add(self, secret: WebhookSecret) -> None: ...

    def of_run(self, execution_id: str) -> list[WebhookSecret]: ...

    def of_project(self, project_id: str) -> list[WebhookSecret]:
        """Return those that sign where a run has none of its own, the oldest first."""

    def drop(self, secret_id: str) -> None: ...
