"""A server that says when it is there."""

import socket
from collections.abc import Callable

from uvicorn import Config, Server


class AnnouncedServer(Server):
    def __init__(self, config: Config, announce: Callable[[], None]):
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()
