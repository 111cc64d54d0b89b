"""What to type next in the demo, ready to be pasted."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from shlex import quote
from shutil import which

from api.cli.installation import Opened
from api.cli.register import TokenOrder
from api.cli.service import DEFAULT_URL
from api.cli.times import utc

PROJECT, REQUESTER, APPROVER = "demo/app", "requester@example.com", "approver@example.com"
FLOW = "request-elevated-privileges"
LIFE = timedelta(hours=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What the next steps need. `placet` calls the command line; `operator` does so for this installation."""

    placet: str
    operator: str
    url: str
    requester_token: str
    approver_token: str
    requester_link: str
    approver_link: str
    until: datetime


def prepare(here: Opened, url: str) -> Walk:
    """Mint both people's tokens, and see how the command line is called from here."""
    asks, answers = (here.register.remember_token(TokenOrder(person=p, projects=(PROJECT,), life=LIFE)) for p in (REQUESTER, APPROVER))
    placet, home = quote(_command(sys.argv[0])), os.environ.get("PLACET_HOME")
    return Walk(
        placet=placet, operator=f"PLACET_HOME={quote(home)} {placet}" if home else placet, url=url,
        requester_token=here.issuer.mint(asks), approver_token=here.issuer.mint(answers), until=asks.expires_at,
        requester_link=url + here.register.login_link(REQUESTER).path, approver_link=url + here.register.login_link(APPROVER).path)


def _command(own: str) -> str:
    """Return how one calls this command line from here: by its name where the PATH leads to it."""
    path, found = Path(own).absolute(), which("placet")
    if found and Path(found).resolve() == path.resolve():
        return "placet"
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


def next_steps(walk: Walk) -> Iterator[str]:
    """Yield what to read, and behind three spaces what to paste."""
    placet, operator = walk.placet, walk.operator
    yield f"A demo is set up: {REQUESTER} asks, {APPROVER} answers, in the project {PROJECT}."
    yield ""
    yield "In a browser: open one link here and the other in a private window. Each works once, for 15 minutes."
    yield f"{REQUESTER}: {walk.requester_link}"
    yield f"{APPROVER}: {walk.approver_link}"
    yield f"For another link: {operator} people login-link {APPROVER}"
    yield ""
    yield f"Or paste this into another terminal in this directory, step by step. The tokens last until {utc(walk.until)} UTC."
    yield ""
    yield "1. Ask for access, as the requester."
    if walk.url != DEFAULT_URL:
        yield f"   export PLACET_URL={walk.url}"
    yield f"   export PLACET_TOKEN={walk.requester_token}"
    yield (f"   RUN=$({placet} flows run {FLOW} --project {PROJECT} --quiet username={REQUESTER} "
           "targetOrg=production accessLevel=admin durationMinutes=1)")
    yield ""
    yield "2. See it wait: it is Suspended, and nothing has been given."
    yield f"   {placet} flows show $RUN"
    yield ""
    yield "3. Say yes to your own request: that is refused."
    yield f"   {placet} flows approve $RUN"
    yield ""
    yield "4. Say yes as the other person."
    yield f"   PLACET_TOKEN={walk.approver_token} {placet} flows approve $RUN"
    yield ""
    yield "5. See who has access now, then follow it until it is taken back after its minute."
    yield f"   {operator} grants"
    yield f"   {placet} flows logs $RUN -f"
    yield ""
    yield "To remove the demo:"
    yield f"   {operator} demo remove"
    yield ""
    yield "To start for real, with your own address and project:"
    yield f"   {operator} people add you@example.org"
    yield f"   {operator} projects add acme/app --owner you@example.org"
    yield f"   export PLACET_TOKEN=$({operator} tokens mint --person you@example.org)"
    yield f"   {placet} flows types"
