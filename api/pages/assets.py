"""Our own files for browsers, each with an address that changes with it."""

from starlette.requests import Request
from starlette.responses import Response

from api.errors import nothing_here
from api.pages.render import ASSETS, STATIC, VERSIONS

FOR_A_YEAR = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


def static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in ASSETS:
        return nothing_here()
    etag = f'"{VERSIONS[name]}"'
    headers = {"ETag": etag, "Cache-Control": FOR_A_YEAR if request.query_params.get("v") == VERSIONS[name] else ASK_AGAIN}
    if etag in (given.strip().removeprefix("W/") for given in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    return Response(_FILES[name], media_type=ASSETS[name], headers=headers)


_FILES = {name: (STATIC / name).read_bytes() for name in ASSETS}
