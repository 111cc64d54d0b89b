"""Text to command: exact words and a whole first line, or a question back, or silence."""

import re
from dataclasses import dataclass, replace

from bot.answers import answer
from bot.commands import Asked, BadRequest, Cancel, Clarify, Command, Help, Link, Request, Status, Unsure
from bot.confusables import deceives, fold, normal, plain_emoji, skeleton
from bot.doubts import doubt
from bot.heard import Heard
from bot.words import ENGLISH, Meaning, Vocabulary

LONGEST = 2_400  # a reason of 2,000 characters and what stands before it
_MENTION = re.compile(r"@([^\s,:.!?]{1,80})[,:]?(?:\s+|$)")
_FLOW = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_VALUE = re.compile(r"""[ \t]+([A-Za-z][A-Za-z0-9_]{0,79})=(?:"([^"]*)"|“([^”]*)”|'([^']*)'|([^\s"'“”]\S*))""")
_PLACET = re.compile(r"/placet(?=\s|$)", re.IGNORECASE | re.ASCII)
_ASKS: dict[Meaning, Command] = {Meaning.HELP: Help(), Meaning.LINK: Link(), Meaning.STATUS: Status()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Where a message was written: what is or was asked there, the words that count, and whether the bot was addressed.

    `names`: how a plain text addresses it; a home whose mentions are markup takes them out and says so.
    """

    requests: tuple[Asked, ...] = ()
    vocabulary: Vocabulary = ENGLISH
    addressed: bool = False
    names: tuple[str, ...] = ("placet",)


def read_command(text: str, here: Here) -> Command | None:
    """Return what a person's plain text means; None: nothing that is for us. Looks at no more than its beginning."""
    begun = text.strip()
    composed = normal(begun[:LONGEST + 1])[:LONGEST + 1]
    plain = plain_emoji(composed)
    meant = _read(plain, here)
    if deceives(plain):
        means_something = meant is not None or _read(skeleton(plain), here) is not None
        return Clarify(why=Unsure.LOOKALIKE) if means_something else None
    if meant is None:
        like = skeleton(plain)
        return Clarify(why=Unsure.LOOKALIKE) if like != fold(plain) and _read(like, here) is not None else None
    if len(composed) > LONGEST or len(begun) > LONGEST:
        return meant if isinstance(meant, Clarify | Help | Link | Status) else Clarify(why=Unsure.TOO_LONG)
    return meant


def addresses(text: str, here: Here) -> bool:
    """Tell whether a text speaks to us."""
    mention = _MENTION.match(normal(text.strip()[:LONGEST]))
    return here.addressed or mention is not None and fold(mention[1]) in here.names


def _read(plain: str, here: Here) -> Command | None:
    lines = plain.strip().splitlines() or [""]
    first, rest = lines[0].strip(), "\n".join(lines[1:]).strip()
    mention = _MENTION.match(first)
    if mention and fold(mention[1]) in here.names:
        here, first = replace(here, addressed=True), first[mention.end():]
    if not first:
        return Help() if here.addressed and not rest else None
    if _PLACET.match(first):
        return _request(first[len("/placet"):], here, rest)
    heard = Heard(line=first, folded=fold(first), rest=rest, vocabulary=here.vocabulary, requests=here.requests)
    return _unless_idle(answer(heard) or doubt(heard, addressed=here.addressed), here)


def _unless_idle(meant: Command | None, here: Here) -> Command | None:
    """Where nothing is or was asked, `help` and `who` are talk, unless somebody addresses us."""
    return meant if here.requests or here.addressed or isinstance(meant, Cancel) else None


def _request(tail: str, here: Here, rest: str) -> Command:
    """`/placet flow key=value ...` on one line; a word that asks something of us is no flow."""
    name, *given = tail.split(maxsplit=1) or [""]
    if not name:
        return Help()
    word = here.vocabulary.find(fold(name))
    if word is not None:
        unclear = Clarify(why=Unsure.UNCLEAR)
        return unclear if given or rest else _ASKS.get(word.meaning, unclear)
    if not _FLOW.fullmatch(name):
        return Clarify(why=BadRequest(at=name))
    values: dict[str, str] = {}
    end, text = 0, tail.lstrip()[len(name):].rstrip()
    while end < len(text):
        found = _VALUE.match(text, end)
        if found is None or found[1] in values:
            return Clarify(why=BadRequest(at=text[end:].strip()))
        values[found[1]] = next(value for value in found.groups()[1:] if value is not None)
        end = found.end()
    return Clarify(why=BadRequest(at=rest.splitlines()[0])) if rest else Request(flow=name, values=values)
