"""Runs at the places where something is to happen to them."""

from tests.faults.crew import MortalWorld


def new(w: MortalWorld) -> str:
    return w.order().id


def approved(w: MortalWorld) -> str:
    run = w.asks("hasty-access", hold_ms=0)
    w.approves("bob", run)
    return run


def approved_and_failing(w: MortalWorld) -> str:
    run = w.asks("hasty-access", hold_ms=0, fail=True)
    w.approves("bob", run)
    return run


def rejected(w: MortalWorld) -> str:
    run = w.asks("hasty-access")
    w.rejects("bob", run)
    return run


def approved_with_children(w: MortalWorld) -> str:
    run = w.asks("team-access", children=2)
    w.approves("bob", run)
    return run


def asked(w: MortalWorld) -> str:
    return w.asks("kept-access")


def granted(w: MortalWorld) -> str:
    run = w.asks("kept-access")
    w.approves("bob", run)
    w.stretch(run)
    return run


def granted_with_children(w: MortalWorld) -> str:
    run = approved_with_children(w)
    w.stretch(run)
    return run
