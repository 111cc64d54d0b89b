"""The document that tells programs what there is."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from api.route import JSON, Operation

SCHEME = "access-token"
FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")


def document(routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """Describe the operations; the framework's 422 is left out, because we answer 400."""
    made = get_openapi(title="Placet", version=version("placet"), routes=routes,
                       description="Asks people for approval where they already talk, and runs what they approved.")
    for operations in made["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
    for route in routes:
        if isinstance(route, Operation) and route.media != JSON:
            for method in route.methods or ():
                answer = made["paths"][route.path_format][method.lower()]["responses"][str(route.status_code)]
                answer["content"] = {route.media: {"schema": {"type": "string", "format": "binary"}}}
    for name in FRAMEWORKS_OWN:
        made["components"]["schemas"].pop(name, None)
    made["components"]["securitySchemes"] = {SCHEME: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    made["security"] = [{SCHEME: []}]
    return made
