"""Whether a request comes from this machine itself."""

from starlette.requests import Request

from api.settings import is_loopback

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def nearby(request: Request) -> bool:
    """Tell whether the caller is on the loopback; what a proxy there passes on is not."""
    return request.client is not None and is_loopback(request.client.host) and not any(name in request.headers for name in FORWARDED)
