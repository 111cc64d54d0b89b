"""The cookie of a session, and what proves that a form was made for it."""

import base64
import hashlib
import hmac
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.pages.errand import LASTS
from core.engine.sign_in import SESSION_LASTS

LONGEST_SAID = 600


def cookie_name(secure: bool) -> str:
    """A name that the browser itself keeps to this host, where there is https."""
    return "__Host-placet" if secure else "placet"


def cookie_of(request: Request, secure: bool) -> str:
    return request.cookies.get(cookie_name(secure), "")


def set_cookie(response: Response, cookie: str, secure: bool) -> None:
    response.set_cookie(cookie_name(secure), cookie, max_age=int(SESSION_LASTS.total_seconds()), path="/", secure=secure, httponly=True,
                        samesite="lax")


def clear_cookie(response: Response, secure: bool) -> None:
    response.delete_cookie(cookie_name(secure), path="/", secure=secure, httponly=True, samesite="lax")


def errand_cookie_of(request: Request, secure: bool) -> str:
    return request.cookies.get(f"{cookie_name(secure)}-errand", "")


def keep_errand(response: Response, cookie: str, secure: bool) -> None:
    """Let a browser that is sent to the issuer be known when it comes back, which is a plain link from there to here: so not `strict`."""
    response.set_cookie(f"{cookie_name(secure)}-errand", cookie, max_age=int(LASTS.total_seconds()), path="/", secure=secure, httponly=True,
                        samesite="lax")


def clear_errand(response: Response, secure: bool) -> None:
    response.delete_cookie(f"{cookie_name(secure)}-errand", path="/", secure=secure, httponly=True, samesite="lax")


def csrf_token(cookie: str) -> str:
    """Return what each form of a session holds: nobody makes it who does not know the cookie, and it does not tell the cookie."""
    return hmac.new(cookie.encode(), b"placet form", hashlib.sha256).hexdigest()


def is_csrf_token(given: str, cookie: str) -> bool:
    return hmac.compare_digest(given.encode(), csrf_token(cookie).encode())


def keep_said(response: Response, cookie: str, said: str, kind: str, secure: bool) -> None:
    """Let the next page say a sentence, once."""
    text = base64.urlsafe_b64encode(json.dumps([kind, said[:LONGEST_SAID]], ensure_ascii=False).encode()).decode()
    response.set_cookie(f"{cookie_name(secure)}-said", f"{text}.{_seal(text, cookie)}", max_age=60, path="/", secure=secure, httponly=True,
                        samesite="lax")


def said_before(request: Request, cookie: str, secure: bool) -> tuple[str, str] | None:
    """Return what the page before wanted to be said, and of which kind it is; whatever was not said by us is nothing."""
    text, _, seal = request.cookies.get(f"{cookie_name(secure)}-said", "").rpartition(".")
    if not text or not hmac.compare_digest(seal.encode(), _seal(text, cookie).encode()):
        return None
    kept: Any = json.loads(base64.urlsafe_b64decode(text))
    return str(kept[0]), str(kept[1])


def forget_said(response: Response, secure: bool) -> None:
    response.delete_cookie(f"{cookie_name(secure)}-said", path="/", secure=secure, httponly=True, samesite="lax")


def _seal(text: str, cookie: str) -> str:
    return hmac.new(cookie.encode(), b"placet said " + text.encode(), hashlib.sha256).hexdigest()
