"""What moves runs, and what tells other processes of it."""

from typing import Protocol


class FlowEngine(Protocol):
    """Decides when and where runs go on."""

    def wake(self, execution_id: str) -> None:
        """Nudge, after a commit: this run is due. A nudge may be lost; the row says the same."""

    def start(self) -> None: ...

    def stop(self) -> None:
        """Claim nothing more, and let what is under way come to the end of its stretch."""


class Changes(Protocol):
    """Tells the processes on one database that something there may be due."""

    def announce(self) -> None:
        """Tell the others, soon; never blocks, never fails."""

    def wait(self, seconds: float) -> None:
        """Return when another process has said something, or after that time."""

    def close(self) -> None: ...
