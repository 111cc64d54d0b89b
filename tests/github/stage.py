"""The company on GitHub: its people write on an issue, and read what Placet says there."""

from collections.abc import Mapping
from typing import Any

from bot.handle import Handle
from bot.homes import Home
from bot.receive import ReceiveDeliveries
from bot.reconcile import Reconcile
from core.domain.executions import Execution
from core.domain.identities import Identity
from core.domain.messages import Place
from core.engine.accept_delivery import AcceptDelivery
from core.engine.run_flow import RunFlow
from integrations.github.connection import GitHub as Hub
from integrations.github.credentials import AppKey, Credential
from integrations.github.home import github_home
from tests.doubles.github.double import GitHub
from tests.doubles.github.setting import SECRET, pem
from tests.doubles.github.state import Comment
from tests.world import PROJECT, World, new_id

NAMES = ("ann", "bob", "cat", "dan", "eve")
BOT = "placet[bot]"
HERE = f"{PROJECT}#1"


class GitHubStage:
    """ann asks, bob and cat own the project; the App is installed, its webhook comes to our door. GitHub's clock is the database's."""

    def __init__(self, world: World, github: GitHub, *, credential: Credential | None = None, bot: str = BOT):
        self.world, self.github, self.bot = world, github, bot
        for name in NAMES:
            github.person(name)
        self.repository = github.repository(PROJECT, ann="write", bob="write", cat="admin", dan="read", eve="read")
        self.app = github.app("placet", target=self.receives)
        self.installation = github.install(self.app, "acme", repositories=[PROJECT])
        self.issue = github.open_issue("ann", PROJECT, title="Rotate the key")
        for name in NAMES:
            self.link(name)
        self.hub = Hub(credential or AppKey(app_id=str(self.app.id), private_key=pem()), github.url, clock=self.seconds)
        self.home = github_home(self.hub, [SECRET], clock=self.seconds, now=world.now)
        self.place = f"github:{self.installation.id}/{self.repository.id}" if credential is None else f"github:0/{self.repository.id}"
        self.bind()
        self.wire()

    def wire(self) -> None:
        world, homes = self.world, {self.home.provider: self.home}
        world.at_home(self.home)
        run_flow = RunFlow(database=world.database, registry=world.registry, vault=world.vault, new_id=new_id)
        self.handle = Handle(database=world.database, registry=world.registry, new_id=new_id, run_flow=run_flow, homes=homes)
        self.receive = ReceiveDeliveries(database=world.database, homes=homes, handle=self.handle)
        self.lost: list[str] = []
        self.reconcile = Reconcile(database=world.database, homes=homes, handle=self.handle, lost=self.lost.append)
        self.accept = AcceptDelivery(database=world.database, new_id=new_id)

    def receives(self, headers: Mapping[str, str], body: bytes) -> int:
        """Do what the route does with a delivery."""
        home: Home = self.home
        assert home.door is not None
        delivery = home.door.admit({name.lower(): value for name, value in headers.items()}, body)
        if delivery is None:
            return 401
        self.accept.accept(delivery)  # type: ignore[arg-type]
        return 202

    def seconds(self) -> float:
        return self.world.now().timestamp()

    # -- who and where ------------------------------------------------------------------------------------------------------------

    def id_of(self, login: str) -> str:
        return str(self.github.state.account(login).id)

    def link(self, name: str) -> None:
        person, account = self.world.caller(name).person, self.id_of(name)
        assert person is not None
        with self.world.database.begin() as tx:
            tx.identities.link(Identity(provider="github", external_id=account, person_id=person.id, login=name, linked_at=tx.now()))

    def unlink(self, name: str) -> None:
        with self.world.database.begin() as tx:
            tx.identities.unlink("github", self.id_of(name))

    def bind(self, project: str = PROJECT, place: str | None = None) -> None:
        bound = Place(provider="github", place=place or self.place, project_id=self.world.project(project).id)
        with self.world.database.begin() as tx:
            tx.places.bind(bound, tx.now())

    def asks(self, who: str = "ann", at: int = 1, **more: Any) -> Execution:
        """Somebody asks for access; the card is there when this returns."""
        run = self.world.asks_for_access(who, workItemRef={"type": "github-issue", "key": str(at)}, **more)
        self.settle()
        return run

    # -- what is written ----------------------------------------------------------------------------------------------------------

    def says(self, who: str, text: str, **more: Any) -> list[str]:
        """Write a comment; return what Placet says to it, beside its cards."""
        before = len(self.replies)
        self.github.comment(who, HERE, text, **more)
        self.settle()
        return self.replies[before:]

    def settle(self) -> None:
        """Handle what was delivered, run what is due, and let what is said arrive."""
        for _ in range(10):
            moved = self.receive.work() + self.world.work() + self.world.deliver()
            self.github.hooks.settle()
            if not moved:
                return

    def looks(self) -> int:
        """Let the reconciler look at what is due."""
        found = self.reconcile.sweep()
        self.settle()
        return found

    # -- what is there ------------------------------------------------------------------------------------------------------------

    def ours(self, at: str = HERE) -> list[Comment]:
        return self.github.comments_of(self.bot, at)

    def cards(self, at: str = HERE) -> list[str]:
        return [_shown(comment.body) for comment in self.ours(at) if "<!-- placet:card:" in comment.body]

    @property
    def card(self) -> str:
        [card] = self.cards()
        return card

    @property
    def replies(self) -> list[str]:
        """What was said in reply to somebody."""
        return [_shown(comment.body) for comment in self.ours()
                if not any(f"<!-- placet:{other}:" in comment.body for other in ("card", "told", "reminder"))]

    @property
    def told(self) -> list[str]:
        """What whoever asked was told."""
        return [_shown(comment.body) for comment in self.ours() if "<!-- placet:told:" in comment.body]

    def status(self, run: Execution) -> str:
        return str(self.world.approval(run).approval.status)

    def ref(self, run: Execution) -> str:
        return self.world.approval(run).approval.ref.lower()

    def security(self) -> list[str]:
        """Why refused answers stand in the audit."""
        return [facts.split('"refusal":"')[1].split('"')[0] for (facts,) in self.world.rows(
            "SELECT facts FROM audit WHERE kind = 'security' ORDER BY seq")]

    def later(self, **duration: float) -> None:
        self.world.later(**duration)



def _shown(body: str) -> str:
    """What people see of a comment: without the mark, and with what stands for a character as that character."""
    lines = [line for line in body.split("\n") if not line.startswith("<!--")]
    text = "\n".join(lines).strip().replace("&#8203;", "").replace("&#35;", "#").replace("&lt;", "<").replace("&gt;", ">")
    return "".join(c for n, c in enumerate(text) if c != "\\" or text[n - 1:n] == "\\").replace("&amp;", "&")
