"""How a refusal looks, and what each status means."""

from typing_extensions import TypedDict

MEANINGS = {
    400: "What was sent does not fit, or the state of the thing forbids it", 401: "No valid token",
    404: "Nothing of this id that the caller can see", 409: "The state of the thing forbids it", 413: "The body is larger than 1 MiB",
    415: "The body is no JSON in UTF-8", 429: "Too many open requests, or too many look-ups in a minute",
    503: "The database does not answer",
}


class RefusalDto(TypedDict):
    statusCode: int
    message: str | list[str]
    error: str
