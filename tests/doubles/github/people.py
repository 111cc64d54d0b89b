"""What people do in GitHub's pages; each returns when its webhooks have been delivered."""

from collections.abc import Iterable, Mapping

from tests.doubles.github import happenings
from tests.doubles.github.reading import Read, read
from tests.doubles.github.routing import Stage
from tests.doubles.github.state import App, Comment, Issue, Pull, Review

HEAD = "ec" * 20


class People(Stage):
    """A part of the double; see `GitHub`. `at` is a place such as "acme/app#7"."""

    def open_issue(self, login: str, repository: str, *, title: str = "Please", body: str | None = None, labels: Iterable[str] = (),
                   form: Mapping[str, str] | None = None) -> Issue:
        """Open an issue; a form's body is its fields under their headings, as GitHub writes it."""
        text = body if form is None else "\n\n".join(f"### {heading}\n\n{value or '_No response_'}" for heading, value in form.items())
        with self.lock:
            made = happenings.open_issue(self.state, self, self.state.repository(repository), self.state.account(login), title, text,
                                         labels=list(labels), now=self.now())
        self.hooks.settle()
        return made

    def open_pull_request(self, login: str, repository: str, *, title: str = "A change", body: str | None = None) -> Issue:
        with self.lock:
            where = self.state.repository(repository)
            by, now = self.state.account(login), self.now()
            made = Issue(id=self.state.new_id(), number=max(where.issues, default=0) + 1, account=by, title=title, body=body,
                         created_at=now, updated_at=now, pull=Pull(id=self.state.new_id(), head="change", head_sha=HEAD, base="main",
                                                                   base_sha=where.branches["main"]))
            where.issues[made.number] = made
            happenings.tell(self.state, self, where, made, by, "opened")
        self.hooks.settle()
        return made

    def comment(self, login: str, at: str, body: str, *, through: App | None = None, sender: str | None = None) -> Comment:
        """Comment; `through`: an App acts for the person. `sender`: who the webhook says did it, if that is somebody else."""
        with self.lock:
            where, issue = self.state.issue(at)
            made = happenings.comment(self.state, self, where, issue, self.state.account(login), body, app=through, now=self.now(),
                                      sender=None if sender is None else self.state.account(sender))
        self.hooks.settle()
        return made

    def edit(self, login: str, at: str, comment: Comment, body: str) -> None:
        with self.lock:
            where, issue = self.state.issue(at)
            happenings.edit(self.state, self, where, issue, comment, self.state.account(login), body, now=self.now())
        self.hooks.settle()

    def delete(self, login: str, at: str, comment: Comment) -> None:
        with self.lock:
            where, issue = self.state.issue(at)
            happenings.delete(self.state, self, where, issue, comment, self.state.account(login))
        self.hooks.settle()

    def edit_issue(self, login: str, at: str, *, title: str | None = None, body: str | None = None) -> None:
        self._change(login, at, title=title, body=body)

    def close(self, login: str, at: str, *, reason: str = "completed") -> None:
        self._change(login, at, state="closed", reason=reason)

    def reopen(self, login: str, at: str) -> None:
        self._change(login, at, state="open")

    def label(self, login: str, at: str, name: str) -> None:
        with self.lock:
            where, issue = self.state.issue(at)
            happenings.add_label(self.state, self, where, issue, self.state.account(login), name, now=self.now())
        self.hooks.settle()

    def unlabel(self, login: str, at: str, name: str) -> None:
        with self.lock:
            where, issue = self.state.issue(at)
            happenings.remove_label(self.state, self, where, issue, self.state.account(login), name, now=self.now())
        self.hooks.settle()

    def lock_issue(self, login: str, at: str) -> None:
        with self.lock:
            where, issue = self.state.issue(at)
            issue.locked = True
            happenings.tell(self.state, self, where, issue, self.state.account(login), "locked")
        self.hooks.settle()

    def review(self, login: str, at: str, state: str, body: str = "") -> Review:
        """Review a pull request: "approved", "changes_requested" or "commented"."""
        with self.lock:
            where, issue = self.state.issue(at)
            assert issue.pull is not None, f"{at} is no pull request"
            by = self.state.account(login)
            made = Review(id=self.state.new_id(), account=by, body=body, state=state.upper(), submitted_at=self.now(),
                          commit_id=issue.pull.head_sha)
            issue.pull.reviews.append(made)
            happenings.reviewed(self.state, self, where, issue, made, by, "submitted")
        self.hooks.settle()
        return made

    def dismiss(self, login: str, at: str, review: Review) -> None:
        with self.lock:
            where, issue = self.state.issue(at)
            review.state = "DISMISSED"
            happenings.reviewed(self.state, self, where, issue, review, self.state.account(login), "dismissed")
        self.hooks.settle()

    def push(self, login: str, at: str, sha: str) -> None:
        """Push to a pull request."""
        with self.lock:
            where, issue = self.state.issue(at)
            assert issue.pull is not None, f"{at} is no pull request"
            before, issue.pull.head_sha = issue.pull.head_sha, sha
            happenings.tell(self.state, self, where, issue, self.state.account(login), "synchronize", before=before, after=sha)
        self.hooks.settle()

    def merge(self, login: str, at: str) -> None:
        with self.lock:
            issue = self.state.issue(at)[1]
            assert issue.pull is not None, f"{at} is no pull request"
            issue.pull.merged_at, issue.pull.merged_by = self.now(), self.state.account(login)
        self.close(login, at)

    def rename_repository(self, full_name: str, to: str) -> None:
        """Rename or transfer it: "acme/app" becomes "elsewhere/app"; the old name leads to it until another takes it."""
        owner, _, name = to.partition("/")
        with self.lock:
            found = self.state.repository(full_name)
            found.owner, found.name = self.state.account(owner), name
            self.state.names[to.lower()] = found.id

    def transfer_issue(self, login: str, at: str, to: str) -> Issue:
        """Move an issue with its comments to another repository; the old number leads there."""
        with self.lock:
            where, issue = self.state.issue(at)
            there = self.state.repository(to)
            made = Issue(id=self.state.new_id(), number=max(there.issues, default=0) + 1, account=issue.account, title=issue.title,
                         body=issue.body, created_at=issue.created_at, updated_at=self.now(), comments=list(issue.comments))
            there.issues[made.number] = made
            issue.moved_to = (there.id, made.number)
            happenings.moved(self.state, self, where, issue, there, made, self.state.account(login))
        self.hooks.settle()
        return made

    def delete_issue(self, login: str, at: str) -> None:
        with self.lock:
            where, issue = self.state.issue(at)
            issue.deleted = True
            happenings.tell(self.state, self, where, issue, self.state.account(login), "deleted")
        self.hooks.settle()

    def rename_person(self, login: str, to: str) -> None:
        with self.lock:
            self.state.account(login).login = to

    def suspend(self, login: str) -> None:
        """Let an account be as if it had never been."""
        with self.lock:
            self.state.account(login).gone = True

    # -- what a test looks at

    def comments(self, at: str) -> list[str]:
        with self.lock:
            return [one.body for one in self.state.issue(at)[1].comments]

    def comments_of(self, login: str, at: str) -> list[Comment]:
        with self.lock:
            return [one for one in self.state.issue(at)[1].comments if one.account.login == login]

    def read(self, at: str) -> list[Read]:
        """Return each comment as it looks to a reader, with whom it notifies."""
        return [read(body) for body in self.comments(at)]

    def labels(self, at: str) -> set[str]:
        with self.lock:
            return {one.name for one in self.state.issue(at)[1].labels}

    def reactions(self, comment: Comment) -> list[tuple[str, str]]:
        with self.lock:
            return [(one.account.login, one.content) for one in comment.reactions]

    def _change(self, login: str, at: str, *, title: str | None = None, body: str | None = None, state: str | None = None,
                reason: str | None = None) -> None:
        with self.lock:
            where, issue = self.state.issue(at)
            happenings.change_issue(self.state, self, where, issue, self.state.account(login), now=self.now(), title=title,
                                    body=issue.body if body is None else body, state_=state, reason=reason)
        self.hooks.settle()
