"""The operations as a page for people: one piece of HTML, without a script and without anything from elsewhere."""

import base64
import hashlib
from collections.abc import Sequence
from html import escape
from typing import Any

from starlette.requests import Request

from api.nearby import nearby
from api.settings import Shown

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff }
h2 { font-size: 1rem; margin: 2rem 0 .25rem; overflow-wrap: anywhere } code { font: .9rem ui-monospace, monospace }
p { margin: .25rem 0 } table { border-collapse: collapse; margin: .5rem 0; width: 100% } caption { text-align: left; font-weight: 600 }
th, td { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #ddd; font-weight: 400 }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #161616 } th, td { border-color: #444 } a { color: #9cf } }
"""
POLICY = (f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'; "
          "frame-ancestors 'none'; base-uri 'none'; form-action 'none'")


def open_to(request: Request, shown: Shown) -> bool:
    return shown == "open" or shown == "loopback" and nearby(request)


def page(document: dict[str, Any]) -> str:
    operations = [(method.upper(), path, operation) for path, of_path in document["paths"].items() for method, operation in of_path.items()]
    info = document["info"]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(info['title'])}</title><style>{STYLE}</style></head><body>"
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{escape(info['description'])}</p>"
        f'<p>Every operation wants <code>Authorization: Bearer</code> and a token. <a href="/openapi.json">The same for programs</a>.</p>'
        + "".join(_operation(document, *each) for each in operations) + "</body></html>")


def _operation(document: dict[str, Any], method: str, path: str, operation: dict[str, Any]) -> str:
    given = [(p["name"], p["in"], p.get("required", False), p["schema"], p.get("description", "")) for p in operation.get("parameters", [])]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body:
        schema = _followed(document, body)
        given += [(name, "body", name in schema.get("required", []), of_name, of_name.get("description", ""))
                  for name, of_name in schema.get("properties", {}).items()]
    answers = [(code, answer["description"]) for code, answer in sorted(operation["responses"].items())]
    return (f"<section><h2><code>{method} {escape(path)}</code></h2><p>{escape(operation['summary'])}</p>"
            + _table("Takes (* must be there)", [(f"{name}{' *' if needed else ''}", place, _kind(document, schema), said)
                                                 for name, place, needed, schema, said in given])
            + _table("Answers", answers) + "</section>")


def _table(title: str, rows: Sequence[tuple[str, ...]]) -> str:
    cells = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{title}</caption>{cells}</table>" if rows else ""


def _followed(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["schemas"][name] if name else schema
    return found


def _kind(document: dict[str, Any], schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(str(v) for v in schema["enum"])
    options = [_kind(document, s) for s in schema.get("anyOf", []) if s.get("type") != "null"]
    return " or ".join(options) if options else str(_followed(document, schema).get("type", "anything"))
