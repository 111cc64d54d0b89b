"""Finds the keys of an installation: in its settings, in files, or in its home, where they are made once."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pydantic import SecretStr

from integrations.keys.kinds import (
    MAKE_KEY,
    MAKE_SIGNING_KEY,
    Keys,
    KeysError,
    new_key,
    new_signing_key,
    parse_data_keys,
    parse_digest_key,
    parse_signing_key,
    private_pem,
    public_pem,
)
from integrations.keys.private_file import create_once, make_home, read_private

Given: TypeAlias = SecretStr | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a key is looked for. `setting` gives its text; with `_FILE`, its file."""

    what: str
    file: str
    setting: str
    new: Callable[[], str]
    how: str
    text_allowed: bool = True


SIGNING = Place(what="signing key", file="signing.pem", setting="PLACET_SIGNING_KEY", new=new_signing_key, how=MAKE_SIGNING_KEY,
                text_allowed=False)
SEALING = Place(what="data key", file="data.key", setting="PLACET_DATA_KEY", new=new_key, how=MAKE_KEY)
DIGESTING = Place(what="digest key", file="digest.key", setting="PLACET_DIGEST_KEY", new=new_key, how=MAKE_KEY)


@dataclass(frozen=True, slots=True)
class Home:
    """Where keys are that nobody has given."""

    path: Path
    may_create: bool

    def find(self, place: Place, text: Given, file: Path | None) -> tuple[str, str]:
        """Return the text of a key and where it stands."""
        if text is not None and file is not None:
            raise KeysError(f"{place.setting} and {place.setting}_FILE are both set: set one of them.")
        if text is not None:
            return (text.get_secret_value() if isinstance(text, SecretStr) else text), place.setting
        if file is None:
            return self._read_or_make(place), str(self.path / place.file)
        given = read_private(file)
        if given is None:
            raise KeysError(f"There is no {place.what} at {file}.")
        return given, str(file)

    def _read_or_make(self, place: Place) -> str:
        path = self.path / place.file
        found = read_private(path)
        if found is None and not self.may_create:
            give = f"{place.setting} or {place.setting}_FILE" if place.text_allowed else f"{place.setting}_FILE"
            raise KeysError(f"There is no {place.what} at {path}, and with this database none is made. Give {give}, made by: {place.how}")
        if found is None:
            make_home(self.path)
            create_once(path, place.new())
            found = read_private(path)
        if found is None:
            raise KeysError(f"{path} was made and has gone again.")
        return found


def load_keys(home: Path, *, may_create: bool, data_key: Given = None, data_key_file: Path | None = None, digest_key: Given = None,
              digest_key_file: Path | None = None, signing_key_file: Path | None = None) -> Keys:
    """Read what is given, else what the home holds, else make it there if that is allowed; raise KeysError for anything doubtful."""
    at = Home(home, may_create)
    private = parse_signing_key(*at.find(SIGNING, None, signing_key_file))
    return Keys(
        signing_key=private_pem(private), verifying_key=public_pem(private),
        data_keys=parse_data_keys(*at.find(SEALING, data_key, data_key_file)),
        digest_key=parse_digest_key(*at.find(DIGESTING, digest_key, digest_key_file)))
