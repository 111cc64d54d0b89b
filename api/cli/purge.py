"""`placet purge`: what has been over for long is removed."""

from datetime import timedelta
from typing import Annotated

from typer import Exit, Option

from api.cli.installation import opened, settings, starting
from api.cli.options import AsJson
from api.cli.problems import Code, Problem
from api.cli.terminal import say, say_json, shown
from core.engine.purge import Purge, PurgedChain

LEAST, MOST = 7, 36_500
Runs = Annotated[int, Option(metavar="DAYS", help="Runs that have been settled for so long, with their steps, answers and logs.")]
Audit = Annotated[int, Option(metavar="DAYS", help="Rows of the audit that are so old; a signed checkpoint takes their place.")]


def purge(runs: Runs = 365, audit: Audit = 1_095, dry_run: Annotated[bool, Option("--dry-run", help="Only count.")] = False,
          as_json: AsJson = False) -> None:
    """Remove what has been over for long: never an open request, a run that is not settled, or access that was not taken back."""
    from api.wiring.upkeep import open_as_owner

    if not LEAST <= runs <= MOST or not LEAST <= audit <= MOST:
        raise Problem(f"Between {LEAST} and {MOST} days are kept.")
    with starting():
        installed = open_as_owner(settings())
        try:
            purging = Purge(database=installed.database, signatures=installed.signatures)
            chains = [purging.audit(project_id, timedelta(days=audit), dry=dry_run) for project_id in purging.chains()]
            removed = purging.runs(timedelta(days=runs), dry=dry_run)
            if not dry_run:
                purging.tokens(timedelta(days=runs))
                opened(installed).register.note("purge", {"runs": removed, "runDays": runs, "auditDays": audit, "rows": _rows(chains)})
        finally:
            installed.close()
    _tell(removed, chains, dry=dry_run, as_json=as_json)
    if any(chain.refused for chain in chains):
        raise Exit(Code.REFUSED)


def _rows(chains: list[PurgedChain]) -> int:
    return sum(chain.rows for chain in chains)


def _tell(runs: int, chains: list[PurgedChain], *, dry: bool, as_json: bool) -> None:
    refused = [chain.project_id for chain in chains if chain.refused]
    if as_json:
        say_json({"dryRun": dry, "runs": runs, "auditRows": _rows(chains), "refusedChains": refused})
        return
    say(f"{'To be removed' if dry else 'Removed'}: runs {runs}, rows of the audit {_rows(chains)}.")
    for project_id in refused:
        chain = f"the project with the id {project_id}" if project_id else "the installation"
        say(shown(f"The chain of {chain} is not whole, and was left as it is: `placet audit verify` tells more."))
