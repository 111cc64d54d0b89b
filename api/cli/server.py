"""A server that says when it is there, and before it goes that it will."""

import signal
import socket
import time
from collections.abc import Callable
from types import FrameType

from uvicorn import Config, Server

GOING = 1.0  # seconds in which it still takes requests, so that whoever asks `/readyz` sends the next ones elsewhere


class AnnouncedServer(Server):
    """`going` is called when it is told to stop by SIGTERM; Ctrl-C is by a person, who need not wait. `ending`: then, and in any case."""

    def __init__(self, config: Config, announce: Callable[[], None], going: Callable[[], None], ending: Callable[[], None]):
        super().__init__(config)
        self._announce = announce
        self._going = going
        self._ending = ending
        self._closes_at = 0.0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if sig == signal.SIGTERM and not self.should_exit:
            self._closes_at = time.monotonic() + GOING
            for headers in (self.server_state.default_headers, self.config.encoded_headers):
                headers.append((b"connection", b"close"))
            self._going()
        self._ending()
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) and time.monotonic() >= self._closes_at
