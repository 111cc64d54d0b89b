"""Where it is to be told how a run, or a request, went: nested as a run names it, flat as a request does."""

from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from api.schemas.bodies import ONE_LINE, Body, Count, Name
from api.shapes import sentences
from api.webhook_secret import is_webhook_secret
from core.domain.json import Json
from core.errors import Invalid

CallbackType = Literal["github", "slack", "webhook", "azure-devops", "none"]
NESTED = {"github": "github", "slack": "slack", "webhook": "webhook", "azure-devops": "azureDevOps"}


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good:
        raise ValueError("must be an address that begins with https://")
    return text


def _secret(text: str) -> str:
    if not is_webhook_secret(text):
        raise ValueError("must be whsec_ and 24 to 64 bytes in base64")
    return text


FLAT = ("repositoryIdentifier", "issueNumber", "closeOnComplete")
Address = Annotated[str, Field(max_length=2_000), ONE_LINE, AfterValidator(_address)]
ThreadTs = Annotated[str, Field(pattern=r"^[0-9]{1,20}\.[0-9]{1,10}$")]


class GithubCallback(Body):
    repository_identifier: Name
    issue_number: Count
    close_on_complete: bool | None = None


class SlackCallback(Body):
    channel: Name
    thread_ts: ThreadTs | None = None


class WebhookCallback(Body):
    url: Address
    secret: Annotated[str, AfterValidator(_secret)] | None = None


class AzureDevOpsCallback(Body):
    repository_identifier: Name
    work_item_id: Count


SHAPES: Mapping[str, type[Body]] = {
    "github": GithubCallback, "slack": SlackCallback, "webhook": WebhookCallback, "azure-devops": AzureDevOpsCallback}


class TaskCallbackDto(Body):
    model_config = ConfigDict(extra="allow", alias_generator=lambda name: "azureDevOps" if name == "azure_devops" else to_camel(name))

    type: Annotated[CallbackType, Field(description="Callback provider type")]
    github: dict[str, Any] | None = None
    slack: dict[str, Any] | None = None
    webhook: dict[str, Any] | None = None
    azure_devops: dict[str, Any] | None = None


class CallbackConfigDto(Body):
    type: Annotated[CallbackType, Field(description="Callback provider type")]
    repository_identifier: Name | None = None
    issue_number: Count | None = None
    channel: Name | None = None
    thread_ts: ThreadTs | None = None
    url: Address | None = None
    work_item_id: Count | None = None


def parse_callback(given: TaskCallbackDto | CallbackConfigDto | None, problem: Callable[[str], str | None],
                   homes: Collection[str] = ()) -> dict[str, Json] | None:
    """Return a callback in its flat form, without its secret; raise Invalid for one that lacks something, for an address of which
    `problem` tells one, and for a provider that is none of `homes`.
    """
    if given is None:
        return None
    raw = given.model_dump(by_alias=True, exclude_none=True)
    if given.type == "none":
        return {k: v for k, v in raw.items() if k in ("type", "repositoryIdentifier")}
    nested = raw.get(NESTED[given.type])
    try:
        SHAPES[given.type].model_validate(raw if nested is None else nested)
    except ValidationError as error:
        where = ("callback",) if nested is None else ("callback", NESTED[given.type])
        raise Invalid(tuple(sentences([{**e, "loc": ("body", *where, *e["loc"])} for e in error.errors()]))) from None
    if given.type == "webhook":
        url = str((raw if nested is None else nested)["url"])
        wrong = problem(url)
        if wrong is not None:
            raise Invalid((f"{'callback' if nested is None else 'callback.webhook'}.url {wrong}.",))
        return {"type": "webhook", **{k: v for k, v in raw.items() if k == "repositoryIdentifier"}, "url": url}
    if given.type in homes:
        return {"type": given.type, **{k: v for k, v in (raw if nested is None else nested).items() if k in FLAT}}
    raise Invalid((f"callback.type {given.type} is not set up here: leave the callback out, or send none.",))


def secret_of(given: TaskCallbackDto | None) -> str | None:
    """Return the secret of a callback that was parsed before: it is kept apart from all that is shown."""
    if given is None or given.type != "webhook":
        return None
    raw = given.model_dump(by_alias=True, exclude_none=True)
    secret = (raw.get("webhook") or raw).get("secret")
    return secret if isinstance(secret, str) else None
