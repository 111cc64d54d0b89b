"""Templates to pages: each text is escaped, and a name that a template does not know is a fault."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from bot.fields import field
from bot.times import day_and_time
from bot.times import duration as in_words
from core.domain.json import Json, canonical

POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
          "frame-ancestors 'none'; base-uri 'none'")
HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
           "Permissions-Policy": "camera=(), geolocation=(), microphone=()"}
STATIC = files("api.pages") / "static"
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "an iPhone"), ("iPad", "an iPad"), ("Windows", "Windows"), ("Mac OS X", "a Mac"),
            ("Linux", "Linux"))
_CODE = re.compile("`([^`]+)`")


def page_response(templates: Environment, name: str, status: int, facts: dict[str, object]) -> HTMLResponse:
    return HTMLResponse(templates.get_template(name).render(facts), status, headers=HEADERS)


def environment() -> Environment:
    made = Environment(loader=PackageLoader("api.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
                       auto_reload=False)
    made.filters |= {"when": when, "ago": ago, "left": left, "duration": in_words, "roughly": roughly, "spent": spent,
                     "value": value, "plain": field,
                     "sentence": sentence, "cap": cap, "agent": agent}
    made.globals["asset"] = asset
    return made


@pass_context
def when(context: Context, at: datetime) -> Markup:
    """Say a day and a time, exact on hover; the page's script says it in the reader's zone."""
    return _time(at, day_and_time(at, context["now"]))


@pass_context
def ago(context: Context, at: datetime) -> Markup:
    return _time(at, f"{roughly(context['now'] - at)} ago" if context["now"] - at >= timedelta(minutes=1) else "just now")


@pass_context
def left(context: Context, at: datetime) -> str:
    return f"{roughly(at - context['now'])} left"


@pass_context
def spent(context: Context, until: datetime, since: datetime) -> int:
    """Return how much of a time is left, in hundredths."""
    whole = (until - since).total_seconds()
    return max(0, min(100, round(100 * (until - context["now"]).total_seconds() / whole))) if whole > 0 else 0


def cap(text: str) -> str:
    """Begin with a capital letter, and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def agent(text: str) -> str:
    """Say which browser this is, and where; what is none of the usual ones as it names itself."""
    browser, system = (next((name for sign, name in signs if sign in text), "") for signs in (_BROWSERS, _SYSTEMS))
    return f"{browser} on {system}" if browser and system else text or "an unnamed browser"


def value(each: Json) -> str:
    """Say a value as people read it: texts as they are, several with commas between, the rest as JSON."""
    match each:
        case str():
            return each
        case bool():
            return "yes" if each else "no"
        case Sequence() if all(isinstance(entry, str) for entry in each):
            return ", ".join(map(str, each))
    return canonical(each).decode()


def sentence(text: str) -> Markup:
    """Show what Placet says: what stands between backticks is to be typed."""
    parts = _CODE.split(text)
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts))


def roughly(span: timedelta) -> str:
    """Say a time by its largest unit, to the nearest."""
    for size, longest in ((timedelta(minutes=1), timedelta(minutes=90)), (timedelta(hours=1), timedelta(hours=36))):
        if span < longest:
            return in_words(max(1, round(span / size)) * size)
    return in_words(round(span / timedelta(days=1)) * timedelta(days=1))


def _time(at: datetime, words: str) -> Markup:
    exact = at.astimezone(UTC)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(f"{exact:%Y-%m-%dT%H:%M:%SZ}", f"{exact:%Y-%m-%d %H:%M:%S} UTC", words)


def asset(name: str) -> str:
    """Return where a file of ours is; the address changes with the file, so that a browser may keep it."""
    return f"/static/{name}?v={VERSIONS[name]}"


ASSETS = {"look.css": "text/css; charset=utf-8", "live.js": "text/javascript; charset=utf-8",
          "htmx.min.js": "text/javascript; charset=utf-8",
          "icon.svg": "image/svg+xml", "htmx.LICENSE.txt": "text/plain; charset=utf-8"}
VERSIONS = {name: sha256((STATIC / name).read_bytes()).hexdigest()[:16] for name in ASSETS}
