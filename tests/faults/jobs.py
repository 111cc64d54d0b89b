"""What people and machines do in a process of their own; what clients were told is written down."""

from collections.abc import Callable, Iterator

from core.domain.approvals import Verdict
from core.domain.json import Json
from tests.faults.crew import Crew, Job, MortalWorld


def starts(crew: Crew, flow: str = "hasty-access", **parameters: Json) -> Job:
    def job(w: MortalWorld) -> str:
        run = w.order(flow, **parameters)
        crew.acknowledge(did="run", run=run.id)
        return run.id

    return job


def asks(crew: Crew, times: int, flow: str = "hasty-access", **parameters: Json) -> list[str]:
    """Bring so many runs to their gate; return their ids."""
    return list(crew.does(lambda w: [w.asks(flow, **parameters) for _ in range(times)]))


def has_access(crew: Crew, times: int, flow: str = "kept-access", **parameters: Json) -> list[str]:
    """Bring so many runs to where their access is given; return their ids."""

    def job(w: MortalWorld) -> str:
        run = w.asks(flow, **parameters)
        w.approves("bob", run)
        w.stretch(run)
        return run

    return list(crew.does(lambda w: [job(w) for _ in range(times)]))


def made(crew: Crew, make: Callable[[MortalWorld], str], *, at_once: int = 8) -> Iterator[str]:
    """Make runs, some at a time, for as long as somebody wants them."""
    while True:
        yield from crew.does(lambda w: [make(w) for _ in range(at_once)])


def answers(crew: Crew, run: str, who: str = "bob", verdict: Verdict = Verdict.APPROVE) -> Job:
    def job(w: MortalWorld) -> str:
        approval = w.answers(who, run, verdict).approval
        crew.acknowledge(did="answer", run=run, approval=approval.id, who=w.caller(who).subject, status=approval.status)
        return str(approval.status)

    return job


def cancels(crew: Crew, run: str) -> Job:
    def job(w: MortalWorld) -> int:
        children = w.cancels_id("ann", run)
        crew.acknowledge(did="cancel", run=run)
        return children

    return job


def works_on(run: str) -> Job:
    return lambda w: w.stretch(run)


def status(run: str) -> Job:
    """Read how a run's one question stands."""
    return lambda w: w.rows("SELECT status FROM approvals WHERE execution_id = :id", id=run)[0][0]


def answers_everything(w: MortalWorld) -> None:
    for asked in w.pending():
        w.approves("bob", asked.approval.execution_id)
