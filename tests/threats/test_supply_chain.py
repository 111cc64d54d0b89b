"""What Placet is built of: nothing unpinned, nothing changed on the way, no secret in the repository, no flaw that is known."""

import hashlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / ".ci").glob("*.lock"))
_PINNED = re.compile(r"([A-Za-z0-9._-]+)(\[[a-z,]+\])?==\S+( ; .+)? \\\n(    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
KEY = "AKIA" + "Q3EGRIOVXZ7TLM2D"


def canonical(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()


def locked(lock: Path) -> set[str]:
    """The names in a lock, in which nothing else stands than what is pinned by version and hash."""
    text = "".join(line for line in lock.read_text().splitlines(keepends=True) if not line.lstrip().startswith("#"))
    assert _PINNED.sub("", text) == "", lock.name
    return {canonical(found[1]) for found in _PINNED.finditer(text)}


def asked_for(file: Path) -> set[str]:
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith("#")]
    return {canonical(found[0]) for line in lines if (found := _NAME.match(line))}


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, cwd=ROOT)


def test_j11_all_that_is_installed_is_pinned_by_version_and_hash() -> None:
    assert [lock.stem for lock in LOCKS] == ["audit", "bench", "client", "mutation", "run", "test"]
    for lock in LOCKS:
        assert locked(lock)
    own = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {canonical(found[0]) for each in own["dependencies"] if (found := _NAME.match(each))}
    run = locked(ROOT / ".ci" / "run.lock")
    assert named | asked_for(ROOT / ".ci" / "build.in") <= run
    for lock in LOCKS:
        wanted = lock.with_suffix(".in")
        assert not wanted.exists() or asked_for(wanted) <= locked(lock) | run, lock.name


def test_j11_nothing_is_installed_from_anything_but_a_lock() -> None:
    files = [ROOT / "Makefile", ROOT / "manifests" / "Dockerfile", ROOT / ".ci" / "run"]
    installs = [line for file in files for line in file.read_text().splitlines() if re.search(r"\bpip install\b", line)]
    assert len(installs) >= 6
    for line in installs:
        assert "--require-hashes" in line or "--no-deps" in line, line


def test_j11_a_dependency_that_was_changed_on_the_way_is_not_installed(tmp_path: Path) -> None:
    wheel = tmp_path / "innocent-1-py3-none-any.whl"
    with ZipFile(wheel, "w") as archive:
        archive.writestr("innocent-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: innocent\nVersion: 1\n")
        archive.writestr("innocent-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("innocent-1.dist-info/RECORD", "")
    expected = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock = tmp_path / "lock"

    def install(name: str, digest: str) -> int:
        lock.write_text(f"innocent==1 --hash=sha256:{digest}\n")
        return python("-m", "pip", "install", "-q", "--no-index", "--find-links", str(tmp_path), "--target", str(tmp_path / name),
                      "--require-hashes", "-r", str(lock)).returncode

    assert install("sound", expected) == 0
    with ZipFile(wheel, "a") as archive:
        archive.writestr("innocent.py", "print('not so innocent')\n")
    assert install("changed", expected) != 0
    assert not (tmp_path / "changed" / "innocent.py").exists()


def test_j11_a_secret_in_a_file_is_found(tmp_path: Path) -> None:
    file = tmp_path / "settings.py"
    hook = "from detect_secrets.pre_commit_hook import main; import sys; sys.exit(main(sys.argv[1:]))"
    for text, code in ((f'key = "{KEY}"\n', 1), ('key = "the name of a key"\n', 0)):
        file.write_text(text)
        assert python("-c", hook, str(file)).returncode == code
    assert "detect-secrets-hook --baseline" in (ROOT / "Makefile").read_text()


def says(directory: Path, out: str, err: str = "", code: int = 0) -> Path:
    """A stand-in for pip-audit."""
    program = directory / "pip-audit"
    program.write_text(f"#!{sys.executable}\nimport sys\nprint({out!r})\nprint({err!r}, file=sys.stderr)\nsys.exit({code})\n")
    program.chmod(0o700)
    return program


def audit(program: Path) -> tuple[int, str]:
    ended = python(".ci/audit.py", str(program))
    return ended.returncode, ended.stdout + ended.stderr


FLAWED = {"dependencies": [{"name": "innocent", "version": "1", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["2"], "aliases": []}]}]}


def test_j11_a_dependency_with_a_known_flaw_fails_the_audit_and_is_named(tmp_path: Path) -> None:
    code, said = audit(says(tmp_path, json.dumps(FLAWED), code=1))
    assert code == 1
    assert all(f"{lock.name}: innocent 1 has PYSEC-2026-1, mended in 2." in said for lock in LOCKS)
    sound = {"dependencies": [{"name": "innocent", "version": "1", "vulns": []}]}
    assert audit(says(tmp_path, json.dumps(sound)))[0] == 0


@pytest.mark.parametrize("err", ["", "ERROR:pip_audit._cli:innocent: Dependency not found on PyPI and could not be audited"])
def test_j11_an_audit_that_could_not_ask_anybody_is_not_passed_and_says_so(tmp_path: Path, err: str) -> None:
    code, said = audit(says(tmp_path, "", err, code=1))
    assert code == 2
    assert "no source of advisories answers" in said
    assert err in said
