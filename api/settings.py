"""Everything that an operator may set: PLACET_*, read once at the start."""

import os
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from api.webhook_secret import is_webhook_secret
from core.domain.people import is_email

PREFIX = "PLACET_"
OTLP_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"  # as OpenTelemetry names it; PLACET_OTLP_ENDPOINT is Placet's own, where the two differ
NOT_OURS = ("PLACET_URL", "PLACET_TOKEN")  # the command line's own
OF_TESTS = "PLACET_TEST_"
OF_KUBERNETES = re.compile(  # what it sets in each pod for a service whose name is placet, or begins so
    r"PLACET_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)")
ADDRESS_OF_KUBERNETES = re.compile(r"(tcp|udp|sctp)://")
Shown = Literal["off", "loopback", "open"]
OIDC_ALGORITHMS = ("RS256", "ES256", "EdDSA")
OIDC_VALUES = ("oidc_owner_values", "oidc_member_values", "oidc_application_values")
DATABASES = ("sqlite:///", "postgresql://", "postgres://")


class SettingsError(Exception):
    """Placet cannot start like this. Its text is a sentence for the operator, without any secret in it; `mistakes`: a line for each."""

    def __init__(self, sentence: str, mistakes: Sequence[str] = ()):
        super().__init__(sentence)
        self.mistakes = tuple(mistakes)


def _database(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith(DATABASES):
        raise ValueError("no database")
    return value


def _webhook_url(value: str) -> str:
    parts = urlsplit(value)
    if not parts.hostname or parts.scheme not in ("https", "http") or parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("no webhook")
    return value


def _issuer(value: str) -> str:
    """Refuse what could not be compared with the claim `iss` character by character, or had a password in it."""
    parts = urlsplit(_webhook_url(value))
    if parts.query or parts.fragment or "@" in parts.netloc or not value.isprintable() or len(value) > 300:
        raise ValueError("no issuer")
    return value


def _api_url(value: str) -> str:
    return _issuer(value).rstrip("/")


def _public_url(value: str) -> str:
    """Return an origin: a scheme and a host, perhaps a port, as a browser says it."""
    parts = urlsplit(_webhook_url(value))
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc or not value.isprintable():
        raise ValueError("no origin")
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
    usual = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in (None, usual) else "")


def _mail_server(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith(("smtp://", "smtps://")):
        raise ValueError("no mail server")
    return value


def _address(value: str) -> str:
    if not is_email(value):
        raise ValueError("no address")
    return value


def _algorithms(value: str) -> str:
    if not 1 <= len(set(split(value))) == len(split(value)) or not set(split(value)) <= set(OIDC_ALGORITHMS):
        raise ValueError("no algorithms")
    return value


def _scopes(value: str) -> str:
    if "openid" not in value.split() or not value.isascii() or not value.isprintable() or len(value) > 500:
        raise ValueError("no scopes")
    return " ".join(value.split())


def split(value: str | None) -> list[str]:
    """Return what stands between commas."""
    return [part.strip() for part in (value or "").split(",") if part.strip()]


def _endpoint(value: str) -> str:
    parts = urlsplit(value)
    if not parts.hostname or parts.scheme not in ("https", "http"):
        raise ValueError("no endpoint")
    return value


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _webhook_secrets(value: SecretStr) -> SecretStr:
    secrets = split_secrets(value)
    if not 1 <= len(secrets) <= 2 or not all(map(is_webhook_secret, secrets)):
        raise ValueError("no secret")
    return value


def _delivery_secrets(value: SecretStr) -> SecretStr:
    secrets = value.get_secret_value().split()
    if not 1 <= len(secrets) <= 2 or not all(16 <= len(secret) <= 200 and secret.isprintable() for secret in secrets):
        raise ValueError("no secret")
    return value


def _token(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not (20 <= len(text) <= 300 and text.isascii() and text.isprintable() and " " not in text):
        raise ValueError("no token")
    return value


def split_secrets(value: SecretStr) -> list[str]:
    return value.get_secret_value().replace(",", " ").split()


DatabaseUrl = Annotated[SecretStr, AfterValidator(_database)]
DATABASE_URL = "sqlite:///a file, or postgresql://user@host/name"


class Settings(BaseSettings):
    """A field's description completes the sentence "PLACET_X must be ..."."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    home: Path = Field(Path(".placet"), description="a directory")
    database_url: DatabaseUrl = Field(SecretStr(""), description=DATABASE_URL)
    migrate_database_url: DatabaseUrl | None = Field(None, description=DATABASE_URL)
    host: str = Field("127.0.0.1", min_length=1, description="an address to listen on")
    port: int = Field(8484, ge=0, le=65535, description="a port, 1 to 65535, or 0 for any that is free")
    slots: int = Field(4, ge=1, le=64, description="a number of runs worked on at once, 1 to 64")
    lease: float = Field(30, ge=0.3, le=600, description="a number of seconds, 0.3 to 600")
    pool_size: int = Field(8, ge=2, le=64, description="a number of connections, 2 to 64")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="debug, info, warning or error")
    data_key: SecretStr | None = Field(None, description="a data key")
    data_key_file: Path | None = Field(None, description="a file")
    digest_key: SecretStr | None = Field(None, description="a digest key")
    digest_key_file: Path | None = Field(None, description="a file")
    signing_key_file: Path | None = Field(None, description="a file")
    access_provider: Literal["record", "webhook", "github-team"] = Field("record", description="record, webhook or github-team")
    access_webhook_url: Annotated[str, AfterValidator(_webhook_url)] | None = Field(
        None, description="an https:// address (http:// only to this machine itself)")
    access_webhook_secret: Annotated[SecretStr, AfterValidator(_webhook_secrets)] | None = Field(
        None, description="whsec_ and 24 to 64 bytes in base64, or two of them during a rotation")
    release_webhook_url: Annotated[str, AfterValidator(_webhook_url)] | None = Field(
        None, description="an https:// address (http:// only to this machine itself)")
    release_webhook_secret: Annotated[SecretStr, AfterValidator(_webhook_secrets)] | None = Field(
        None, description="whsec_ and 24 to 64 bytes in base64, or two of them during a rotation")
    dispatch_webhook_secret: Annotated[SecretStr, AfterValidator(_webhook_secrets)] | None = Field(
        None, description="whsec_ and 24 to 64 bytes in base64, or two of them during a rotation")
    smtp_url: Annotated[SecretStr, AfterValidator(_mail_server)] | None = Field(
        None, description="smtp://user@host:port or smtps://user@host:port")
    smtp_password_file: Path | None = Field(None, description="a file")
    smtp_from: Annotated[str, AfterValidator(_address)] | None = Field(None, description="an e-mail address")
    callback_allow: str | None = Field(None, max_length=2_000, description="hosts and networks, with commas between")
    github_url: Annotated[str, AfterValidator(_api_url)] = Field(
        "https://api.github.com", description="an https:// address (http:// only to this machine itself), as https://HOST/api/v3")
    github_app_id: str | None = Field(None, pattern=r"^[1-9][0-9]{0,18}$", description="the number of a GitHub App")
    github_private_key_file: Path | None = Field(None, description="a file")
    github_token: Annotated[SecretStr, AfterValidator(_token)] | None = Field(None, description="a token of GitHub's")
    github_webhook_secret: Annotated[SecretStr, AfterValidator(_delivery_secrets)] | None = Field(
        None, description="16 to 200 characters without a space, or two of them with a space between during a rotation")
    config: Path | None = Field(None, description="a file")
    public_url: Annotated[str, AfterValidator(_public_url)] | None = Field(
        None, description="an https:// address without a path (http:// only to this machine itself)")
    docs: Shown = Field("loopback", description="off, loopback or open")
    metrics: Literal["off", "loopback"] = Field("off", description="off or loopback")
    metrics_token: Annotated[SecretStr, Field(min_length=16, max_length=200)] | None = Field(
        None, description="a text of 16 to 200 characters")
    otlp_endpoint: Annotated[str, AfterValidator(_endpoint)] | None = Field(None, description="an http:// or https:// address")
    open_requests_limit: int = Field(20, ge=1, le=10_000, description="a number of open requests, 1 to 10000")
    token_issuer: str = Field("placet", min_length=1, max_length=200, description="a text of 1 to 200 characters")
    token_audience: str = Field("placet", min_length=1, max_length=200, description="a text of 1 to 200 characters")

    oidc_issuer: Annotated[str, AfterValidator(_issuer)] | None = Field(
        None, description="an https:// address (http:// only to this machine itself), as the claim `iss` has it")
    oidc_audience: str | None = Field(None, min_length=1, max_length=200, description="a text of 1 to 200 characters")
    oidc_jwks_url: Annotated[str, AfterValidator(_webhook_url)] | None = Field(
        None, description="an https:// address (http:// only to this machine itself)")
    oidc_algorithms: Annotated[str, AfterValidator(_algorithms)] = Field(
        "RS256", description="RS256, ES256 or EdDSA, or some of them with commas between")
    oidc_role_claim: str = Field("roles", min_length=1, max_length=200, description="the name of a claim")
    oidc_owner_values: str | None = Field(None, description="values of the role's claim, with commas between")
    oidc_member_values: str | None = Field(None, description="values of the role's claim, with commas between")
    oidc_application_values: str | None = Field(None, description="values of the role's claim, with commas between")
    oidc_email_claim: str | None = Field(None, min_length=1, max_length=200, description="the name of a claim")
    oidc_client_id: str | None = Field(None, min_length=1, max_length=300, description="a text of 1 to 300 characters")
    oidc_client_secret: SecretStr | None = Field(None, description="a client's secret")
    oidc_client_secret_file: Path | None = Field(None, description="a file")
    oidc_scopes: Annotated[str, AfterValidator(_scopes)] = Field(
        "openid email profile", description="scopes with spaces between, openid among them")

    @classmethod
    def settings_customise_sources(cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
                                   env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
                                   file_secret_settings: PydanticBaseSettingsSource) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)  # `load_settings` gives the environment, having looked at every name in it

    @model_validator(mode="before")
    @classmethod
    def _settle(cls, given: dict[str, Any]) -> dict[str, Any]:
        home = Path(given.get("home", ".placet")).expanduser().absolute()
        level = given.get("log_level", "info")
        return {"database_url": f"sqlite:///{home}/placet.db", **given, "home": home, "log_level": str(level).lower()}

    @model_validator(mode="after")
    def _webhooks_are_whole(self) -> Self:
        if self.access_provider == "webhook" and not (self.access_webhook_url and self.access_webhook_secret):
            raise ValueError("PLACET_ACCESS_PROVIDER=webhook needs PLACET_ACCESS_WEBHOOK_URL and PLACET_ACCESS_WEBHOOK_SECRET as well.")
        if (self.release_webhook_url is None) is not (self.release_webhook_secret is None):
            raise ValueError("PLACET_RELEASE_WEBHOOK_URL and PLACET_RELEASE_WEBHOOK_SECRET are set together, or neither.")
        return self

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        if (self.smtp_url is None) is not (self.smtp_from is None):
            raise ValueError("PLACET_SMTP_URL and PLACET_SMTP_FROM are set together, or neither.")
        if self.smtp_url is None and self.smtp_password_file is not None:
            raise ValueError("PLACET_SMTP_PASSWORD_FILE needs PLACET_SMTP_URL and PLACET_SMTP_FROM as well.")
        return self

    @model_validator(mode="after")
    def _github_is_whole(self) -> Self:
        """Nothing of GitHub works without its webhook's secret: whoever could deliver without one could answer for anybody."""
        if (self.github_app_id is None) is not (self.github_private_key_file is None):
            raise ValueError("PLACET_GITHUB_APP_ID and PLACET_GITHUB_PRIVATE_KEY_FILE are set together, or neither.")
        if self.github_app_id is not None and self.github_token is not None:
            raise ValueError("PLACET_GITHUB_TOKEN is for a set-up without an App: set it, or PLACET_GITHUB_APP_ID, not both.")
        if self.github and self.github_webhook_secret is None:
            raise ValueError("GitHub needs PLACET_GITHUB_WEBHOOK_SECRET as well: without it, anybody could deliver an answer.")
        if self.access_provider == "github-team" and not self.github:
            raise ValueError("PLACET_ACCESS_PROVIDER=github-team gives access on GitHub: it needs PLACET_GITHUB_APP_ID as well.")
        given = sorted(name for name in self.model_fields_set if name.startswith("github_"))
        if given and not self.github:
            raise ValueError(f"{PREFIX}{given[0].upper()} says something of GitHub: it needs PLACET_GITHUB_APP_ID and "
                             "PLACET_GITHUB_PRIVATE_KEY_FILE as well, or PLACET_GITHUB_TOKEN.")
        return self

    @model_validator(mode="after")
    def _oidc_is_whole(self) -> Self:
        given = sorted(name for name in self.model_fields_set if name.startswith("oidc_"))
        if given and self.oidc_issuer is None:
            raise ValueError(f"{PREFIX}{given[0].upper()} says something of an outside issuer: it needs PLACET_OIDC_ISSUER as well.")
        given_values = (self.oidc_owner_values, self.oidc_member_values, self.oidc_application_values)
        named = [value for values in given_values for value in split(values)]
        if given and not (self.oidc_audience and named) and (self.oidc_client_id is None or self.oidc_audience or named):
            raise ValueError("PLACET_OIDC_ISSUER needs PLACET_OIDC_AUDIENCE as well, and at least one of "
                             f"{', '.join(PREFIX + name.upper() for name in OIDC_VALUES)}; or PLACET_OIDC_CLIENT_ID alone, to sign in.")
        if len(named) > len(set(named)):
            raise ValueError(f"A value stands for one role, once, in {', '.join(PREFIX + name.upper() for name in OIDC_VALUES)}.")
        return self

    @model_validator(mode="after")
    def _signing_in_is_whole(self) -> Self:
        given = sorted({"oidc_client_secret", "oidc_client_secret_file", "oidc_scopes"} & self.model_fields_set)
        if self.oidc_client_id is None and given:
            raise ValueError(f"{PREFIX}{given[0].upper()} is for signing in at the pages: it needs PLACET_OIDC_CLIENT_ID as well.")
        if self.oidc_client_id is not None and self.public_url is None:
            raise ValueError("PLACET_OIDC_CLIENT_ID needs PLACET_PUBLIC_URL as well: the issuer sends people back there.")
        if self.oidc_client_secret is not None and self.oidc_client_secret_file is not None:
            raise ValueError("PLACET_OIDC_CLIENT_SECRET and PLACET_OIDC_CLIENT_SECRET_FILE are two ways to say one thing: choose one.")
        return self

    @property
    def postgres(self) -> bool:
        return self.database_url.get_secret_value().startswith("postgres")

    @property
    def database_file(self) -> Path | None:
        """The file of a SQLite database."""
        return None if self.postgres else Path(self.database_url.get_secret_value().removeprefix("sqlite:///").partition("?")[0])

    @property
    def webhook_secrets(self) -> list[str]:
        return split_secrets(self.access_webhook_secret) if self.access_webhook_secret else []

    @property
    def release_webhook_secrets(self) -> list[str]:
        return split_secrets(self.release_webhook_secret) if self.release_webhook_secret else []

    @property
    def dispatch_webhook_secrets(self) -> list[str]:
        return split_secrets(self.dispatch_webhook_secret) if self.dispatch_webhook_secret else []

    @property
    def github(self) -> bool:
        """Whether GitHub is a home here."""
        return self.github_app_id is not None or self.github_token is not None

    @property
    def github_webhook_secrets(self) -> list[str]:
        return self.github_webhook_secret.get_secret_value().split() if self.github_webhook_secret else []

    @property
    def lease_time(self) -> timedelta:
        return timedelta(seconds=self.lease)


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the environment; an empty value is none. Raise SettingsError with one sentence for the first thing that is wrong."""
    names = {PREFIX + field.upper(): field for field in Settings.model_fields}
    if environ.get(OTLP_ENDPOINT):
        environ = {PREFIX + "OTLP_ENDPOINT": environ[OTLP_ENDPOINT], **environ}
    given = {}
    for name, value in environ.items():
        if not name.startswith(PREFIX) or name in NOT_OURS or name.startswith(OF_TESTS) or _of_kubernetes(name, value):
            continue
        if name not in names:
            near = get_close_matches(name.removeprefix(PREFIX), [n.removeprefix(PREFIX) for n in names], n=1)
            raise SettingsError(f"{name} is no setting of Placet" + (f": did you mean {PREFIX}{near[0]}?" if near else "."))
        if value:
            given[names[name]] = value
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from None


def _of_kubernetes(name: str, value: str) -> bool:
    return bool(OF_KUBERNETES.fullmatch(name) or name.endswith("_PORT") and ADDRESS_OF_KUBERNETES.match(value))


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    if not first["loc"]:
        return str(first["ctx"]["error"])
    name = str(first["loc"][0])
    field = Settings.model_fields[name]
    secret = "SecretStr" in str(field.annotation) or name.endswith(("_url", "_endpoint", "_issuer"))
    return f"{PREFIX}{name.upper()} must be {field.description}" + ("." if secret else f", got {str(first['input'])[:80]!r}.")
