"""States as a page shows them: a colour's name and a word."""

from bot.cards import Card, State
from core.domain.executions import Status

WORDS = {Status.PENDING: "About to start", Status.RUNNING: "Running", Status.SUSPENDED: "Waiting for approval", Status.COMPLETED: "Done",
         Status.PARTIAL: "Partly done", Status.FAILED: "Failed", Status.CANCELLED: "Cancelled"}


def kind_of(card: Card) -> str:
    match card.state:
        case State.OPEN | State.RUNNING | State.TAKING_BACK:
            return "wait"
        case State.FINISHED | State.PARTIAL:
            return "yes"
        case State.FAILED | State.REJECTED:
            return "no"
    return "idle"


def kind_of_run(status: Status) -> str:
    match status:
        case Status.COMPLETED:
            return "yes"
        case Status.FAILED | Status.PARTIAL:
            return "no"
        case Status.CANCELLED | Status.PENDING:
            return "idle"
    return "wait"
