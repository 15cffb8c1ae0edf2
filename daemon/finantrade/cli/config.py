"""``finantrade config``: see, check and describe configurations."""

from __future__ import annotations

import typer

from finantrade.cli.errors import ExitCode
from finantrade.cli.grouping import group
from finantrade.cli.options import AsJson, ConfigFiles

app = group("See, check and describe configurations.")


@app.command()
def show(config: ConfigFiles, as_json: AsJson = False) -> None:
    """Print the configuration as it would be used.

    Files and environment (FINANTRADE__RISK__DAILY_LOSS=0.03) are laid over the defaults.
    """
    from finantrade.cli.configuration import load  # noqa: PLC0415  imported by whom it serves, as below
    from finantrade.cli.output import say_json  # noqa: PLC0415
    from finantrade.config_file import show as shown  # noqa: PLC0415

    loaded = load(config)
    if as_json:
        say_json({"hash": loaded.hash, "notes": loaded.notes, "config": loaded.config})
    else:
        print(shown(loaded.config), end="")


@app.command()
def check(config: ConfigFiles, as_json: AsJson = False) -> None:
    """Say everything that is wrong with a configuration.

    Its strategies are loaded and their features looked up, as the daemon would; nothing is started.
    """
    from finantrade.cli.configuration import ready  # noqa: PLC0415
    from finantrade.cli.output import note, say, say_json  # noqa: PLC0415
    from finantrade.config_file import ConfigError  # noqa: PLC0415

    try:
        loaded = ready(config)
    except ConfigError as error:
        if not as_json:
            raise
        say_json({"ok": False, "findings": [one._asdict() for one in error.findings]})
        raise typer.Exit(ExitCode.REFUSED) from None
    for text in loaded.notes:
        note(f"note: {text}")
    if as_json:
        say_json({"ok": True, "hash": loaded.hash, "notes": loaded.notes})
    else:
        say(f"ok: {', '.join(map(str, config))} ({loaded.hash[:16]})")


@app.command()
def schema() -> None:
    """Print the JSON schema of a configuration file, for editors."""
    from finantrade.cli.output import say_json  # noqa: PLC0415
    from finantrade.config_file import json_schema  # noqa: PLC0415

    say_json(json_schema())
