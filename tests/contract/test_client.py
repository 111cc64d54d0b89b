"""A client that a generator makes of the served document, at work before the real service."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess, run

import httpx
import pytest

from tests.cli.command_line import CommandLine
from tests.cli.program import ROOT, Served, environment, serving

CLIENTS = ROOT / ".venv-client" / "bin"
JOB = Path(__file__).with_name("client_job.py")
OPTIONS = {"content_type_overrides": {"application/zip": "application/octet-stream"}, "post_hooks": []}  # a file is a file


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    cwd = tmp_path_factory.mktemp("served")
    with serving(cwd=cwd, environ=environment(PLACET_PORT="0", PLACET_HOME=str(cwd / "home"))) as served:
        yield served


@pytest.fixture(scope="module")
def generated(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate the client; return the directory that it is in."""
    made = program("make", "-s", ".venv-client/client.stamp")
    assert made.returncode == 0, made.stderr
    home = tmp_path_factory.mktemp("client")
    document, options = home / "openapi.json", home / "options.json"
    document.write_bytes(httpx.get(f"{served.url}/openapi.json", trust_env=False).content)
    options.write_text(json.dumps(OPTIONS))
    ended = program(str(CLIENTS / "openapi-python-client"), "generate", "--path", str(document), "--config", str(options), "--meta", "none",
                    "--output-path", str(home / "placet_client"), "--fail-on-warning")
    told = (ended.stdout + ended.stderr).splitlines()
    assert (ended.returncode, [line for line in told if not line.startswith("Generating ")]) == (0, [])
    return home


def test_a_generated_client_does_the_main_job(served: Served, generated: Path) -> None:
    tokens = company(CommandLine({"PLACET_HOME": str(served.log.parent / "home")}))
    job = program(str(CLIENTS / "python"), str(JOB), served.url, *tokens, PYTHONPATH=str(generated))
    assert job.returncode == 0, job.stderr
    assert job.stdout.splitlines() == [
        "asks for username targetOrg accessLevel durationMinutes reason",
        "pending by requester@example.com for ['approver@example.com'] admin on production for 30 minutes None",
        "403 Forbidden You asked for this, started it or benefit from it, so someone else has to answer it.",
        "approved by approver@example.com",
        "['approved by approver@example.com', 'granted admin on production to requester@example.com']",
        "1 [('request-elevated-privileges', 'Running', 'requester@example.com')]",
        "cancelled",
        "Cancelled False"]


def company(operator: CommandLine) -> list[str]:
    """Make two people and their project; return a token for each."""
    operator("projects", "add", "acme/app")
    for email, role in (("requester@example.com", "member"), ("approver@example.com", "owner")):
        operator("people", "add", email)
        operator("projects", "admit", "acme/app", email, "--role", role)
    minted = [operator("tokens", "mint", "--person", email) for email in ("requester@example.com", "approver@example.com")]
    assert [each.code for each in minted] == [0, 0]
    return [each.out.strip() for each in minted]


def program(*command: str, **more: str) -> CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL")}
    return run(command, cwd=ROOT, env={**environ, **more}, capture_output=True, text=True, timeout=300, check=False)
