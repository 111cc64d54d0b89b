"""A GitHub that others have built, npm's `emulate`, run on the loopback as our own double is.

Never test permissions, cancelling or deliveries that come twice with it: it takes unknown tokens, makes every member of an organization
an admin, gives out delivery ids twice and leaves `cancel_url` out.
"""

import hashlib
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FILES = Path(__file__).parent / "emulate"
NODE, NPM = shutil.which("node"), shutil.which("npm")


def installed(cache_folder: Path) -> Path:
    """Return a folder with what package-lock.json names, installed once for each of its versions; skip where that cannot be."""
    if NODE is None or NPM is None:
        pytest.skip("node and npm are not installed")
    lock = (FILES / "package-lock.json").read_bytes()
    there = cache_folder / hashlib.sha256(lock + (FILES / "serve.mjs").read_bytes()).hexdigest()[:16]
    if there.exists():
        return there
    why = _install(there)
    if why:
        pytest.skip(f"the packages of tests/doubles/emulate cannot be installed: {why}")
    return there


@cache
def _install(there: Path) -> str:
    """Install aside and move into place, since another worker may do the same; return what went wrong."""
    assert NPM is not None
    aside = there.with_name(f"{there.name}.{os.getpid()}")
    shutil.copytree(FILES, aside)
    try:
        done = subprocess.run([NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0"], cwd=aside,
                              capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return "npm took more than two minutes"
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["npm failed"])[0]
    try:
        aside.rename(there)
    except OSError:
        shutil.rmtree(aside)
    return ""


@contextmanager
def emulated(folder: Path, seed: Mapping[str, Any]) -> Iterator[str]:
    """Run it with this in it; give the URL that PyGithub takes."""
    assert NODE is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with subprocess.Popen([NODE, "serve.mjs", str(port), json.dumps(seed)], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            assert str(port) in process.stdout.readline(), "emulate did not start"
            yield f"http://localhost:{port}"
        finally:
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
