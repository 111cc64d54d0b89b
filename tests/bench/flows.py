"""The flow that the bench waits for: installed in the service as any other package's flow is."""

import os
import time
from dataclasses import dataclass
from typing import Any

from core.domain.json import Json
from core.flows.context import Effect, FlowContext
from core.flows.registry import flow

FLOW = "bench-wait"
MARKS = "BENCH_MARKS"  # names the file that the step writes to


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    pass


def went_on(arguments: Any, effect: Effect) -> None:
    """Write down when this began, by a clock that all processes share."""
    now = time.monotonic()
    with open(os.environ[MARKS], "a") as marks:
        marks.write(f"{effect.key.partition(':')[0]} {now}\n")


@flow(id=FLOW, category="other", parameters=Nothing)
def wait_for_a_yes(ctx: FlowContext, nothing: Nothing) -> dict[str, Json]:
    """Wait for a yes, and take one step."""
    ctx.approval("go on")
    ctx.step("go-on", went_on)
    return {}
