"""A look at the work of an installation: what waits for long, what was given up, and what to do about it."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from api.finding import Finding, State
from api.wiring.installation import SqlDatabase
from core.engine.undo_step import ALERT_AFTER

LONG_DUE = timedelta(minutes=10)
MOST = 100
CALL_BACK = "call-back"  # as the outbox names it


def look_at_work(database: SqlDatabase) -> Iterator[Finding]:
    with database.read() as tx:
        waiting = Counter(flow for _, flow in tx.leases.unclaimed({}, LONG_DUE, MOST))
        stuck = tx.figures.stuck_undos(ALERT_AFTER, MOST)
    for flow, runs in waiting.items():
        yield Finding(about="engine", state=State.WRONG, said=f"{_runs(runs)} of {flow} due for more than 10 minutes, claimed by nobody.",
                      cure=f"Start `placet serve`; if it runs, it has no flow {flow}: install the package that has it, or cancel them.")
    for undo in stuck:
        run = undo.execution_id
        yield Finding(about="engine", state=State.WRONG, said=f"{undo.key} of run {run} was not taken back in {undo.tries} tries.",
                      cure=f"`placet flows logs {run}` says why. It goes on trying; take the access away by hand if it is urgent.")
    yield from _pipelines(database)
    yield from _inbox(database)
    yield from _callbacks(database)
    yield from _cards(database)
    if not waiting and not stuck:
        yield Finding(about="engine", state=State.OK, said="Nothing due waits for long, and nothing fails to be taken back.")


def _pipelines(database: SqlDatabase) -> Iterator[Finding]:
    with database.read() as tx:
        long_ago = tx.now() - LONG_DUE
        waiting, silent = tx.figures.undelivered(long_ago, MOST), Counter(flow for _, flow in tx.figures.unreported(long_ago, MOST))
    for each in waiting:
        why = f" ({each.error})" if each.error else ""
        if each.kind == CALL_BACK:
            yield Finding(about="callbacks", state=State.NOTE,
                          said=f"A callback of run {each.execution_id} was not delivered in {each.tries} tries{why}.",
                          cure="Look after its receiver. It is tried again for three days; the run goes on meanwhile.")
            continue
        yield Finding(about="pipelines", state=State.WRONG,
                      said=f"{each.kind} of run {each.execution_id} was not delivered in {each.tries} tries{why}.",
                      cure="Look after whoever has to take it. It is tried again by itself; `placet flows cancel` ends the run.")
    for flow, runs in silent.items():
        yield Finding(about="pipelines", state=State.NOTE, said=f"{_runs(runs)} of {flow} handed over, without any report for 10 minutes.",
                      cure="Look at the pipeline, and whether it may report: it needs an application's token. In the end the run fails.")


def _inbox(database: SqlDatabase) -> Iterator[Finding]:
    with database.read() as tx:
        set_aside = tx.inbox.list(set_aside=True, limit=MOST)
    if set_aside:
        yield Finding(about="inbox", state=State.WRONG,
                      said=f"Deliveries that were given up: {len(set_aside)}; the first because {set_aside[0].error}.",
                      cure="`placet inbox list --set-aside` shows them; once the cause is gone, `placet inbox replay --all`.")


def _callbacks(database: SqlDatabase) -> Iterator[Finding]:
    with database.read() as tx:
        count = tx.callbacks.given_up()
    if count:
        yield Finding(about="callbacks", state=State.NOTE,
                      said=f"Callbacks that nobody tries to deliver any more: {count}.",
                      cure="`placet callbacks list` says why; once their receiver answers, `placet callbacks replay ID`.")


def _cards(database: SqlDatabase) -> Iterator[Finding]:
    with database.read() as tx:
        unshown = tx.cards.unshown(MOST)
    for why, cards in Counter(each.why for each in unshown).items():
        yield Finding(about="conversations", state=State.WRONG,
                      said=f"Open requests that are not shown where they are discussed: {cards}; {why}.",
                      cure="If that is its project's place, bind it: they are shown then. They can be answered elsewhere meanwhile.")


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{MOST} runs or more" if count >= MOST else f"{count} runs"
