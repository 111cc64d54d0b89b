"""What the tests of the engine share: flows made on the spot, and what happens in the middle of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from core.domain.flow_types import FlowType
from core.domain.steps import Retry
from core.flows.context import EffectFunction
from core.flows.registry import Registry, flow
from tests.world import World

AT_ONCE = Retry(tries=1)
PATIENT = Retry(tries=3, first=timedelta(minutes=10), longest=timedelta(hours=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """A flow without parameters."""


def teach(world: World, function: Callable[..., Any], effects: dict[str, EffectFunction] | None = None, *, id: str = "probe",
          parameters: type[Any] = Nothing, **more: Any) -> FlowType:
    """Let the workers of a world know a flow, or the new code of one, and effects."""
    made = flow(id=id, category="other", parameters=parameters, **more)(function)
    known = world.registry
    world.deploy(Registry({**known.flows, made.id: made}, {**known.effects, **(effects or {})}))
    return made


def unlearn(world: World, flow_id: str = "probe") -> None:
    """Let the workers of a world not know a flow any more."""
    known = world.registry
    world.deploy(Registry({name: made for name, made in known.flows.items() if name != flow_id}, known.effects))


@dataclass
class Once:
    """Something that happens when a flow first gets there, and not again when it is called again."""

    act: Callable[[], object]
    happened: bool = field(default=False, init=False)

    def __call__(self) -> None:
        if not self.happened:
            self.happened = True
            self.act()


def stretch(world: World) -> None:
    """Run one stretch of what is due."""
    claim = world.advance.claim()
    assert claim is not None, "nothing is due"
    world.advance.run(claim)


def lease_passes(world: World) -> None:
    world.later(seconds=world.lease.total_seconds() + 1)


def until(happened: Callable[[], bool], seconds: float = 20) -> bool:
    """Wait for what threads do; False if it has not happened by then."""
    end = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def blocked(world: World) -> bool:
    """Wait until another connection to a PostgreSQL waits for a lock."""
    return until(lambda: world.rows(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") != [])
