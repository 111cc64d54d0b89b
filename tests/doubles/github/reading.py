"""What a comment looks like to whoever reads it on GitHub, and who is told of it."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from markdown_it import MarkdownIt

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
# As github/markup's filters find them in the text that is left, outside of code and links.
MENTION = re.compile(r"(?<![\w`/])@([a-z0-9][a-z0-9-]*(?:/[a-z0-9][\w.-]*)?)", re.IGNORECASE)
ADDRESS = re.compile(r"(?:https?://|(?<!\w)www\.)[^\s<]+", re.IGNORECASE)
REFERENCE = re.compile(r"(?:[\w.-]+/[\w.-]+|(?<!\w))#\d+|(?<!\w)GH-\d+", re.IGNORECASE)
BLOCKS = {"p", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "br", "hr", "div", "blockquote", "pre", "details", "summary", "table"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """`mentions`: who, or which team, is notified. `references`: issues that say from now on that they were mentioned here."""

    text: str
    mentions: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)


def read(body: str) -> Read:
    page = _Page()
    page.feed(MARKDOWN.render(body))
    page.close()
    page.end_run()
    lines = (" ".join(line.split()) for line in "".join(page.text).splitlines())
    return Read(text="\n".join(line for line in lines if line), mentions=page.mentions, links=page.links, images=page.images,
                references=page.references, headings=page.headings)


class _Page(HTMLParser):
    """Gathers text as the page's nodes hold it: a tag or a comment ends a node, an entity does not."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.mentions: list[str] = []
        self.links: list[str] = []
        self.images: list[str] = []
        self.references: list[str] = []
        self.headings: list[str] = []
        self._run: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.end_run()
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if tag == "img":
            self.images.append(str(given.get("src")))
            self.text.append(str(given.get("alt") or ""))
        if tag in BLOCKS:
            self.text.append("\n")
        if tag not in ("img", "br", "hr", "input"):
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.end_run()
        if tag in self._inside:
            while self._inside.pop() != tag:
                continue
        if tag in BLOCKS:
            self.text.append("\n")

    def handle_comment(self, data: str) -> None:
        self.end_run()

    def handle_data(self, data: str) -> None:
        self._run.append(data)

    def end_run(self) -> None:
        run, self._run = "".join(self._run), []
        self.text.append(run)
        if run.strip() and any(tag in self._inside for tag in ("h1", "h2", "h3", "h4", "h5", "h6")):
            self.headings.append(run.strip())
        if {"a", "code", "pre"} & set(self._inside):
            return
        self.links += ADDRESS.findall(run)
        rest = ADDRESS.sub(" ", run)
        self.mentions += MENTION.findall(rest)
        self.references += REFERENCE.findall(rest)
