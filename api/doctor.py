"""A look at the whole installation, which changes nothing: what is wrong, and what to do about it."""

import os
import stat
from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from api.errors import first_line
from api.finding import Finding, State
from api.settings import Settings, SettingsError, load_settings
from api.wiring.configuration import config_problem, pipelines_in, unknown_approvers
from api.wiring.installation import LEAST_ROOM, SqlDatabase, existing_database, schema_problem
from api.wiring.keys import Keys, existing_keys, keys_problem
from api.wiring.mail import mail_problem
from api.wiring.oidc import oidc_problem
from api.wiring.providers import github_lacks, provider_problems
from api.work_findings import look_at_work
from core.errors import Unavailable

PACKAGES = ("api", "bot", "core", "integrations")
CLOCKS_APART = timedelta(seconds=10)
CONNECT_WITHIN = 5.0
SCARCE = 100 * 2**20  # bytes


def examine(environ: Mapping[str, str] = os.environ, *, connect_within: float = CONNECT_WITHIN,
            scarce: int = SCARCE) -> Iterator[Finding]:
    """Look at everything that can be looked at; what depends on something that is wrong is left out.

    `scarce`: with fewer bytes than that left, a disk is spoken of.
    """
    yield _packages()
    try:
        settings = load_settings(environ)
    except SettingsError as error:
        yield Finding(about="settings", state=State.WRONG, said=str(error), cure="Correct it; the rest is looked at then.")
        return
    yield Finding(about="settings", state=State.OK, said=f"PLACET_HOME is {settings.home}.")
    if settings.database_file and not settings.database_file.exists():
        yield Finding(about="database", state=State.NOTE, said=f"There is no {settings.database_file} yet.",
                      cure="The first start makes it, and the keys with it.")
        yield from _providers(settings, connect_within)
        return
    yield from _home(settings)
    keys = yield from _keys(settings)
    try:
        database = existing_database(settings)
    except SettingsError as error:
        yield Finding(about="database", state=State.WRONG, said=str(error),
                      cure="Start it, or correct the address; its own log says why it stopped, as it does when its disk is full.")
        database = None
    if database is not None:
        try:
            yield from _on_database(settings, database, keys, connect_within, scarce)
        except (Unavailable, SQLAlchemyError) as error:
            yield Finding(about="database", state=State.WRONG, said=f"The database does not let itself be read ({first_line(error)}).",
                          cure="`placet migrate` gives the service's role its rights; if that is not it, look at the database's own log.")
        finally:
            database.close()
    yield from _providers(settings, connect_within)


def _packages() -> Finding:
    """Placet is an application: its packages have plain names, which another distribution in the same environment could take."""
    root = Path(__file__).parent.parent
    foreign = [name for name in PACKAGES if not (spec := find_spec(name)) or not spec.origin or Path(spec.origin).parent.parent != root]
    shared = {name: others for name in PACKAGES if (others := set(packages_distributions().get(name, ())) - {"placet"})}
    if not foreign and not shared:
        return Finding(about="packages", state=State.OK, said=f"{', '.join(PACKAGES)} are Placet's own.")
    said = [f"{name} is not Placet's own" for name in foreign]
    said += [f"{name} comes from {', '.join(sorted(others))} too" for name, others in shared.items()]
    return Finding(about="packages", state=State.WRONG, said="; ".join(said) + ".", cure="Install Placet into an environment of its own.")


def _home(settings: Settings) -> Iterator[Finding]:
    if not settings.home.is_dir():
        return
    mode = stat.S_IMODE(settings.home.stat().st_mode)
    if mode & 0o077:
        yield Finding(about="home", state=State.WRONG, said=f"{settings.home} is open to others (mode {mode:03o}).",
                      cure=f"chmod 700 {settings.home}")
    file = settings.database_file
    if file is not None and stat.S_IMODE(file.stat().st_mode) & 0o077 and stat.S_IMODE(file.parent.stat().st_mode) & 0o077:
        yield Finding(about="home", state=State.WRONG, said=f"{file} can be read by others.", cure=f"chmod 600 {file}")


def _keys(settings: Settings) -> Generator[Finding, None, Keys | None]:
    try:
        keys = existing_keys(settings)
    except SettingsError as error:
        yield Finding(about="keys", state=State.WRONG, said=str(error), cure="Put the key there that this installation had.")
        return None
    yield Finding(about="keys", state=State.OK, said="Data key and signing key are there, and nobody else can read them.")
    if len(keys.data_keys) > 1:
        yield Finding(about="keys", state=State.NOTE, said="There are two data keys: a rotation is under way.",
                      cure="`placet keys reseal`, then take the second one away.")
    if keys.older_verifying_key:
        yield Finding(about="keys", state=State.NOTE, said="There are two signing keys: tokens of the older one are accepted.",
                      cure="`placet keys reseal`, and once those tokens have expired take the second one away.")
    if not keys.digest_key_kept:
        keep = "Before the signing key is changed, keep what `placet keys digest` prints as PLACET_DIGEST_KEY."
        yield Finding(about="keys", state=State.NOTE, said="The digest key hangs on the signing key.",
                      cure=keep if settings.postgres else "The next start writes it down as a key of its own.")
    return keys


def _on_database(settings: Settings, database: SqlDatabase, keys: Keys | None, connect_within: float, scarce: int) -> Iterator[Finding]:
    yield Finding(about="database", state=State.OK, said=f"{'PostgreSQL' if database.postgres else 'SQLite'} answers.")
    wrong = schema_problem(database)
    if wrong is not None:
        yield Finding(about="schema", state=State.WRONG, said=wrong, cure="placet migrate")
        return
    yield Finding(about="schema", state=State.OK, said="The schema is this version's.")
    yield from _storage(database, scarce)
    wrong = keys_problem(database, keys) if keys else None
    if wrong is not None:
        yield Finding(about="keys", state=State.WRONG, said=wrong, cure="Nothing that is sealed is lost as long as the old key is kept.")
    wrong = config_problem(settings, database, keys) if keys else None
    if wrong is not None:
        yield Finding(about="settings", state=State.WRONG, said=wrong, cure="`placet config check` lists every mistake.")
    elif keys:
        yield from _approvers(settings, database, keys)
        yield from _reached(pipelines_in(settings, database, keys, connect_within))
    yield _clock(database)
    yield from look_at_work(database)


def _storage(database: SqlDatabase, scarce: int) -> Iterator[Finding]:
    """Write something large and take it back. Of a SQLite, which writes only as a transaction ends, also see how much room is left."""
    room = database.room
    cure = "Make room there. Nothing has to be repaired then; a PostgreSQL that has stopped is started."
    try:
        database.try_writing(large=True, keep=False)
    except Unavailable as error:
        yield Finding(about="database", state=State.WRONG, said=f"It takes nothing that is written to it ({first_line(error.__cause__)}).",
                      cure=f"If its disk is full: {cure[0].lower()}{cure[1:]}")
        return
    if room is not None and room < scarce:
        full = room < LEAST_ROOM
        yield Finding(about="database", state=State.WRONG if full else State.NOTE,
                      said=f"Its disk has {room // 2**20} MiB left.", cure=cure)


def _approvers(settings: Settings, database: SqlDatabase, keys: Keys) -> Iterator[Finding]:
    for flow, names in unknown_approvers(settings, database, keys).items():
        yield Finding(about="settings", state=State.NOTE, said=f"{flow} names approvers who are not there: {', '.join(names)}.",
                      cure="`placet people add` or `placet groups add` makes them; until then nobody answers in their place.")


def _clock(database: SqlDatabase) -> Finding:
    with database.read() as tx:
        before, at, after = datetime.now(UTC), tx.now(), datetime.now(UTC)
    apart = max(before - at, at - after, timedelta())
    if apart <= CLOCKS_APART:
        return Finding(about="clock", state=State.OK, said="This machine's clock agrees with the database's.")
    seconds = round(apart.total_seconds())
    if database.clock.behind:
        return Finding(about="clock", state=State.WRONG, said=f"This machine's clock is {seconds} s behind a time that it has shown.",
                       cure="Set it right (NTP). Until then the time goes on from the later one, and tokens may seem to be of the future.")
    return Finding(about="clock", state=State.WRONG, said=f"This machine's clock is {seconds} s away from the database's.",
                   cure="Set both right (NTP): the database's decides, this machine's is what tokens are judged by.")


def _providers(settings: Settings, connect_within: float) -> Iterator[Finding]:
    yield from _reached(provider_problems(settings, connect_within))
    yield from _mail(settings, connect_within)
    yield from _outside_issuer(settings, connect_within)
    yield from _github(settings)


def _reached(problems: Mapping[str, str | None]) -> Iterator[Finding]:
    for name, wrong in problems.items():
        if wrong is None:
            yield Finding(about="providers", state=State.OK, said=f"{name} can be reached.")
        else:
            yield Finding(about="providers", state=State.WRONG, said=f"{name} cannot be reached ({wrong}).",
                          cure="Start what listens there, or correct the address; what waits for it is tried again by itself.")


def _mail(settings: Settings, within: float) -> Iterator[Finding]:
    if settings.smtp_url is None:
        return
    wrong = mail_problem(settings, within)
    if wrong is None:
        yield Finding(about="mail", state=State.OK, said=f"The mail server lets {settings.smtp_from} in; no mail was sent.")
    else:
        yield Finding(about="mail", state=State.WRONG, said=f"The mail server takes nothing: {wrong.rstrip('.')}.",
                      cure="Correct PLACET_SMTP_*, or look after the server. What waits is tried again by itself.")


def _github(settings: Settings) -> Iterator[Finding]:
    match github_lacks(settings):
        case None:
            return
        case str(wrong):
            yield Finding(about="github", state=State.WRONG, said=wrong, cure="Correct PLACET_GITHUB_*, or look after the way to GitHub.")
        case []:
            yield Finding(about="github", state=State.OK, said="GitHub answers, and lets us do and hear what we may need.")
        case found:
            for each in found:
                yield Finding(
                    about="github", state=State.WRONG if each.always else State.NOTE,
                    said=f"{each.where[0].upper()}{each.where[1:]} lacks {each.what}, for {each.purpose}.",
                    cure="Add it to the App's settings, and let each installation agree to it." if each.always
                    else "If you want that, add it to the App's settings, and let each installation agree to it.")


def _outside_issuer(settings: Settings, within: float) -> Iterator[Finding]:
    if settings.oidc_issuer is None:
        return
    wrong = oidc_problem(settings, within)
    if wrong is None:
        yield Finding(about="oidc", state=State.OK, said=f"{settings.oidc_issuer} publishes keys that tokens can be verified with.")
    else:
        yield Finding(about="oidc", state=State.WRONG, said=f"{settings.oidc_issuer}: {wrong}.",
                      cure="Correct PLACET_OIDC_*, or look after the issuer. An hour after its keys last came, its tokens are refused.")
