"""A form as it is sent: its size, its time, its fields."""

import asyncio
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from api.errors import Refused

LARGEST = 262_144  # a text of 64 kB, however it is written
MOST_FIELDS = 300
SECONDS = 10


@dataclass(frozen=True, slots=True)
class Form:
    fields: tuple[tuple[str, str], ...] = ()

    def text(self, name: str) -> str:
        """Return a field's first value, as it was written but for the spaces around it; "" where there is none."""
        return next((value.strip() for key, value in self.fields if key == name), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]


async def read_form(request: Request) -> Form:
    content = bytearray()
    try:
        async with asyncio.timeout(SECONDS):
            async for part in request.stream():
                content += part
                if len(content) > LARGEST:
                    raise Refused(413, "That was too much text: up to 64 kB are taken.", close=True)
    except TimeoutError:
        raise Refused(400, f"The form did not arrive within {SECONDS} seconds. Send it again.", close=True) from None
    except ClientDisconnect:
        raise Refused(400, "The form ended before its end.", close=True) from None
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise Refused(415, "This address takes a form as the page sends it.")
    try:
        fields = parse_qsl(content.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except (UnicodeDecodeError, ValueError):
        raise Refused(400, "That form is not written as a browser writes one.") from None
    return Form(tuple((key, fit(value)) for key, value in fields))


def fit(text: str) -> str:
    """Lines end as everywhere else, and what no database keeps is shown as what cannot be shown."""
    return text.replace("\r\n", "\n").replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
