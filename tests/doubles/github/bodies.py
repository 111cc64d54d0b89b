"""What may stand in a request's body."""

import json
from collections.abc import Mapping

from tests.doubles.github.json import Json
from tests.doubles.github.routing import Refused, Types


def parsed(body: bytes, bare: str | None) -> Json:
    if not body:
        return {}
    try:
        said = json.loads(body)
    except ValueError:
        raise Refused(400, "Problems parsing JSON") from None
    if isinstance(said, list) and bare is not None:
        return {bare: said}
    if not isinstance(said, dict):
        raise Refused(400, "Body should be a JSON object")
    return said


def check_body(body: Json, fields: Mapping[str, Types]) -> None:
    """Refuse what is not known, not there or not of its type."""
    known = {name.rstrip("*"): types for name, types in fields.items()}
    for name, value in body.items():
        if name not in known:
            raise Refused(422, f"Invalid request.\n\n\"{name}\" is not a permitted key.", errors=[])
        kinds = known[name] if isinstance(known[name], tuple) else (known[name],)
        if type(value) not in kinds:  # type: ignore[operator]
            raise Refused(422, f"Invalid request.\n\nFor 'properties/{name}', {value!r} is not of an expected type.", errors=[])
    for name in fields:
        if name.endswith("*") and name[:-1] not in body:
            raise Refused(422, f"Invalid request.\n\n\"{name[:-1]}\" wasn't supplied.", errors=[])
