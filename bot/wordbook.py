"""Which words count where: those of a project in what is asked for it, and no other's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from bot.commands import AnswerAll, Approve, Command, Reject, Withdraw
from bot.grammar import Here, read_command
from bot.words import ENGLISH, Vocabulary
from core.domain.people import project_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Wordbook:
    """The vocabulary of each project that has words beside the English ones, by the project's key."""

    projects: Mapping[str, Vocabulary] = field(default_factory=dict)

    def of(self, project: str) -> Vocabulary:
        """Return the words of a project, by its identifier."""
        return self.projects.get(project_key(project), ENGLISH)

    def common(self, projects: Iterable[str]) -> Vocabulary:
        """Return the words that mean the same, as strongly, in each of these projects."""
        first, *others = _distinct(map(self.of, projects)) or [ENGLISH]
        return Vocabulary(tuple(word for word in first.words if all(word in each.words for each in others)))

    def read(self, text: str, here: Here, projects: Mapping[str, str]) -> Command | None:
        """Return what a text means where this is asked. `projects`: for which, by the ref of each; any of them where nothing is.

        It answers a request only if the words of that request's project say so, whatever those of another one would.
        """
        read = {words: read_command(text, replace(here, vocabulary=words))
                for words in _distinct(map(self.of, projects.values())) or [ENGLISH]}
        others = []
        for meant in read.values():
            answered = _answered(meant)
            if answered and all(read[self.of(projects[ref])] == meant for ref in answered):
                return meant
            if meant is not None and not answered:
                others.append(meant)
        return next(iter(others), None)


ONLY_ENGLISH = Wordbook()


def _distinct(found: Iterable[Vocabulary]) -> list[Vocabulary]:
    return list(dict.fromkeys(found))


def _answered(command: Command | None) -> list[str]:
    """Return the refs of the requests that a command changes something about."""
    match command:
        case Approve(ref=ref) | Reject(ref=ref) | Withdraw(ref=ref):
            return [ref]
        case AnswerAll(requests=answered):
            return [each.ref for each in answered]
    return []
