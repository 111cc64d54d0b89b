"""Many callers at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def at_once(times: int, call: Callable[[], T]) -> list[T]:
    """Call so many times from as many threads, which start together."""
    start = Barrier(times)

    def wait_and_call() -> T:
        start.wait()
        return call()

    with ThreadPoolExecutor(times) as pool:
        return [each.result() for each in [pool.submit(wait_and_call) for _ in range(times)]]
