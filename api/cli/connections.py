"""A connection that has to say what it wants soon, and in few words: nobody holds one open, or fills the memory, without a token."""

from asyncio import Transport
from asyncio.events import TimerHandle

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 262_144


class Connection(HttpToolsProtocol):
    """Closed if a request's line and headers have not come whole in time, or are larger than any that means well."""

    head_seconds = 10.0
    _due: TimerHandle | None = None
    _came = 0

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_whole()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._due is not None:
            self._came += len(data)
            if self._came > LARGEST_HEAD:
                self.transport.abort()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        self._head_is_whole()
        super().on_headers_complete()

    def _await_head(self) -> None:
        if self._due is None:
            self._due, self._came = self.loop.call_later(self.head_seconds, self.transport.abort), 0

    def _head_is_whole(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
