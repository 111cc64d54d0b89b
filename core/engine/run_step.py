"""Do a step of a flow: its row is begun before its effect, and ended after it."""

from dataclasses import replace
from typing import Any

from core.domain.audit import event_of
from core.domain.steps import Kind, Retry, State, Step, effect_key
from core.engine.concealment import conceal, reveal, secrets_in
from core.engine.stretch import Parked, Stretch
from core.flows.context import Effect, EffectFunction, EffectRefused, NamedEffect, NotYet
from core.flows.registry import NoSuchEffect
from core.ports.database import Transaction

DEADLINE = 3  # an effect may take this part of the lease, so that no undo starts while it is under way


def run_step(stretch: Stretch, retry: Retry, key: str, position: int, effect: NamedEffect | EffectFunction, arguments: Any,
             undo: NamedEffect | None, row: Step | None) -> Step:
    """Return the step, done or given up; a try that failed parks the run until the next."""
    stretch.learn(secrets_in(arguments))
    begun = _begin(stretch, key, position, arguments, undo, row)
    call = Effect(key=effect_key(stretch.id, position), seconds=stretch.shop.lease.total_seconds() / DEADLINE, attempt=begun.tries + 1)
    try:
        result = stretch.shop.registry.effect(effect)(reveal(begun.arguments, stretch.open(begun.secrets)), effect=call)
        stretch.learn(secrets_in(result))
        shown, secret = conceal(result, stretch.known_secrets)
    except Exception as error:
        return _failed(stretch, retry, begun, error)
    with stretch.fenced(ended_too=True) as (tx, _):
        done = replace(begun, state=State.DONE, result=shown, result_secrets=stretch.shop.vault.seal(secret), error=None, retry_at=None,
                       tries=call.attempt, ended_at=tx.now())
        stretch.write(tx, done)
        _audit(stretch, tx, "end", done)
    return done


def _begin(stretch: Stretch, key: str, position: int, arguments: Any, undo: NamedEffect | None, row: Step | None) -> Step:
    with stretch.fenced(renew=True) as (tx, held):
        now = tx.now()
        if row is not None and row.retry_at is not None and now < row.retry_at:
            stretch.park(tx, held, row.retry_at)
        else:
            if row is None:
                shown, secret = conceal(arguments, stretch.known_secrets)
                row = Step(position=position, key=key, kind=Kind.STEP, state=State.BEGUN, arguments=shown,
                           secrets=stretch.shop.vault.seal(secret), undo=undo.name if undo else None,
                           effect_key=effect_key(stretch.id, position), begun_at=now)
            stretch.write(tx, row, progress=False)
            _audit(stretch, tx, "begin", row)
            return row
    raise stretch.end(Parked())


def _failed(stretch: Stretch, retry: Retry, begun: Step, error: Exception) -> Step:
    said = stretch.clean(str(error) or type(error).__name__)
    tries = begun.tries + 1
    with stretch.fenced(ended_too=True) as (tx, held):
        now = tx.now()
        if tries >= retry.tries or isinstance(error, EffectRefused | NoSuchEffect):
            given_up = replace(begun, state=State.FAILED, error=said, tries=tries, retry_at=None, ended_at=now)
            stretch.write(tx, given_up)
            stretch.say(tx, f"{begun.key} was given up: {said}", at=now, position=begun.position, attempt=tries, level="ERROR")
            _audit(stretch, tx, "end", given_up)
            return given_up
        wait = retry.wait(tries)
        again = replace(begun, tries=tries, retry_at=now + wait)
        stretch.write(tx, again)
        under_way = isinstance(error, NotYet)
        what = f"{begun.key} is under way" if under_way else f"{begun.key} failed (try {tries} of {retry.tries})"
        stretch.say(tx, f"{what}: {said}; again in {wait.total_seconds():g} s", at=now, position=begun.position, attempt=tries,
                    level="INFO" if under_way else "WARNING")
        stretch.park(tx, held, again.retry_at)
    raise stretch.end(Parked())


def _audit(stretch: Stretch, tx: Transaction, kind: str, step: Step) -> None:
    """Effects that can be undone stand in the audit."""
    if step.undo is not None:
        tx.audit.append(event_of(stretch.execution, kind, step=step.key, state=step.state, effect=step.effect_key, tries=step.tries))
