"""Whatever keeps Placet from starting, as a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError
from uuid_utils import uuid7

from api.errors import first_line
from api.settings import SettingsError
from core.errors import Unavailable
from integrations.database.database import WrongEncoding
from integrations.database.migrate import WrongSchema
from integrations.keys.private_file import KeysError


@contextmanager
def starting() -> Iterator[None]:
    """Turn whatever keeps Placet from starting into a sentence."""
    try:
        yield
    except (KeysError, WrongSchema, WrongEncoding) as error:
        raise SettingsError(str(error)) from None
    except Unavailable as error:
        raise SettingsError(f"The database does not answer ({first_line(error.__cause__)}): check PLACET_DATABASE_URL.") from None
    except SQLAlchemyError as error:
        raise SettingsError(f"PLACET_DATABASE_URL names no database that can be used ({first_line(error)}).") from None
    except OSError as error:
        raise SettingsError(f"{error.filename or 'A file'} cannot be used ({error.strerror}).") from None
    except ValueError as error:
        raise SettingsError(f"Placet cannot start: {error}.") from None


def new_id() -> str:
    return str(uuid7())
