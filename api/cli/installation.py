"""This installation, as the operator's commands need it. What it is made of is imported only when one of them runs."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from getpass import getuser
from typing import TYPE_CHECKING

from api.cli.problems import Code, Problem
from api.cli.register import Register
from bot.replies import reply
from core.errors import CoreError, Unavailable
from core.ports.database import Database
from core.ports.keys import Signatures, Vault

if TYPE_CHECKING:
    from api.settings import Settings
    from api.tokens import TokenIssuer
    from api.wiring.configuration import Configuration
    from api.wiring.installation import Installation


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    database: Database
    register: Register
    issuer: "TokenIssuer"
    signatures: Signatures
    vault: Vault
    configured: "Callable[[], Configuration]"


@contextmanager
def installation() -> Iterator[Opened]:
    """Open the database and the keys that the settings name."""
    from api.wiring.installation import open_installation

    with starting():
        installed = open_installation(settings())
        try:
            yield opened(installed)
        finally:
            installed.close()


def opened(installed: "Installation") -> Opened:
    from api.wiring.configuration import configured
    from api.wiring.starting import new_id

    register = Register(database=installed.database, new_id=new_id, operator=_operator())
    return Opened(database=installed.database, issuer=installed.issuer, register=register, signatures=installed.signatures,
                  vault=installed.vault,
                  configured=partial(configured, installed))


@contextmanager
def starting() -> Iterator[None]:
    """Turn what is wrong with the installation, and what the core refuses, into a Problem."""
    from api.settings import SettingsError

    try:
        yield
    except SettingsError as error:
        raise Problem(str(error), lines=error.mistakes) from None
    except CoreError as error:
        raise Problem(reply(error), Code.USAGE if isinstance(error, Unavailable) else Code.REFUSED) from None


def settings() -> "Settings":
    from api.settings import load_settings

    with starting():
        return load_settings()


def _operator() -> str:
    """Return who works here, as the machine knows them."""
    try:
        return getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
