"""`placet config`: whether the configuration file can be used."""

from datetime import timedelta

from api.cli.installation import installation
from api.cli.terminal import say, shown
from bot.words import ANSWERS, ENGLISH, Vocabulary
from core.domain.approvals import Risk
from core.domain.flow_types import FlowType


def check() -> None:
    """Check the whole configuration file and list every mistake in it; nothing is changed."""
    with installation() as here:
        found = here.configured()
    for flow in found.flows:
        say(shown(f"flow {flow.id}: {flow.name}, {_asks(flow)}"))
    for each in found.schedules:
        say(shown(f"schedule {each.name}: {each.flow} for {each.project} at {each.expression}"))
    for project, words in found.words.projects.items():
        say(shown(f"project {project}: {_counts(words)}"))
    anything = found.flows or found.schedules or found.words.projects
    say("The configuration has no mistake." if anything else "There is nothing in the configuration.")


def _counts(words: Vocabulary) -> str:
    """Say what counts there beside the English words."""
    also = {meaning: [word for word in words.accepted(meaning) if ENGLISH.find(word) is None] for meaning in ANSWERS}
    return "; ".join(f"{meaning} is also {', '.join(found)}" for meaning, found in also.items() if found) or "the English words"


def _asks(flow: FlowType) -> str:
    """Say who is asked before anything happens."""
    if flow.asks is False:
        return "asks nobody"
    risk = ", high risk" if flow.risk is Risk.HIGH else ""
    return f"asks {flow.required} of {', '.join(flow.approvers) or 'the owners'} within {flow.timeout / timedelta(hours=1):g} h{risk}"
