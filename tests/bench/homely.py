"""A service with a platform that does not answer, served as `placet serve` does; `python -m tests.bench.homely`."""

from datetime import UTC, datetime

from uvicorn import run

from api.app import build_app
from api.logs import configure_logs
from api.settings import load_settings
from api.wiring.installation import open_installation
from api.wiring.service import wire
from tests.doubles.scripted_home import PROVIDER, ScriptedHome


def main() -> None:
    chosen = load_settings()
    configure_logs(chosen.log_level)
    home = ScriptedHome(now=lambda: datetime.now(UTC), away=True)
    service = wire(open_installation(chosen), {PROVIDER: home.home()})
    run(build_app(service), host="127.0.0.1", port=chosen.port, access_log=False, log_config=None, server_header=False)


if __name__ == "__main__":
    main()
