"""The command `placet`."""

import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Annotated, Any

from typer import Abort, Exit, Option, Typer, TyperException

from api.cli import (
    approvals,
    audit,
    backup,
    callbacks,
    changes,
    config,
    demo,
    doctor,
    flows,
    grants,
    groups,
    inbox,
    keys,
    login,
    migrate,
    people,
    projects,
    purge,
    schedules,
    serve,
    tokens,
    webhook_secrets,
)
from api.cli.problems import Code, Problem
from api.cli.terminal import say, shown


def main() -> None:
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code; a failure is one sentence on stderr."""
    try:
        refuse_garbled(arguments)
        return int(app(args=list(arguments), prog_name="placet", standalone_mode=False) or Code.OK)
    except Problem as problem:
        return _fail(problem.sentence, problem.code, problem.lines)
    except TyperException as error:
        return _fail(_usage(error), Code.USAGE) if error.format_message().strip() else Code.USAGE
    except Abort:
        return Code.INTERRUPTED


def refuse_garbled(arguments: Sequence[str]) -> None:
    """Refuse bytes that are no text: Python hands them over as lone surrogates, which nothing can store."""
    for argument in arguments:
        if not argument.isascii() and any("\ud800" <= c <= "\udfff" for c in argument):
            raise Problem(f"{argument!r} is no text in UTF-8.")


def _fail(sentence: str, code: Code, lines: Sequence[str] = ()) -> Code:
    for line in (sentence, *lines):
        say(shown(line), error=True)
    return code


def _usage(error: TyperException) -> str:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "placet"
    return f"{error.format_message().strip().removesuffix('.')}: see `{command} --help`."


def _group(help_text: str, commands: dict[str, Callable[..., Any]], *, completion: bool = False) -> Typer:
    group = Typer(help=help_text, no_args_is_help=True, add_completion=completion, pretty_exceptions_enable=False,
                  context_settings={"help_option_names": ["-h", "--help"]})
    for name, function in commands.items():
        group.command(name)(function)
    return group


app = _group("Ask people for approval where they already talk, and run what they approved.", {
    "serve": serve.serve, "login": login.login, "migrate": migrate.migrate, "approvals": approvals.list_pending,
    "grants": grants.list_grants,
    "doctor": doctor.doctor, "backup": backup.backup, "purge": purge.purge,
}, completion=True)
app.add_typer(_group("Start flows, follow their runs, and answer what they ask. PLACET_URL and PLACET_TOKEN say where and as whom.", {
    "types": flows.types, "run": changes.run, "list": flows.list_runs, "show": flows.show, "logs": flows.logs, "children": flows.children,
    "approve": changes.approve, "reject": changes.reject, "cancel": changes.cancel, "rerun": changes.rerun,
}), name="flows")
app.add_typer(_group("People of this installation.", {
    "add": people.add, "list": people.list_people, "disable": people.disable, "enable": people.enable,
    "link": people.link, "unlink": people.unlink, "links": people.list_links,
    "login-link": people.login_link, "mail": people.mail,
}), name="people")
_projects = _group("Projects of this installation, and who belongs to them.", {
    "add": projects.add, "list": projects.list_projects, "show": projects.show, "admit": projects.admit, "remove": projects.remove,
    "bind": projects.bind, "unbind": projects.unbind, "places": projects.places,
})
_projects.add_typer(_group("What signs callbacks of runs that bring no secret of their own.", {
    "new": webhook_secrets.new, "list": webhook_secrets.list_secrets, "drop": webhook_secrets.drop,
}), name="webhook-secret")
app.add_typer(_projects, name="projects")
app.add_typer(_group("Programs that are told of runs: what they could not be told.", {
    "list": callbacks.list_callbacks, "replay": callbacks.replay,
}), name="callbacks")
app.add_typer(_group("Groups of people in a project, who may be named as approvers together.", {
    "add": groups.add, "remove": groups.remove, "admit": groups.admit, "expel": groups.expel, "list": groups.list_groups,
}), name="groups")
app.add_typer(_group("Tokens: what people and programs show to be let in.", {
    "mint": tokens.mint, "list": tokens.list_tokens, "revoke": tokens.revoke,
}), name="tokens")
app.add_typer(_group("The audit: chains of rows that each vouch for the one before, one a project.", {
    "verify": audit.verify, "export": audit.export,
}), name="audit")
app.add_typer(_group("Deliveries of the platforms on which people talk.", {
    "list": inbox.list_deliveries, "replay": inbox.replay,
}), name="inbox")
app.add_typer(_group("The keys of this installation, and their rotation.", {
    "reseal": keys.reseal, "digest": keys.digest,
}), name="keys")
app.add_typer(_group("What begins by the clock, as the configuration file has it.", {
    "list": schedules.list_schedules, "reset": schedules.reset,
}), name="schedules")
app.add_typer(_group("The configuration file, placet.toml or the one that PLACET_CONFIG names.", {"check": config.check}), name="config")
app.add_typer(_group("The demo of `placet serve --demo`.", {"remove": demo.remove}), name="demo")


def _print_version(wanted: bool) -> None:
    if wanted:
        say(f"placet {version('placet')}")
        raise Exit


@app.callback()
def _root(show: Annotated[bool, Option("--version", help="Print the version.", is_eager=True, callback=_print_version)] = False) -> None:
    return


if __name__ == "__main__":
    main()
