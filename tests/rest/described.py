"""Whether an answer is what the served document says of it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from httpx import Response

KINDS: Mapping[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "boolean": (bool,), "integer": (int,), "number": (int, float),
    "null": (type(None),)}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Described:
    """The document of a service, asked about each of its answers. Nothing may be in an answer that its schema does not name."""

    def __init__(self, document: Mapping[str, Any]):
        self._schemas = document["components"]["schemas"]
        self._operations = sorted(
            ((re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path.count("{"), methods) for path, methods in document["paths"].items()),
            key=lambda each: each[1])

    def check(self, answer: Response) -> None:
        """Raise AssertionError for an answer that is not described so."""
        answer.read()
        operation = self._find(answer)
        if operation is None:
            return
        told = operation["responses"].get(str(answer.status_code))
        assert told is not None, f"{operation['operationId']} does not tell of {answer.status_code}: {answer.text[:300]}"
        [(kind, content)] = told["content"].items()
        assert answer.headers["content-type"] == kind
        wrong = list(self._problems(content["schema"], answer.json(), "answer")) if kind == "application/json" else []
        assert not wrong, f"{operation['operationId']}: {wrong}"

    def _find(self, answer: Response) -> Any:
        path = answer.request.url.raw_path.decode().partition("?")[0]
        found = [methods for pattern, _, methods in self._operations if pattern.fullmatch(path)]
        return found[0].get(answer.request.method.lower()) if found else None

    def _problems(self, schema: Mapping[str, Any], value: Any, where: str) -> Iterator[str]:
        if "$ref" in schema:
            schema = self._schemas[schema["$ref"].rpartition("/")[2]]
        if "anyOf" in schema:
            if all(list(self._problems(each, value, where)) for each in schema["anyOf"]):
                yield f"{where} is none of its kinds: {value!r}"
            return
        if "type" not in schema:
            return
        if type(value) not in KINDS[schema["type"]]:
            yield f"{where} is no {schema['type']}: {value!r}"
            return
        if "enum" in schema and value not in schema["enum"] or "const" in schema and value != schema["const"]:
            yield f"{where} is not one of its words: {value!r}"
        if isinstance(value, list):
            for n, each in enumerate(value):
                yield from self._problems(schema.get("items", {}), each, f"{where}[{n}]")
        if isinstance(value, dict):
            yield from self._members(schema, value, where)

    def _members(self, schema: Mapping[str, Any], value: Mapping[str, Any], where: str) -> Iterator[str]:
        fields = schema.get("properties", {})
        yield from (f"{where}.{name} is missing" for name in schema.get("required", ()) if name not in value)
        for name, each in value.items():
            if name in fields:
                yield from self._problems(fields[name], each, f"{where}.{name}")
                if (name.endswith("At") or name == "timestamp") and not TIME.fullmatch(each):
                    yield f"{where}.{name} is no time as we write it: {each}"
            elif not schema.get("additionalProperties"):
                yield f"{where}.{name} is not described"
