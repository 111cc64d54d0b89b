"""`placet keys`: the keys of this installation, and their rotation."""

import base64

from typer import Exit

from api.cli.installation import opened, settings, starting
from api.cli.options import AsJson
from api.cli.problems import Code
from api.cli.terminal import say, say_json, shown
from core.engine.reseal_secrets import Resealed, ResealSecrets


def reseal(as_json: AsJson = False) -> None:
    """Seal all secrets anew under the first data key, sign all checkpoints with the first signing key; then the second ones can go."""
    from api.wiring.installation import finish_rotation, open_installation

    with starting():
        installed = open_installation(settings())
        try:
            done = ResealSecrets(database=installed.database, vault=installed.vault, signatures=installed.signatures).reseal()
            if not done.busy:
                finish_rotation(installed)
            opened(installed).register.note("reseal", {"texts": done.changed, "checkpoints": done.signed, "lost": len(done.lost)})
        finally:
            installed.close()
    _tell(done, as_json)
    if done.busy:
        raise Exit(Code.REFUSED)


def _tell(done: Resealed, as_json: bool) -> None:
    if as_json:
        say_json({"resealed": done.changed, "signed": done.signed, "busy": done.busy, "lost": done.lost})
        return
    say(f"{done.changed} sealed anew, {done.signed} checkpoints signed anew.")
    for place in done.lost:
        say(shown(f"What stands in {place} cannot be opened with any key that is here, and stays as it is."))
    if done.busy:
        say(f"{len(done.busy)} runs were under way: run this again before you take the older key away.")
    else:
        say("No secret needs the older data key any more: it can be taken away.")


def digest() -> None:
    """Print the digest key, to be kept as PLACET_DIGEST_KEY where no file of it is made. It is a secret."""
    from api.wiring.keys import existing_keys

    with starting():
        keys = existing_keys(settings())
    say(base64.urlsafe_b64encode(keys.digest_key).decode())
