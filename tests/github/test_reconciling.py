"""Hundreds of open requests, read again within what GitHub allows one installation."""

from collections import Counter
from datetime import timedelta

import pytest

from tests.github.stage import GitHubStage
from tests.world import BOUNDLESS

REPOSITORIES, ISSUES, MINUTES = 50, 10, 6
STEP = 5  # seconds


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_five_hundred_requests_in_fifty_repositories_are_read_again_within_the_limit_of_one_installation(stage: GitHubStage) -> None:
    world, github = stage.world, stage.github
    world.limits = BOUNDLESS
    github.hook(stage.app).active = False  # nothing is delivered at all
    stage.installation.repositories = None
    names = [f"acme/repository-{n}" for n in range(REPOSITORIES)]
    for name in names:
        there = github.repository(name, bob="write")
        stage.bind(place=f"github:{stage.installation.id}/{there.id}")
        for _ in range(ISSUES):
            github.open_issue("ann", name)
    runs = {f"{name}#{n}": world.run("ann", username="ann@acme.org", targetOrg="payments-prod", accessLevel="Admin", durationMinutes=60,
                                     workItemRef={"type": "github-issue", "key": str(n), "repository": name})
            for name in names for n in range(1, ISSUES + 1)}
    world.work(most=2 * len(runs))
    for _ in range(2 * 60 // STEP):
        stage.reconcile.sweep()
        world.later(seconds=STEP)
    github.ledger.clear()
    answered = [f"{name}#{1 + n % ISSUES}" for n, name in enumerate(names[-20:])]  # the last to be looked at
    for at in answered:
        github.comment("bob", at, "/approve")
    for _ in range(MINUTES * 60 // STEP):
        stage.reconcile.sweep()
        world.later(seconds=STEP)
        if world.now() - github.state.issue(answered[0])[1].comments[-1].created_at > timedelta(minutes=5):
            assert {stage.status(runs[at]) for at in answered} == {"approved"}
    assert {stage.status(run) for at, run in runs.items() if at not in answered} == {"pending"}
    counted = [call for call in github.ledger if call.counted]
    assert len(counted) * 60 / MINUTES < 2_000  # of 5,000 an hour
    assert Counter(call.status for call in github.ledger)[304] > 2 * len(counted)
    busiest = Counter(call.at.replace(second=0, microsecond=0) for call in github.ledger)
    assert max(busiest.values()) < 900  # https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api: points a minute
    assert set(stage.lost) == {"github"}
