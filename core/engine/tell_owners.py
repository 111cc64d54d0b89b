"""The one place where owners are told of something: a row of the audit of high severity, which log, figures and alerts take up."""

from core.domain.audit import Event, as_notice
from core.ports.database import Transaction


def tell_owners(tx: Transaction, event: Event) -> None:
    """Write down what happened so that it stands out."""
    tx.audit.append(as_notice(event))
