"""Times and durations as people say them, with their zone; what is said stays true however late it is read."""

from datetime import UTC, datetime, timedelta

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def duration(span: timedelta) -> str:
    """Say a duration by its two largest units: 2 hours; 1 day 3 hours."""
    rest = max(0, round(span.total_seconds()))
    parts = []
    for size, unit in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(parts[:2]) or "0 seconds"


def day_and_time(at: datetime, asked: datetime) -> str:
    """Say a day and a time; the year where it is not that of the request."""
    at = at.astimezone(UTC)
    year = "" if at.year == asked.astimezone(UTC).year else f" {at.year}"
    return f"{at.day} {_MONTHS[at.month - 1]}{year} {at:%H:%M} UTC"


def moment(at: datetime, asked: datetime) -> str:
    """Say when something happened: a time alone on the day of the request, which a card bears."""
    at = at.astimezone(UTC)
    return f"{at:%H:%M} UTC" if at.date() == asked.astimezone(UTC).date() else day_and_time(at, asked)
