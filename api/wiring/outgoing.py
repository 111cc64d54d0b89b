"""Composition of the outgoing way: from what happens to whoever wants to know of it."""

from collections.abc import Callable, Mapping, Sequence

from api.settings import Settings
from api.wiring.callbacks import spread_callbacks
from api.wiring.starting import new_id
from bot.announce import SpreadAnnouncement, Spreader, ToConversations, remember_to_remind
from bot.conversations import TalkOutside
from bot.homes import Home
from bot.mirror import ShowStates, ToMirrors, mirrors
from bot.remind import RemindPeople
from bot.say import SayThings
from bot.show_card import CardsNow, ShowCards
from bot.wordbook import Wordbook
from bot.write_to_people import ToPeople
from core.flows.registry import Registry
from core.ports.database import Database
from integrations.database.announcing import Announcing


def announcing(settings: Settings, homes: Mapping[str, Home]) -> Announcing:
    """Return who wants to know of what happens."""
    return Announcing(providers=frozenset(homes), callbacks=True, everybody=settings.smtp_url is not None, mirrors=mirrors(homes.values()))


def spreaders(settings: Settings, homes: Mapping[str, Home]) -> Sequence[Spreader]:
    """Return what makes of an announcement an effect for each who wants to know of it."""
    cards = (ToConversations(providers=frozenset(homes)).spread, remember_to_remind) if homes else ()
    mails = (ToPeople(new_id=new_id).spread,) if settings.smtp_url is not None else ()
    states = (ToMirrors(providers=mirrors(homes.values())).spread,) if mirrors(homes.values()) else ()
    return (*cards, *states, *mails, spread_callbacks())


def cards_now(settings: Settings, registry: Registry, words: Wordbook) -> CardsNow:
    return CardsNow(registry=registry, page=page_of(settings), words=words)


def outgoing(settings: Settings, database: Database, now: CardsNow, homes: Mapping[str, Home]) -> TalkOutside:
    return TalkOutside(
        announcements=SpreadAnnouncement(database=database, spreaders=spreaders(settings, homes)),
        cards=ShowCards(database=database, homes=homes, now=now), sayings=SayThings(database=database, homes=homes, now=now),
        states=ShowStates(database=database, homes=homes))


def outgoing_chores(database: Database, homes: Mapping[str, Home]) -> list[Callable[[], object]]:
    """Return what is done now and then; nothing where there is no home."""
    return [RemindPeople(database=database, providers=frozenset(homes)).sweep] if homes else []


def page_of(settings: Settings) -> Callable[[str], str | None]:
    """Return what gives the address of a run's page; None where nobody has said under which address people come."""
    public = settings.public_url
    return lambda run: f"{public.rstrip('/')}/requests/{run}" if public else None
