"""Asks for the known flaws of all that is locked: ends with 1 if there are any, with 2 and a sentence if that could not be found out."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PIP_AUDIT = sys.argv[1] if len(sys.argv) > 1 else str(Path(sys.executable).with_name("pip-audit"))
OPTIONS = ("--strict", "--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json")

flaws = 0
for lock in sorted(HERE.glob("*.lock")):
    ended = subprocess.run([PIP_AUDIT, *OPTIONS, "--requirement", str(lock)], capture_output=True, text=True)
    try:
        found = json.loads(ended.stdout)["dependencies"]
    except ValueError:
        said = (ended.stderr.strip().splitlines() or ["it says nothing"])[-1]
        print(f"Nothing is known of {lock.name}: no source of advisories answers for it ({said}).", file=sys.stderr)
        sys.exit(2)
    for each in found:
        for flaw in each.get("vulns", ()):
            flaws += 1
            cure = f"mended in {', '.join(flaw['fix_versions'])}" if flaw.get("fix_versions") else "not mended yet"
            print(f"{lock.name}: {each['name']} {each['version']} has {flaw['id']}, {cure}.")
    print(f"{lock.name}: {len(found)} looked at.")
sys.exit(1 if flaws else 0)
