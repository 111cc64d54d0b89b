"""The socket that the service listens on."""

import errno
import socket

from api.cli.problems import Problem

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def bind(host: str, port: int) -> socket.socket:
    """Take the port; nobody is let in before the server listens."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Problem(_sentence(host, port, error)) from None
    return listener


def _sentence(host: str, port: int, error: OSError) -> str:
    match error:
        case OSError(errno=errno.EADDRINUSE):
            return f"Port {port} is in use at {host}: end what listens there, or set PLACET_PORT to another."
        case OSError(errno=errno.EACCES):
            return f"Port {port} may not be used by this user: set PLACET_PORT to one above 1023."
    return f"PLACET_HOST={host} is no address of this machine ({error.strerror})."


def address(listener: socket.socket) -> str:
    """Return the address under which this machine itself reaches it."""
    host, port = listener.getsockname()[:2]
    host = _EVERYWHERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
