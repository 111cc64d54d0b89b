"""Somebody at a real browser, and what went wrong in it."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Locator, Page, Response, expect

from tests.e2e.stage import ACCESS, PROJECT, Stage

REFUSAL = "Failed to load resource: the server responded with a status of 4"  # how Chromium notes a page that says no
LOOKED_AT = 900  # milliseconds
VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => console.error(event.violatedDirective, event.blockedURI));
"""
expect.set_options(timeout=15_000)


@dataclass
class Person:
    """`faults`: errors of the console, of scripts and of the server, windows that a script opened, broken files."""

    email: str
    context: BrowserContext
    page: Page
    url: str
    faults: list[str] = field(default_factory=list)

    def opens(self, path: str) -> Page:
        """Go where a path of the service or a whole link leads."""
        self.page.goto(path if path.startswith("http") else self.url + path)
        return self.page

    def uses(self, link: str) -> None:
        """Sign in by a link."""
        self.opens(link)
        self.page.get_by_role("button", name="Sign in as").click()
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()

    def asks(self, flow: str = ACCESS, **parameters: str) -> str:
        """Fill in the form of a flow and send it; return the address of the request."""
        page = self.opens(f"/new/{flow}?repositoryIdentifier={quote(PROJECT)}")
        for name, text in parameters.items():
            control = page.locator(f'[id="parameter.{name}"]')
            control.select_option(text) if control.evaluate("each => each.localName") == "select" else control.fill(text)
        page.get_by_role("button", name="Send the request").click()
        page.wait_for_url("**/requests/*")
        return page.url.removeprefix(self.url)

    def asks_for_access(self, where: str, **more: str) -> str:
        return self.asks(username=self.email, targetOrg=where, accessLevel="admin", durationMinutes="60", **more)

    def says(self, text: str) -> None:
        """Write below the request that is open."""
        self.box.fill(text)
        self.page.get_by_role("button", name="Send", exact=True).click()

    def presses(self, name: str) -> None:
        """Press a button after a moment's look: one that has just come under the pointer answers nothing."""
        button = self.page.get_by_role("button", name=name, exact=True)
        expect(button).to_be_visible()
        self.page.wait_for_timeout(LOOKED_AT)
        button.click()

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("textbox", name="Write in this conversation")

    @property
    def waiting(self) -> int:
        """How much the bar says waits for them."""
        return int((self.page.locator("#count").text_content() or "").rpartition(" ")[2])

    @property
    def state(self) -> Locator:
        """How the request that is open stands, above its title."""
        return self.page.locator("#live .mark").first

    @property
    def thread(self) -> Locator:
        return self.page.get_by_role("region", name="Conversation")

    def shows(self, *texts: str) -> None:
        """Wait until a page says each of these."""
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text)

    def hear(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("response", self._response)
        page.on("dialog", self._dialog)
        page.on("popup", lambda popup: self.faults.append(f"window: {popup.url}"))

    def _dialog(self, dialog: Dialog) -> None:
        self.faults.append(f"window: {dialog.message}")
        dialog.dismiss()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(REFUSAL):
            self.faults.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 500 or response.status >= 400 and "/static/" in response.url:
            self.faults.append(f"{response.status}: {response.url}")


def person(browser: Browser, stage: Stage, email: str, **kind: Any) -> Person:
    """Give somebody a browser of their own, in which nobody is signed in. `kind`: as of a browser's context."""
    context = browser.new_context(**{"locale": "en-GB", "timezone_id": "UTC", **kind})
    context.set_default_timeout(15_000)
    if kind.get("java_script_enabled", True):
        context.add_init_script(VIOLATIONS)
    page = context.new_page()
    made = Person(email, context, page, stage.url)
    made.hear(page)
    return made


def signed_in(browser: Browser, stage: Stage, email: str, **kind: Any) -> Person:
    made = person(browser, stage, email, **kind)
    made.uses(stage.link(email))
    return made
