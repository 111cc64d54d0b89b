"""What keeps a message from being read as an answer, whatever its text is. Pure."""

from datetime import datetime
from enum import StrEnum

from core.domain.messages import LONGEST_TEXT, Message


class Gate(StrEnum):
    """Which gate a message did not pass."""

    NOT_A_PERSON = "not a person"
    NOT_BY_ITS_SENDER = "not by its sender"
    TOO_LONG = "too long"
    EDITED = "edited"
    TAKEN_BACK = "taken back"
    PLACE_NOT_BOUND = "place not bound"
    HEARD_BEFORE = "heard before"
    NOT_SEEN = "not seen"


def kept_out(message: Message) -> Gate | None:
    """Return the gate that a message does not pass by what it is; None: it is a person's own."""
    if not message.author.human or not message.author.id:
        return Gate.NOT_A_PERSON
    if not message.sent_by_author or message.author.provider != message.provider:
        return Gate.NOT_BY_ITS_SENDER
    if len(message.text) > LONGEST_TEXT:
        return Gate.TOO_LONG
    return None


def unchanged(now: Message, message: Message) -> bool:
    """Tell whether a message still stands where it was written, as it was, by whom it was."""
    return now.created and (now.id, now.conversation, now.author.id, now.text, now.asks) == (
        message.id, message.conversation, message.author.id, message.text, message.asks) and kept_out(now) is None


def written_after(message: Message, asked: datetime) -> bool:
    """Tell whether a message was written at or after a request; a platform that tells whole seconds leaves open when within one."""
    if message.written_at.microsecond == 0:
        asked = asked.replace(microsecond=0)
    return message.written_at >= asked
