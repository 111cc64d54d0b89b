"""A service with the demo, a few more people, and flows that ask in each of the ways there are."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cli.command_line import CommandLine
from tests.cli.program import environment, serving
from tests.doubles.release_webhook import SECRET, ReleaseWebhook

REQUESTER, APPROVER, SECOND, OWNER = "requester@example.com", "approver@example.com", "second-approver@example.com", "owner@example.com"
DEVELOPER, NEWCOMER = "developer@example.com", "newcomer@example.com"
PROJECT, ACCESS = "demo/app", "request-elevated-privileges"
LAST = " flows types"
FLOWS = """
[[flow]]
id = "rotate-key"
name = "Rotate the webhook key"
description = "Replaces the key that signs what the payments service sends. Two people agree."
category = "repository"
approvers = ["approver@example.com", "second-approver@example.com", "owner@example.com"]
required = 2

[[flow.parameters]]
name = "service"
title = "Which service"
type = "choice"
choices = ["payments", "claims"]

[[flow.parameters]]
name = "reason"
title = "Why it is needed"
type = "text"

[[flow]]
id = "change-firewall"
name = "Open the firewall"
description = "Opens a port of an environment to the internet."
category = "environment"
risk = "high"

[[flow.parameters]]
name = "environment"
title = "Where"
type = "choice"
choices = ["lab", "production"]

[[flow.parameters]]
name = "port"
title = "Which port"
type = "integer"
min = 1
max = 65535

[[flow.parameters]]
name = "reason"
title = "Why it is needed"
type = "text"

[[flow]]
id = "new-sandbox"
name = "New sandbox"
description = "An environment of your own, for a few days."
category = "environment"

[[flow.parameters]]
name = "name"
title = "What it is called"
description = "Small letters and dashes."
type = "text"
min = 3
max = 40

[[flow.parameters]]
name = "owner"
title = "Who it is for"
type = "text"
subject = true

[[flow.parameters]]
name = "days"
title = "How many days"
type = "integer"
min = 1
max = 30
default = 7

[[flow.parameters]]
name = "parts"
title = "What is in it"
type = "list"
choices = ["database", "queue", "cache"]
default = ["database"]

[[flow.parameters]]
name = "public"
title = "Seen from outside"
type = "boolean"
default = false

[[flow.parameters]]
name = "tags"
title = "Tags"
type = "list"
required = false

[[flow.parameters]]
name = "licence"
title = "Licence key"
type = "text"
secret = true
required = false

[[schedule]]
name = "nightly release"
flow = "request-a-release-to-release-envs"
project = "demo/app"
expression = "0 2 * * mon-fri"
input = { release = "main", environments = ["qa"] }
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """`links`, `tokens`: those that `placet serve --demo` has printed; a link is good for one person, once."""

    url: str
    log: Path
    operator: CommandLine
    receiver: ReleaseWebhook
    links: dict[str, str]
    tokens: dict[str, str]

    def asks(self, flow: str, **parameters: str) -> str:
        """Have the requester ask by the command line; return the request's address once it is known whether people are asked."""
        given = [f"{name}={text}" for name, text in parameters.items()]
        asked = self.by(REQUESTER)("flows", "run", flow, *given, "--project", PROJECT, "--quiet")
        assert asked.code == 0, asked.err
        return f"/requests/{self._waits(asked.out.strip(), 'Suspended')}"

    def answers(self, request: str, verb: str, status: str, *more: str) -> None:
        """Have the approver answer by the command line, and wait for what comes of it."""
        run = request.removeprefix("/requests/")
        answered = self.by(APPROVER)("flows", verb, run, *more)
        assert answered.code == 0, answered.err
        self._waits(run, status)

    def by(self, email: str) -> CommandLine:
        return CommandLine({"PLACET_URL": self.url, "PLACET_TOKEN": self.tokens[email]})

    def _waits(self, run: str, status: str) -> str:
        for _ in range(200):
            if json.loads(self.by(APPROVER)("flows", "show", run, "--json").out)["status"] == status:
                return run
            time.sleep(0.05)
        raise AssertionError(self.by(APPROVER)("flows", "show", run).out)

    def link(self, email: str) -> str:
        """Have the operator make another."""
        made = self.operator("people", "login-link", email)
        assert made.code == 0, made.err
        return next(word for word in made.out.split() if "/sign-in?link=" in word)


@contextmanager
def on_stage(directory: Path) -> Iterator[Stage]:
    (directory / "placet.toml").write_text(FLOWS)
    with ReleaseWebhook() as receiver:
        given = {"PLACET_HOME": str(directory / "home"), "PLACET_CONFIG": str(directory / "placet.toml"),
                 "PLACET_RELEASE_WEBHOOK_URL": receiver.url, "PLACET_RELEASE_WEBHOOK_SECRET": SECRET}
        assert CommandLine({"PLACET_HOME": given["PLACET_HOME"]})("projects", "add", PROJECT).code == 0  # the schedule names it
        with serving("--demo", cwd=directory, environ=environment(PLACET_PORT="0", **given)) as served:
            printed = served.lines(LAST)
            links = dict(line.split(": ", 1) for line in printed if "/sign-in?link=" in line)
            tokens = dict(zip((REQUESTER, APPROVER), re.findall(r"PLACET_TOKEN=(eyJ\S+)", "\n".join(printed)), strict=True))
            operator = CommandLine({**given, "PLACET_URL": served.url})
            for email, role in ((SECOND, "member"), (OWNER, "owner"), (DEVELOPER, "member"), (NEWCOMER, None)):
                assert operator("people", "add", email, "--name", email.partition("@")[0].replace("-", " ").title()).code == 0
                if role:
                    assert operator("projects", "admit", PROJECT, email, "--role", role).code == 0
            yield Stage(served.url, served.log, operator, receiver, links, tokens)
