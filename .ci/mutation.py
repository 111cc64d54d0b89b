"""Change the core in thousands of small ways, let the tests judge each, and say how many they notice; end with 1 where that is too few.

mutmut makes the changes, keeps the verdicts and shows them. What mypy refuses, CI refuses: it is not tried. Each other one is judged in a
fork of one process, which has collected the tests once, by tests that run the line that was changed. A verdict stays until its function is
changed; what survived is tried again as soon as anything is.
"""

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Container, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatch
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest
from coverage import Coverage
from hypothesis import Phase, settings
from mutmut import configuration
from mutmut.__main__ import create_mutants
from mutmut.mutation.data import MutantLineSpans, SourceFileMutationData
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.utils.file_utils import copy_also_copy_files, copy_src_dir, setup_source_paths

LEAST = 85.0
PACKAGES = ("core/domain", "core/engine")
MOST = 60  # tests that judge one mutant
HOME = Path("mutants")
REFUSED_NOW, REACHED_NOW = HOME / "refused.json", HOME / "reached.json"
SURVIVED, KILLED, NO_TEST, OUT_OF_TIME, REFUSED = 0, 1, 33, 36, 37
WORDS = {KILLED: "killed", OUT_OF_TIME: "out of time", SURVIVED: "survived", NO_TEST: "without a test", REFUSED: "refused by mypy",
         None: "not judged"}

Files = dict[Path, SourceFileMutationData]


@dataclass(slots=True)
class Reached:
    """Which tests run a line, as their numbers in `seconds`, and how long each takes; those that fail by themselves judge nothing."""

    of: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, list[int]] = field(default_factory=dict)
    failing: list[str] = field(default_factory=list)

    def add(self, other: "Reached") -> None:
        before = len(self.seconds)
        self.seconds |= other.seconds
        self.failing += other.failing
        for line, tests in other.lines.items():
            self.lines.setdefault(line, []).extend(before + test for test in tests)

    def chosen(self, lines: Sequence[str], known: Container[str]) -> list[str]:
        """Take so many tests of the last of these lines that any runs: of each file the quickest first."""
        every = list(self.seconds)
        tests = {every[number] for number in next((self.lines[line] for line in reversed(lines) if self.lines.get(line)), ())}
        place: dict[str, tuple[int, float]] = {}
        seen: Counter[str] = Counter()
        for test in sorted(tests - set(self.failing), key=lambda test: (self.seconds[test], test)):
            if test in known:
                file = test.partition("::")[0]
                place[test] = seen[file], self.seconds[test]
                seen[file] += 1
        return sorted(sorted(place, key=lambda test: place[test])[:MOST], key=lambda test: round(self.seconds[test], 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A mutant in its fork. `failed`: a test that has noticed it, and is asked once more."""

    name: str
    tests: Sequence[str]
    seconds: float
    failed: str | None = None
    began: float = field(default_factory=time.monotonic)


def main(workers: int, patterns: list[str]) -> int:
    set_mutant_under_test("mutant_generation")
    with redirect_stdout(StringIO()):
        for part in ("tests", *configuration.config().also_copy):
            if (HOME / part).is_dir():
                shutil.rmtree(HOME / part)
        copy_src_dir()
        copy_also_copy_files()
        setup_source_paths()
        create_mutants(workers)
    files = {path: loaded(path) for package in PACKAGES for path in sorted(Path(package).glob("*.py"))
             if (HOME / f"{path}.meta").exists()}
    refused = refusals(files)
    for data in files.values():
        for name, code in data.exit_code_by_key.items():
            data.exit_code_by_key[name] = REFUSED if name in refused else None if code == REFUSED else code
        data.save()
    Judge(files, patterns, workers).run()
    return score(files)


def loaded(path: Path) -> SourceFileMutationData:
    data = SourceFileMutationData(path=path)
    data.load()
    return data


def spans(path: Path) -> dict[str, tuple[int, int]]:
    """Return the first and the last line of each function in a file of mutants."""
    index = MutantLineSpans.load(path)
    return {name: (span.start, span.end) for name, span in index.span_by_function_name.items()} if index else {}


def digest(*folders: Path) -> str:
    return sha256(b"".join(file.read_bytes() for folder in folders for file in sorted(folder.rglob("*.py")))).hexdigest()


def refusals(files: Files) -> set[str]:
    """Let mypy check all mutants at once; return those in whose lines it finds errors."""
    of = digest(HOME / "core")
    if REFUSED_NOW.exists() and (known := json.loads(REFUSED_NOW.read_text()))["of"] == of:
        return set(known["names"])
    print("Checking the mutants' types ...", flush=True)
    checked = subprocess.run(
        [Path(sys.executable).with_name("mypy"), "--output=json", "--no-warn-unused-ignores", *PACKAGES],
        cwd=HOME, capture_output=True, text=True, check=False)
    if checked.returncode not in (0, 1):
        raise SystemExit(checked.stdout[-2000:] + checked.stderr[-2000:])
    errors = [error for line in checked.stdout.splitlines() if line.strip() and (error := json.loads(line))["severity"] == "error"]
    names = set()
    for path, data in files.items():
        lines = {error["line"] for error in errors if error["file"] == str(path)}
        module = ".".join(path.with_suffix("").parts)
        names |= {name for function, (first, last) in spans(path).items()
                  if (name := f"{module}.{function}") in data.exit_code_by_key and any(first <= line <= last for line in lines)}
    REFUSED_NOW.write_text(json.dumps({"of": of, "names": sorted(names)}))
    return names


def changed_lines(path: Path, mutants: Collection[str]) -> dict[str, list[str]]:
    """Return the lines of a function as it is, up to the one that each mutant changes."""
    text, of = (HOME / path).read_text().split("\n"), spans(path)
    found = {}
    for mutant in mutants:
        name = mutant.rpartition(".")[2]
        plain = f"{name.rpartition('__mutmut_')[0]}__mutmut_orig"
        (first, last), (start, end) = of[plain], of[name]
        pairs = zip(text[first - 1:last], [*text[start - 1:end], *[""] * (last - first)], strict=False)
        changed = next((number for number, (was, now) in enumerate(pairs) if was != now.replace(name, plain)), last - first)
        found[mutant] = [f"{path}:{line}" for line in range(first, first + changed + 1)]
    return found


class Judge:
    """A pytest plugin that runs the collected tests in forks: once to see what they reach, then on one mutant after another."""

    def __init__(self, files: Files, patterns: list[str], workers: int):
        self.files = files
        self.patterns = patterns or ["*"]
        self.workers = workers
        self.tests: dict[str, pytest.Item] = {}
        self.running: dict[int, Trial] = {}
        self.killers: dict[str, Counter[str]] = {}

    def run(self) -> None:
        given, root = configuration.config(), Path.cwd()
        set_mutant_under_test("")
        os.environ["PY_IGNORE_IMPORTMISMATCH"] = "1"
        os.chdir(HOME)
        try:
            ended = pytest.main(["--rootdir=.", "-qq", "-s", "-W", "ignore::pytest.PytestAssertRewriteWarning", *given.pytest_add_cli_args,
                                 *given.pytest_add_cli_args_test_selection], plugins=[self])
        finally:
            os.chdir(root)
        if ended != 0:
            raise SystemExit("The tests cannot be collected.")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        settings.register_profile("mutation", deadline=None, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate))
        settings.load_profile("mutation")
        items[:] = [item for item in items if not needs_a_server(item)]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.tests = {item.nodeid: item for item in session.items}
        gc.collect()
        gc.freeze()
        os.chdir("..")
        with tempfile.TemporaryDirectory() as home:
            self.judge(self.reached(Path(home)), Path(home))
        os.chdir(HOME)
        return True

    def reached(self, home: Path) -> Reached:
        """Let every test run once on what is not changed."""
        of = digest(HOME)
        if REACHED_NOW.exists() and (known := json.loads(REACHED_NOW.read_text()))["of"] == of:
            return Reached(**known)
        for data in self.files.values():
            data.exit_code_by_key = {name: None if code in (SURVIVED, NO_TEST) else code for name, code in data.exit_code_by_key.items()}
            data.save()
        print(f"Running {len(self.tests)} tests to see what they reach ...", flush=True)
        files = list(dict.fromkeys(test.partition("::")[0] for test in self.tests))
        parts = [set(files[number::self.workers]) for number in range(self.workers)]
        children = [self.fork(None, [item for test, item in self.tests.items() if test.partition("::")[0] in part], home / str(number))
                    for number, part in enumerate(parts)]
        if any(os.waitpid(child, 0)[1] for child in children):
            raise SystemExit("The tests cannot be run.")
        whole = Reached(of=of)
        for number in range(len(parts)):
            whole.add(Reached(**json.loads((home / str(number) / "reached.json").read_text())))
        for test in whole.failing:
            print(f"fails by itself, and judges nothing: {test}", flush=True)
        REACHED_NOW.write_text(json.dumps(asdict(whole)))
        return whole

    def judge(self, reached: Reached, home: Path) -> None:
        wanted = {path: [name for name, code in data.exit_code_by_key.items()
                         if code is None and any(fnmatch(name, pattern) for pattern in self.patterns)] for path, data in self.files.items()}
        lines = {name: found for path, names in wanted.items() for name, found in changed_lines(path, names).items()}
        by_line = {found[-1]: reached.chosen(found, self.tests) for found in lines.values()}
        cost = {name: sum(reached.seconds[test] for test in by_line[found[-1]]) for name, found in lines.items()}
        print(f"Judging {len(lines)} mutants ...", flush=True)
        began = time.monotonic()
        for number, name in enumerate(sorted(lines, key=lambda name: (cost[name], name))):
            self.wait(self.workers - 1, home)
            tests, killers = by_line[lines[name][-1]], self.killers.setdefault(name.rpartition(".")[0], Counter())
            if tests:
                self.begin(Trial(name=name, tests=sorted(tests, key=lambda test: -killers[test]), seconds=30 + 10 * cost[name]), home)
            else:
                self.note(name, NO_TEST, 0)
            if number % 100 == 99:
                print(f"{number + 1} of {len(lines)} after {(time.monotonic() - began) / 60:.0f} minutes", flush=True)
        self.wait(0, home)

    def begin(self, trial: "Trial", home: Path) -> None:
        tests = [trial.failed] if trial.failed is not None else trial.tests
        self.running[self.fork(trial.name, [self.tests[test] for test in tests], home / trial.name)] = trial

    def wait(self, most: int, home: Path) -> None:
        """Hear of what has ended, until no more than so many are running. What failed once is tried again: it may have been the machine."""
        while len(self.running) > most:
            child, status = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                time.sleep(0.005)
                for late, trial in self.running.items():
                    if time.monotonic() - trial.began > trial.seconds:
                        os.kill(late, signal.SIGKILL)
                continue
            trial, code = self.running.pop(child), os.waitstatus_to_exitcode(status)
            killer = home / trial.name / "killer"
            failed = killer.read_text() if killer.exists() else None
            shutil.rmtree(home / trial.name, ignore_errors=True)
            if failed is not None and trial.failed is None:
                self.begin(replace(trial, failed=failed, began=time.monotonic()), home)
            elif code == SURVIVED and trial.failed is not None and len(trial.tests) > 1:
                rest = [test for test in trial.tests if test != trial.failed]
                self.begin(replace(trial, tests=rest, failed=None, began=time.monotonic()), home)
            else:
                if failed is not None:
                    self.killers[trial.name.rpartition(".")[0]][failed] += 1
                code = OUT_OF_TIME if code == -signal.SIGKILL else KILLED if code else SURVIVED
                self.note(trial.name, code, time.monotonic() - trial.began)

    def note(self, name: str, code: int, seconds: float) -> None:
        data = next(data for data in self.files.values() if name in data.exit_code_by_key)
        data.exit_code_by_key[name] = code
        data.durations_by_key[name] = seconds
        data.save()
        if code != KILLED:
            print(f"{WORDS[code]}: {name}", flush=True)

    def fork(self, mutant: str | None, items: list[pytest.Item], home: Path) -> int:
        """Run tests on a mutant up to the first that fails, or all of them on what is not changed."""
        child = os.fork()
        if child:
            return child
        code = KILLED
        try:
            home.mkdir()
            tempfile.tempdir = os.environ["PYTEST_DEBUG_TEMPROOT"] = str(home)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            set_mutant_under_test(mutant or "")
            notes = Notes(home / "killer" if mutant else None)
            items[0].config.pluginmanager.register(notes)
            os.chdir(HOME)
            for item, after in zip(items, [*items[1:], None], strict=True):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if mutant is None:
                (home / "reached.json").write_text(json.dumps(asdict(notes.reached())))
            code = SURVIVED
        finally:
            os._exit(code)


class Notes:
    """In a fork: what fails and how long it takes; where no mutant is judged, which lines each test runs."""

    def __init__(self, killer: Path | None):
        self.killer = killer
        self.seconds: Counter[str] = Counter()
        self.failing: list[str] = []
        self.lines = None if killer else Coverage(data_file=None, config_file=False, include=[f"{HOME}/{part}/*" for part in PACKAGES])
        if self.lines is not None:
            self.lines.start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        if self.lines is not None:
            self.lines.switch_context(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration
        if not report.failed:
            return
        if self.killer is not None:
            self.killer.write_text(report.nodeid)
            os._exit(KILLED)
        self.failing.append(report.nodeid)

    def reached(self) -> Reached:
        assert self.lines is not None
        self.lines.stop()
        numbers = {test: number for number, test in enumerate(self.seconds)}
        data = self.lines.get_data()
        lines = {f"{Path(file).relative_to(Path.cwd())}:{line}": sorted(numbers[test] for test in tests if test in numbers)
                 for file in data.measured_files() for line, tests in data.contexts_by_lineno(file).items()}
        return Reached(seconds=dict(self.seconds), lines=lines, failing=self.failing)


def needs_a_server(item: pytest.Item) -> bool:
    given = item.callspec.params.values() if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ()
    return "postgres" in getattr(item, "fixturenames", ()) or "postgres" in given


def score(files: Files) -> int:
    """Say how many of those that mypy lets pass are noticed, and how many of all."""
    enough = True
    for package in PACKAGES:
        ends = {name: code for path, data in files.items() if path.is_relative_to(package) for name, code in data.exit_code_by_key.items()}
        found = Counter(ends.values())
        noticed, missed = found[KILLED] + found[OUT_OF_TIME], found[SURVIVED] + found[NO_TEST]
        part = 100 * noticed / max(1, noticed + missed)
        with_mypy = 100 * (noticed + found[REFUSED]) / max(1, noticed + missed + found[REFUSED])
        enough = enough and part >= LEAST and not found[None]
        for name, code in ends.items():
            if code in (SURVIVED, NO_TEST):
                print(f"{WORDS[code]}: {name}")
        print(f"{package}: tests notice {part:.1f} % of {noticed + missed} mutants, tests or mypy {with_mypy:.1f} % of "
              f"{noticed + missed + found[REFUSED]}: " + ", ".join(f"{found[code]} {word}" for code, word in WORDS.items() if found[code]))
    print("Look at one: .venv-mutation/bin/mutmut show NAME")
    if not enough:
        print(f"Not enough: each has to be judged, and tests have to notice {LEAST:g} % of either package.")
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
