"""Pull requests and what was said of them in reviews."""

from tests.doubles.github.paging import page
from tests.doubles.github.routing import Answer, Ask, not_found, route
from tests.doubles.github.shapes_of_issues import pull_request_alone, review
from tests.doubles.github.state import Issue, Pull


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}", needs="pull_requests:read")
def get_pull(ask: Ask) -> Answer:
    return Answer(body=pull_request_alone(ask.base, ask.state, ask.repository, _pull(ask)[0]))


@route("GET", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews", needs="pull_requests:read")
def list_reviews(ask: Ask) -> Answer:
    issue, pull = _pull(ask)
    return page(ask, pull.reviews, lambda one: review(ask.base, ask.state, ask.repository, issue, one))


def _pull(ask: Ask) -> tuple[Issue, Pull]:
    found = ask.repository.issues.get(ask.number("pull_number"))
    if found is None or found.pull is None or found.deleted:
        raise not_found()
    return found, found.pull
