"""`placet serve`: the service, in this process, until it is told to stop."""

import signal
from types import FrameType
from typing import Annotated

from typer import Option

from api.cli.installation import settings, starting
from api.cli.listener import address, bind
from api.cli.problems import Problem
from api.cli.terminal import say, shown

REQUESTS_FINISH = 5  # seconds, before the stretches that are under way get theirs


def serve(demo: Annotated[bool, Option("--demo", help="Make a demo in an empty database, and print what to type next.")] = False) -> None:
    """Serve until told to stop by Ctrl-C or SIGTERM; what is under way is finished."""
    from uvicorn import Config

    from api.app import build_app
    from api.cli.connections import Connection
    from api.cli.demo import demo_text
    from api.cli.server import AnnouncedServer
    from api.logs import configure_logs
    from api.wiring.installation import open_installation
    from api.wiring.service import wire

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    chosen = settings()
    listener = bind(chosen.host, chosen.port)
    url = address(listener)
    configure_logs(chosen.log_level)
    with starting():
        installed = open_installation(chosen)
        service = wire(installed)
        app = build_app(service)
        lines = [f"Placet listens on {url}. Ctrl-C ends it.", *(demo_text(installed, chosen.public_url or url) if demo else ())]
    config = Config(app, http=Connection, ws="none", log_config=None, access_log=False, server_header=False, proxy_headers=False,
                    lifespan="on", timeout_graceful_shutdown=REQUESTS_FINISH)
    server = AnnouncedServer(config, lambda: say("\n".join(map(shown, lines))), service.health.go, service.pages.notifier.end)
    server.run(sockets=[listener])
    if not server.started:
        raise Problem("Placet did not start; the lines above say why.")


def _leave(number: int, frame: FrameType | None) -> None:
    """The server has finished what was under way, or had not begun."""
    raise SystemExit(0)
