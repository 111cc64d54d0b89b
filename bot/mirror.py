"""How a run stands, as the issue that it belongs to shows it beside its cards: people were asked about it, or nobody was."""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from bot.bound_places import refuse_unbound
from bot.card_states import standing
from bot.cards import State
from bot.homes import Home, HomeAway, Mirrored, NotThere
from bot.show_card import home_of, silent
from core.domain.conversations import conversations
from core.domain.effects import Announce, Mirror
from core.domain.executions import Status
from core.domain.json import Json
from core.ports.database import Database, Transaction
from core.ports.dispatch import TryLater

MOST_LOOKS = 5  # at one delivery, should the run never rest
BUSY = timedelta(seconds=1)
CLOSES = "closeOnComplete"
log = logging.getLogger("placet.mirror")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is to be seen of a run now. `close`: its issue is done with, as whoever asked has said."""

    project_id: str
    shown: Mirrored
    close: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ToMirrors:
    """`providers`: where there is a mirror."""

    providers: Collection[str]

    def spread(self, tx: Transaction, announce: Announce) -> None:
        run = tx.runs.get(announce.execution_id)
        project = tx.projects.get(run.project_id) if run is not None else None
        if run is None or project is None:
            return
        for conversation in conversations(project.identifier, (run.callback,), (run.work_item,)):
            provider = conversation.partition(":")[0]
            if provider in self.providers:
                tx.outbox.put(Mirror(execution_id=run.id, provider=provider, conversation=conversation), tx.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowStates:
    database: Database
    homes: Mapping[str, Home]

    def show(self, effect: Mirror) -> None:
        """Show it as it is now, until it rests. Raise TryLater where the home does not answer; what it refuses for good is left."""
        home = home_of(self.homes, effect.provider)
        shown: Look | None = None
        for _ in range(MOST_LOOKS):
            now = self._look(effect.execution_id)
            if now is None or now == shown:
                return
            try:
                self._show(home, effect.conversation, now)
            except HomeAway as away:
                raise silent(away) from None
            except NotThere as gone:
                log.error("state.not_shown", extra={"conversation": effect.conversation, "why": gone.why})
                return
            shown = now
        raise TryLater("the run does not rest", BUSY)

    def _show(self, home: Home, conversation: str, now: Look) -> None:
        """A work item may name any issue there is: only where the project is at home is anything changed."""
        if home.mirror is None:
            return
        refuse_unbound(self.database, home, now.project_id, conversation)
        home.mirror.show(conversation, now.shown, close=now.close)

    def _look(self, execution_id: str) -> Look | None:
        with self.database.read() as tx:
            run = tx.runs.get(execution_id)
            if run is None:
                return None
            newest = next(iter(tx.approval_search.of_run(run.id)), None)
            state = standing(newest, run, tx.grants.of_run(run.id)).state
        shown = mirrored(state)
        close = closes(run.callback) and run.status is Status.COMPLETED and shown is Mirrored.DONE
        return Look(project_id=run.project_id, shown=shown, close=close)


def mirrored(state: State) -> Mirrored:
    match state:
        case State.OPEN:
            return Mirrored.WAITING
        case State.RUNNING | State.TAKING_BACK:
            return Mirrored.RUNNING
        case State.FINISHED | State.ENDED_EARLY:
            return Mirrored.DONE
        case State.FAILED | State.PARTIAL:
            return Mirrored.FAILED
        case State.REJECTED:
            return Mirrored.REJECTED
        case State.LAPSED:
            return Mirrored.LAPSED
        case State.CANCELLED | State.STALE:
            return Mirrored.CANCELLED
    assert_never(state)


def closes(callback: Mapping[str, Json] | None) -> bool:
    return callback is not None and callback.get(CLOSES) is True


def mirrors(homes: Iterable[Home]) -> frozenset[str]:
    """Return the providers that have a mirror."""
    return frozenset(home.provider for home in homes if home.mirror is not None)
