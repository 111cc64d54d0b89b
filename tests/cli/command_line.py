"""The command line as a test types on it."""

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import Any

import jwt

from api.cli.main import run


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class CommandLine:
    """`environ`: what is set beside PATH and the like; nothing of PLACET_* comes from outside."""

    environ: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        with _environment(self.environ), redirect_stdout(out), redirect_stderr(err):
            code = run(arguments)
        return Ended(code=code, out=out.getvalue(), err=err.getvalue())


@contextmanager
def _environment(environ: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    for name in [n for n in before if n.startswith("PLACET_")]:
        del os.environ[name]
    os.environ.update(environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def token_of(subject: str, **claims: Any) -> str:
    """Return a token that says so; whoever checks its signature refuses it."""
    return jwt.encode({"sub": subject, **claims}, "k" * 32, "HS256")
