"""Answers that are not said again to whoever has them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace

from tests.doubles.github.routing import Answer


def conditional(method: str, answer: Answer, headers: Mapping[str, str]) -> tuple[Answer, bool]:
    """A read that was asked for by the tag it already has is not said again; another token's tags are others, as GitHub makes them."""
    if method != "GET" or answer.status != 200:
        return answer, True
    asked = [headers.get(name, "") for name in ("accept", "authorization")]
    tag = 'W/"' + hashlib.sha256(json.dumps([answer.body, answer.headers.get("Link"), asked], sort_keys=True).encode()).hexdigest() + '"'
    tagged = {**answer.headers, "ETag": tag, "Cache-Control": "private, max-age=60, s-maxage=60",
              "Vary": "Accept, Authorization, Cookie, X-GitHub-OTP, Accept-Encoding, Accept, X-Requested-With"}
    if tag in [one.strip() for one in headers.get("if-none-match", "").split(",")]:
        return Answer(status=304, headers=tagged), False
    return replace(answer, headers=tagged), True
