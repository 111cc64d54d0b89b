"""The keys, and whether they are those of the database."""

from api.settings import Settings
from api.wiring.starting import starting
from integrations.database.database import SqlDatabase
from integrations.keys.files import Keys as Keys
from integrations.keys.files import load_keys
from integrations.keys.private_file import KeysError

DATA_KEY_MARK = "data key"
DIGEST_KEY_MARK = "digest key"


def keys_of(settings: Settings, *, may_create: bool) -> Keys:
    return load_keys(
        settings.home, may_create=may_create, data_key=settings.data_key, data_key_file=settings.data_key_file,
        signing_key_file=settings.signing_key_file, digest_key=settings.digest_key, digest_key_file=settings.digest_key_file)


def existing_keys(settings: Settings) -> Keys:
    """Return the keys as they are, making none; raise SettingsError."""
    with starting():
        return keys_of(settings, may_create=False)


def keys_problem(database: SqlDatabase, keys: Keys) -> str | None:
    """Say why these are not the keys of this database."""
    sealed_with, digests = database.recall(DATA_KEY_MARK), database.recall(DIGEST_KEY_MARK)
    if sealed_with is not None and not keys.can_open(sealed_with):
        return "The data key is another than this database was sealed with: put that one back, or name it as the second."
    if digests in (None, keys.digest_check_value()):
        return None
    if keys.digest_key_kept:
        return "The digest key is another than the digests of this database were made with: put that one back."
    return ("The signing key was changed before the digest key, which hangs on it, was written down: put the old signing key back, keep "
            "what `placet keys digest` prints as PLACET_DIGEST_KEY, and change the signing key then.")


def recognise(database: SqlDatabase, keys: Keys) -> None:
    """Raise KeysError for keys that are not those of this database; a new one remembers whose it is."""
    problem = keys_problem(database, keys)
    if problem is not None:
        raise KeysError(problem)
    for mark, value in ((DATA_KEY_MARK, keys.check_value()), (DIGEST_KEY_MARK, keys.digest_check_value())):
        if database.recall(mark) is None:
            database.remember(mark, value)
