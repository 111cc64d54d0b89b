"""When something fires: five fields of digits, names and `* , - /`, in UTC. Pure.

A day of the month and a day of the week that are both given: either suffices, as cron does it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

FURTHEST = timedelta(days=5 * 366)
LONGEST = 200
EVERY = ("*", "*/1")
_MONTHS = {name: n for n, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}
_DAYS = {name: n for n, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_ALPHABET = re.compile(r"[A-Za-z0-9*,/ -]*")
_PART = re.compile(r"(?:(\*)|([a-z]{3}|[0-9]{1,2})(?:-([a-z]{3}|[0-9]{1,2}))?)(?:/([0-9]{1,2}))?")


class BadExpression(ValueError):
    """Its text is a sentence without its subject: `is no ...`."""


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    least: int
    most: int
    names: Mapping[str, int]


FIELDS = (Field("minute", 0, 59, {}), Field("hour", 0, 23, {}), Field("day of the month", 1, 31, {}), Field("month", 1, 12, _MONTHS),
          Field("day of the week", 0, 7, _DAYS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """`weekdays` from 0, Sunday; `days` or `weekdays` is None where any will do."""

    minutes: Sequence[int]
    hours: Sequence[int]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None

    def falls_on(self, day: datetime) -> bool:
        if day.month not in self.months:
            return False
        by_date = None if self.days is None else day.day in self.days
        by_week = None if self.weekdays is None else day.isoweekday() % 7 in self.weekdays
        given = [each for each in (by_date, by_week) if each is not None]
        return any(given) if given else True


def parse_cron(text: str) -> Cron:
    """Understand an expression; raise BadExpression."""
    words = text.split()
    if len(text) > LONGEST or not _ALPHABET.fullmatch(text) or len(words) != len(FIELDS):
        raise BadExpression("must be five fields of digits, names and * , - / with spaces between them: minute, hour, day of the month, "
                            "month, day of the week")
    minutes, hours, days, months, weekdays = (_values(field, word) for field, word in zip(FIELDS, words, strict=True))
    return Cron(minutes=sorted(minutes), hours=sorted(hours), days=None if words[2] in EVERY else days, months=months,
                weekdays=None if words[4] in EVERY else frozenset(day % 7 for day in weekdays))


def _values(field: Field, word: str) -> frozenset[int]:
    return frozenset(value for part in word.split(",") for value in _part(field, part))


def _part(field: Field, part: str) -> range:
    found = _PART.fullmatch(part.lower())
    if found is None:
        raise BadExpression(f"has {part[:40]!r} as its {field.name}, which is not understood")
    every, first, last, step = found.groups()
    start = field.least if every else _number(field, first)
    if last is not None:
        end = field.most if last == "sun" and start > 0 else _number(field, last)
    else:
        end = field.most if every or step else start
    if start > end or step is not None and not 1 <= int(step) <= field.most:
        raise BadExpression(f"has {part!r} as its {field.name}, which never comes")
    return range(start, end + 1, int(step or 1))


def _number(field: Field, word: str) -> int:
    value = field.names.get(word, -1) if word.isalpha() else int(word)
    if not field.least <= value <= field.most:
        names = " or a name" if field.names else ""
        raise BadExpression(f"has {word!r} as its {field.name}, which is {field.least} to {field.most}{names}")
    return value


def next_after(cron: Cron, after: datetime, *, within: timedelta = 2 * FURTHEST) -> datetime | None:
    """Return the first time after another; None if it does not come within that time."""
    for at in _times(cron, after, after + within):
        return at
    return None


def _times(cron: Cron, after: datetime, until: datetime) -> Iterator[datetime]:
    day = after.replace(hour=0, minute=0, second=0, microsecond=0)
    while day <= until:
        if cron.falls_on(day):
            for hour in cron.hours:
                for minute in cron.minutes:
                    at = day.replace(hour=hour, minute=minute)
                    if after < at <= until:
                        yield at
        day += timedelta(days=1)
