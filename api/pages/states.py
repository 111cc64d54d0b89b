"""States as a page shows them: a colour's name and a word."""

from bot.cards import Card, State
from core.domain.executions import Status
from core.domain.steps import State as StepState


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
        case Status.FAILED:
            return "no"
        case Status.CANCELLED:
            return "idle"
    return "wait"


def kind_of_step(state: StepState) -> str:
    return {StepState.BEGUN: "now", StepState.DONE: "done", StepState.FAILED: "bad", StepState.UNDONE: "undone"}[state]
