"""Options that several commands have."""

from typing import Annotated, Literal, TypeAlias

from typer import Argument, Option

PersonRole: TypeAlias = Literal["owner", "member"]
AsJson = Annotated[bool, Option("--json", help="Answer in JSON, for programs.")]
InProject = Annotated[str | None, Option("--project", "-p", metavar="PROJECT", help="The project; without it, the token's only one.")]
RunId = Annotated[str, Argument(metavar="ID", help="The run's id, or its last 8 characters.")]
ApprovalId = Annotated[str, Argument(metavar="ID", help="The run's id, its last 8 characters, or the approval's ref.")]
Watch = Annotated[bool, Option("--watch", "-w", help="Follow it until it has ended; exit code 0 if it completed, 4 if not.")]
Follow = Annotated[bool, Option("--follow", "-f", help="Go on until the run has ended; exit code 0 if it completed, 4 if not.")]
Quiet = Annotated[bool, Option("--quiet", "-q", help="Print the run's id only.")]
BreakGlass = Annotated[str | None, Option("--break-glass", metavar="REASON", help="Ask nobody; all owners are told who did so and why.")]
InTheNameOf = Annotated[str | None, Option("--for", metavar="EMAIL", help="Answer in this person's name; the token has to allow it.")]
Once = Annotated[str | None, Option("--idempotency-key", metavar="KEY", help="Repeated within a day, the same run answers.")]
