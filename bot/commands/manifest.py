"""`backstop manifest`."""

from pathlib import Path
from typing import Annotated

import typer
import yaml

from bot.commands.frame import fail, settings_of
from bot.commands.paper import out
from bot.errors import ConfigurationError, InputError
from bot.slack.manifest import lint, over_http

cli = typer.Typer()

_SHIPPED = Path(__file__).parents[2] / "manifest.yml"


@cli.command()
def manifest(
    http: Annotated[str, typer.Option(help="The address that Slack comes to, instead of Socket Mode.")] = "",
) -> None:
    """Print the manifest of the Slack app, for Socket Mode or for HTTP; what is wrong with it is said."""
    own = settings_of().folder / "manifest.yml"  # a folder of one's own may have another one
    text = (own if own.is_file() else _SHIPPED).read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    if http:
        try:
            document = over_http(document, http)
        except InputError as error:
            fail(error)
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
    if wrong := lint(document):
        fail(ConfigurationError("\n".join(f"manifest.yml: {line}" for line in wrong)))
    out.print(text, markup=False, end="")
