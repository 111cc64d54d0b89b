"""Whether an address can be connected to at all: looked up, connected and, for https, believed."""

import socket
import ssl
from concurrent.futures import Future
from threading import Thread
from urllib.parse import urlsplit


def connection_problem(url: str, seconds: float) -> str | None:
    """Say why nothing at this address can be talked to; None if it can. Nothing is sent. `seconds`: for all of it."""
    found: Future[str | None] = Future()
    Thread(target=lambda: found.set_result(_try(url, seconds)), daemon=True).start()  # a look-up knows no deadline
    try:
        return found.result(seconds)
    except TimeoutError:
        return f"no connection within {seconds:g} s"


def _try(url: str, seconds: float) -> str | None:
    parts = urlsplit(url)
    host, secure = str(parts.hostname), parts.scheme == "https"
    try:
        with socket.create_connection((host, parts.port or (443 if secure else 80)), seconds) as plain:
            if secure:
                ssl.create_default_context().wrap_socket(plain, server_hostname=host).close()
    except ssl.SSLCertVerificationError as error:
        return f"its certificate is not accepted: {error.verify_message}"
    except (OSError, ValueError) as error:
        return f"{type(error).__name__}: {getattr(error, 'strerror', None) or error}"
    return None
