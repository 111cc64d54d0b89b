"""A flow of Prefect's that waits for a yes, run in the bench's own environment. Arguments: the file of marks, how many runs."""

import sys
import time

from prefect import flow, pause_flow_run  # type: ignore[import-not-found]
from prefect.runtime import flow_run  # type: ignore[import-not-found]


def say(*words: object) -> None:
    with open(sys.argv[1], "a") as marks:
        marks.write(" ".join(map(str, words)) + "\n")


@flow  # type: ignore[untyped-decorator]
def wait_for_a_yes() -> None:
    say("waits", flow_run.id)
    pause_flow_run(poll_interval=1, timeout=60)
    say(flow_run.id, time.monotonic())


for _ in range(int(sys.argv[2])):
    wait_for_a_yes()
