"""Say how many mutants of the core the tests notice, and which they do not; end with 1 where that is too few."""

import json
import sys
from collections import Counter
from pathlib import Path

LEAST = 85.0
PACKAGES = ("core/domain", "core/engine")
WORDS = {0: "survived", 1: "killed", 3: "killed", 33: "no test", 37: "refused by mypy", None: "not judged"}


def main() -> int:
    """Score what mypy lets pass: what it refuses is never tried, and counts neither way."""
    too_few = False
    for package in PACKAGES:
        ends = {name: WORDS.get(code, "timeout") for file in sorted(Path("mutants", package).glob("*.meta"))
                for name, code in json.loads(file.read_text())["exit_code_by_key"].items()}
        found = Counter(ends.values())
        judged = {name: end for name, end in ends.items() if end not in ("refused by mypy", "not judged")}
        noticed = sum(end in ("killed", "timeout") for end in judged.values())
        score = 100 * noticed / len(judged) if judged else 0.0
        too_few = too_few or score < LEAST or found["not judged"] > 0
        for name, end in judged.items():
            if end in ("survived", "no test"):
                print(f"{end}: {name}")
        print(f"{package}: {score:.1f} % of {len(judged)} noticed. {len(ends)} mutants: "
              + ", ".join(f"{found[word]} {word}" for word in dict.fromkeys([*WORDS.values(), "timeout"]) if found[word]))
    print("Look at one: .venv-mutation/bin/mutmut show NAME")
    if too_few:
        print(f"Too few: all have to be judged, and {LEAST:g} % noticed.")
    return int(too_few)


sys.exit(main())
