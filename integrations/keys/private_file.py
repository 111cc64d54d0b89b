"""Files that are their owner's alone: read if they are, made once where there are none."""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

LONGEST = 16_384


class KeysError(Exception):
    """The keys cannot be had. Its text is a sentence for the operator, without any key in it."""


def read_private(path: Path) -> str | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as e:
        raise KeysError(f"{path} cannot be read: {e.strerror}.") from None
    try:
        refuse_unless_private(path, os.fstat(fd))
        data = os.read(fd, LONGEST + 1)
    finally:
        os.close(fd)
    if len(data) > LONGEST or not data.isascii():
        raise KeysError(f"{path} holds no key.")
    return data.decode("ascii")


def refuse_unless_private(path: Path, found: os.stat_result) -> None:
    """Ours alone, or the administrator's and readable by our group (how a mounted secret looks)."""
    if not stat.S_ISREG(found.st_mode):
        raise KeysError(f"{path} is no file.")
    if found.st_uid not in (os.geteuid(), 0):
        raise KeysError(f"{path} belongs to another user: a key file belongs to whom Placet runs as, or to root.")
    too_wide = 0o077 if found.st_uid == os.geteuid() else 0o037
    if found.st_mode & too_wide:
        raise KeysError(f"{path} can be read or changed by others (mode {stat.S_IMODE(found.st_mode):03o}): run chmod 600 {path}")


def make_home(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = stat.S_IMODE(home.stat().st_mode)
    except OSError as e:
        raise KeysError(f"{home} cannot be made: {e.strerror}.") from None
    if mode & 0o022:
        raise KeysError(f"{home} can be changed by others (mode {mode:03o}), and keys are about to be made there: run chmod 700 {home}")


def create_once(path: Path, text: str) -> None:
    """Put a whole file there, or leave the one that somebody else has put there meanwhile."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(fd, "w") as file:
                file.write(text)
                file.flush()
                os.fsync(fd)
            with suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink()
        _sync_directory(path.parent)
    except OSError as e:
        raise KeysError(f"{path} cannot be made: {e.strerror}.") from None


def _sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
