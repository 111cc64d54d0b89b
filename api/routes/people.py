"""Who people are elsewhere."""

from starlette.responses import Response

from api.call import Call, answer
from api.route import ANYBODY, Operation
from api.schemas.people import GithubEmailDto, github_email


def get_email(call: Call, username: str) -> Response:
    return answer(github_email(*call.use_cases.find_people.by_github(call.caller, username)))


ROUTES = [
    Operation("GET", "/users/email-by-github/{username}", get_email, id="getEmailByGitHubUsername",
              summary="Get user email by GitHub username", roles=ANYBODY, answer=GithubEmailDto, refusals=(404, 429)),
]
