"""What an OpenAPI document says, as facts that can be compared: without its prose, and each written in one way only.

`python -m tests.contract.facts DOCUMENT` writes those of a document, as `facts.json` holds those of the contract.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SCHEMAS = "#/components/schemas/"
JSON = "application/json"
ROLES = re.compile("Requires role: (.+)")


def facts_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return every operation by its method and path, and every shape by its name; what is optional bears a `?`."""
    schemas = document["components"]["schemas"]
    asked, answered = (_reachable(schemas, list(_written(document, which))) for which in ("requestBody", "responses"))
    operations = {f"{method.upper()} {path}": _operation(document, each)
                  for path, methods in document["paths"].items() for method, each in methods.items()}
    shapes = {name: _shape(schemas[name], null=name in answered) for name in asked | answered}
    return {"operations": dict(sorted(operations.items())), "shapes": dict(sorted(shapes.items()))}


def _operation(document: Mapping[str, Any], each: Mapping[str, Any]) -> dict[str, Any]:
    told = each["responses"]
    roles = ROLES.search(told.get("403", {}).get("description", ""))
    return {
        "id": each["operationId"],
        "token": _token(document, each),
        "roles": roles[1] if roles else "anybody",
        "parameters": {f"{p['in']} {p['name']}{_mark(p.get('required'))}": kind(p["schema"], null=False) for p in _parameters(each)},
        "body": _content(each["requestBody"], null=False) + _mark(each["requestBody"].get("required")) if "requestBody" in each else "",
        "answers": {status: _content(answer, null=True) for status, answer in sorted(told.items()) if status < "4"},
        "refusals": " ".join(sorted(status for status in told if status >= "4"))}


def _parameters(each: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return sorted(each.get("parameters", ()), key=lambda p: (p["in"], p["name"]))


def _token(document: Mapping[str, Any], each: Mapping[str, Any]) -> str:
    schemes = document["components"].get("securitySchemes", {})
    ways = each.get("security", document.get("security")) or [{}]
    return " or ".join(sorted({" and ".join(sorted(schemes[name]["scheme"].lower() for name in way)) or "none" for way in ways}))


def _content(holder: Mapping[str, Any], *, null: bool) -> str:
    return " or ".join(kind(of["schema"], null=null) if media == JSON else str(media) for media, of in holder.get("content", {}).items())


def _shape(schema: Mapping[str, Any], *, null: bool) -> dict[str, str]:
    needed = schema.get("required", ())
    return {name + _mark(name in needed): kind(of, null=null) for name, of in sorted(schema.get("properties", {}).items())}


def kind(schema: Mapping[str, Any], *, null: bool) -> str:
    """Write what a value is: its type, its words or its shape, then its bounds and what it is when absent.

    `null`: say so where it may be null. In a request null is the same as absent, and is not said.
    """
    named = schema.get("$ref")
    if named:
        return str(named.removeprefix(SCHEMAS))
    either = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    kinds = [kind(each, null=null) for each in either if each != {"type": "null"}] if either else [_plain(schema, null=null)]
    nullable = null and (schema.get("nullable") or {"type": "null"} in (either or ()))
    absent = f" = {json.dumps(schema['default'])}" if "default" in schema else ""
    return " or ".join(sorted(kinds)) + _bounds(schema) + absent + (" or null" if nullable else "")


def _plain(schema: Mapping[str, Any], *, null: bool) -> str:
    if "properties" in schema:
        raise ValueError(f"a shape without a name: {sorted(schema['properties'])}")
    words = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    if words:
        return "|".join(sorted(word if isinstance(word, str) else json.dumps(word) for word in words))
    match schema.get("type"):
        case "array":
            return kind(schema["items"], null=null) + "[]"
        case "integer":
            return "number"
    return str(schema.get("type", "anything"))


def _bounds(schema: Mapping[str, Any]) -> str:
    least, most = (f"{schema[name]:.16g}" if name in schema else "" for name in ("minimum", "maximum"))
    return f" {least}..{most}" if least or most else ""


def _mark(required: Any) -> str:
    return "" if required else "?"


def _written(document: Mapping[str, Any], which: str) -> Iterator[Any]:
    return (each[which] for methods in document["paths"].values() for each in methods.values() if which in each)


def _reachable(schemas: Mapping[str, Any], roots: Any) -> set[str]:
    """The names of all shapes that something is made of."""
    found: set[str] = set()
    waiting = _names(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _names(schemas[name])
    return found


def _names(schema: Any) -> list[str]:
    return re.findall(rf"{SCHEMAS}(\w+)", json.dumps(schema))


if __name__ == "__main__":
    print(json.dumps(facts_of(json.loads(Path(sys.argv[1]).read_text())), indent=1))
