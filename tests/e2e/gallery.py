"""Every page in every state that people see, set up at the browser; `python -m tests.e2e.gallery DIRECTORY` takes a picture of each."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

from tests.e2e.chromium import MISSING, chromium, path
from tests.e2e.person import Person, person, signed_in
from tests.e2e.stage import ACCESS, APPROVER, DEVELOPER, NEWCOMER, OWNER, PROJECT, REQUESTER, SECOND, Stage, on_stage

RELEASE = "request-a-release-to-release-envs"
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light", "device_scale_factor": 2, "has_touch": True,
              "is_mobile": True}}


@dataclass(frozen=True, slots=True)
class Shot:
    """A page as one person sees it. `who`: None for somebody who is not signed in; `written`: what they send below the request there."""

    name: str
    who: str | None
    path: str
    written: str = ""


def scene(browser: Browser, stage: Stage) -> list[Shot]:
    """Let people ask and answer until there is something of everything; return what there is to see."""
    rejected = stage.asks(ACCESS, **_access("billing-prod", "Look into the refunds of Monday"))
    stage.answers(rejected, "reject", "Failed", "--reason", "two hours are enough, ask again")
    running = stage.asks(ACCESS, **_access("reports-prod", "Rebuild the monthly report"))
    stage.answers(running, "approve", "Running")
    ended = stage.asks(ACCESS, **_access("audit-bucket", "Count last year's rows"))
    stage.answers(ended, "approve", "Running")
    stage.answers(ended, "cancel", "Cancelled")
    sandbox = stage.asks("new-sandbox", name="claims-spike", owner=REQUESTER, days="7")
    stage.answers(sandbox, "approve", "Completed")
    stage.receiver.says.append((422, b"2026.11.4 has no image for uat"))
    failed = stage.asks("execute-release", release="2026.11.4", environment="uat", reason="For the acceptance test")
    stage.answers(failed, "approve", "Failed")
    taken = stage.asks(ACCESS, **_access("claims-prod", "Asked for the wrong one"))
    stage.by(REQUESTER)("flows", "cancel", taken.removeprefix("/requests/"))
    two = stage.asks("rotate-key", service="payments", reason="It was in a log, INC-2231")
    high = stage.asks("change-firewall", environment="production", port="8443", reason="The partner's new callback")
    open_ = stage.asks(ACCESS, **{**_access("payments-prod", "Rotate the leaked webhook key, INC-2231"), "durationMinutes": "120"})
    asker, second = signed_in(browser, stage, REQUESTER), signed_in(browser, stage, SECOND)
    tree = asker.asks(RELEASE, release="2026.11.5", environments="qa\nproduction", reason="The fix of INC-2231")
    asker.opens(open_)
    asker.says("I need this to rotate the key before the 17:00 run.")
    expect(asker.thread).to_contain_text("before the 17:00 run")
    second.opens(two)
    second.says("approve, pair with the on-call please")
    expect(second.state).to_have_text("Waiting for 1 more approval")
    for each in (asker, second):
        assert each.faults == []
        each.context.close()
    new, at = f"/new?repositoryIdentifier={PROJECT}", f"repositoryIdentifier={PROJECT}"
    return [
        Shot("sign-in", None, "/sign-in"), Shot("sign-in-spent", None, "/sign-in?link=0000"),
        Shot("inbox", APPROVER, "/"), Shot("inbox-empty", DEVELOPER, "/"),
        Shot("my-requests", REQUESTER, "/requests"), Shot("my-requests-empty", NEWCOMER, "/requests"),
        Shot("request-open", APPROVER, open_), Shot("request-open-own", REQUESTER, open_), Shot("request-open-other", DEVELOPER, open_),
        Shot("request-help", APPROVER, open_, "help"), Shot("request-asked-back", APPROVER, open_, "approve if the tests pass"),
        Shot("request-one-of-two", APPROVER, two), Shot("request-answered", SECOND, two), Shot("request-high-risk", APPROVER, high),
        Shot("request-high-risk-typed", APPROVER, high, "approve"),
        Shot("request-running", REQUESTER, running), Shot("request-finished", REQUESTER, sandbox),
        Shot("request-failed", REQUESTER, failed), Shot("request-rejected", REQUESTER, rejected),
        Shot("request-ended-early", REQUESTER, ended), Shot("request-taken-back", REQUESTER, taken), Shot("request-tree", REQUESTER, tree),
        Shot("again", REQUESTER, f"{rejected}/again"),
        Shot("history", REQUESTER, "/history"), Shot("history-filtered", REQUESTER, f"/history?{at}&category=access&since=24h"),
        Shot("history-wrong", REQUESTER, f"/history?{at}&since=yesterday"),
        Shot("new", REQUESTER, new), Shot("new-access", REQUESTER, f"/new/request-elevated-privileges?{at}"),
        Shot("new-sandbox", REQUESTER, f"/new/new-sandbox?{at}"), Shot("new-none", NEWCOMER, "/new"),
        Shot("schedules", APPROVER, "/schedules"), Shot("schedules-member", REQUESTER, "/schedules"),
        Shot("audit", APPROVER, f"/audit?{at}&before=16"), Shot("audit-member", REQUESTER, "/audit"),
        Shot("access", APPROVER, "/access"), Shot("access-empty", NEWCOMER, "/access"),
        Shot("access-end", OWNER, f"{running.replace('/requests/', '/access/')}/end"),
        Shot("account", APPROVER, "/account"), Shot("link", APPROVER, "/link"), Shot("nothing-here", APPROVER, "/requests/zzzzzz"),
        Shot("no-such-address", None, "/nowhere"),
    ]


def _access(where: str, reason: str) -> dict[str, str]:
    return {"username": REQUESTER, "targetOrg": where, "accessLevel": "admin", "durationMinutes": "60", "reason": reason}


@contextmanager
def visitors(browser: Browser, stage: Stage, **kind: Any) -> Iterator[dict[str | None, Person]]:
    """Let everybody of the gallery in, by browsers of one kind."""
    with ExitStack() as stack:
        people: dict[str | None, Person] = {None: person(browser, stage, "", **kind)}
        for email in (REQUESTER, APPROVER, SECOND, DEVELOPER, NEWCOMER, OWNER):
            people[email] = signed_in(browser, stage, email, **kind)
        for each in people.values():
            stack.callback(each.context.close)
        yield people


def goes_to(shot: Shot, people: dict[str | None, Person]) -> Person:
    who = people[shot.who]
    who.opens(shot.path)
    if shot.written:
        who.says(shot.written)
        expect(who.page.locator(".notice")).to_be_visible()
    return who


def main(directory: Path) -> None:
    executable = path()
    if executable is None:
        raise SystemExit(MISSING)
    with tempfile.TemporaryDirectory() as home, chromium(executable) as browser, on_stage(Path(home)) as stage:
        shots = scene(browser, stage)
        for look in LOOKS:
            (directory / look).mkdir(parents=True, exist_ok=True)
            with visitors(browser, stage, **LOOKS[look]) as people:
                for shot in shots:
                    goes_to(shot, people).page.screenshot(path=directory / look / f"{shot.name}.png", full_page=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
