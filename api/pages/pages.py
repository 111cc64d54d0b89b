"""What all pages have in common: where they are, who signs in, and what they are made of."""

from dataclasses import dataclass

from jinja2 import Environment

from api.pages.hosts import Address
from api.pages.issuer import Issuer
from api.pages.notifier import Notifier
from api.refusals import RefusedDecisions
from core.engine.find_story import FindStory
from core.engine.find_waiting import FindWaiting
from core.engine.sign_in import SignIn
from core.ports.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """`issuer`: where people may sign in, beside the links that they are given."""

    address: Address
    database: Database
    sign_in: SignIn
    waiting: FindWaiting
    story: FindStory
    refused: RefusedDecisions
    notifier: Notifier
    templates: Environment
    issuer: Issuer | None = None
