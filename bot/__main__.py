"""The command line: `python -m bot …` or `backstop …`."""

import asyncio
import importlib
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from bot import logs
from bot.app import Bot
from bot.audit import AuditTrail, Exporter, Folder, Notary, compare, moment, purge, understand
from bot.catalog import Catalog
from bot.catalog.schemas import write
from bot.errors import BackstopError, CatalogError, ConfigurationError, Refused
from bot.policy_review import policy
from bot.reference import write as write_reference
from bot.settings import Settings
from bot.store import Store
from bot.store import migrate as migrate_store
from bot.store.rights import look as look_up_rights
from bot.terminal import Nobody, person_here, show
from bot.terminal import diagnose as diagnose_here
from bot.wiring import build, make_store, now, own_database, registry
from bot.wiring import run as run_bot

cli = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="Backstop, a support bot."
)
audit = typer.Typer(no_args_is_help=True, help="The audit trail.")
cli.add_typer(audit, name="audit")
cli.add_typer(policy, name="policy")
SettingsFile = Annotated[Path | None, typer.Option("--env", help="A file of settings.")]
out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)


@cli.command()
def demo(
    port: Annotated[int, typer.Option(help="The page's port on 127.0.0.1; 0: the usual one, or any.")] = 0,
) -> None:
    """Start a local Slack workspace, a system to break, and the bot: everything needed to try it."""
    logs.for_people()
    _run(lambda: importlib.import_module("sandbox.demo").run(Settings(), out, port))


@cli.command()
def run() -> None:
    """Run the bot in a real workspace."""
    logs.for_machines()
    settings = Settings()

    async def forever() -> None:
        async with own_database(settings) as database, run_bot(settings, database):
            out.print("Backstop is connected.")
            await asyncio.Event().wait()

    _run(forever)


@cli.command()
def check(
    folder: Annotated[Path | None, typer.Option(help="The folder with systems/, runbooks/, policies/.")] = None,
) -> None:
    """Check that every name in systems/, runbooks/ and policies/ exists and every code is handled."""
    settings = Settings()
    try:
        catalog = Catalog.read(folder or settings.folder, registry(), settings.policies)
    except CatalogError as error:
        for problem in error.problems:
            err.print(f"✖ {problem}", markup=False)
        err.print(f"{len(error.problems)} problems")
        raise typer.Exit(1) from error
    rules = len(catalog.policies.current().approvals.rules)
    out.print(f"✔ {len(catalog.systems)} systems, {len(catalog.runbooks)} runbooks and {rules} rules hold together.")


@cli.command()
def migrate() -> None:
    """Bring the bot's database to the present shape, as its owner."""
    settings = Settings()
    if settings.migration_url is None:
        _fail(ConfigurationError("BACKSTOP_MIGRATION_URL is not set: the database's address as its owner."))
    try:
        revision = migrate_store(settings.migration_url.get_secret_value(), settings.running_role)
        out.print(f"The database is at revision {revision}.")
    except BackstopError as error:
        _fail(error)


@cli.command()
def diagnose(
    words: Annotated[list[str], typer.Argument(help="A runbook and its inputs, as in Slack.")],
    env: Annotated[Path | None, typer.Option(help="A file of settings, such as the one that the demo names.")] = None,
) -> None:
    """Carry out a runbook from the terminal, for when Slack is down. Looks only; recorded as your OS account."""
    logs.for_people()
    settings = Settings(_env_file=env) if env else Settings()
    environment = {**os.environ, **_pairs(env)} if env else os.environ

    async def once() -> None:
        async with own_database(settings) as database:
            built = build(settings, make_store(database), Nobody(), environment=environment)
            try:
                show(await diagnose_here(built.bot, " ".join(_quoted(word) for word in words)), out)
            finally:
                await built.bot.stop()

    _run(once)


@audit.command("verify")
def verify(
    after: Annotated[int, typer.Option(help="Begin after this event, of which there is a checkpoint.")] = 0,
    checkpoints: Annotated[list[Path] | None, typer.Option(help="More checkpoints, such as from a channel.")] = None,
    evidence: Annotated[bool, typer.Option(help="Compare the stored evidence with its digests, too.")] = False,
    env: SettingsFile = None,
) -> None:
    """Hash the whole trail anew and say what is proven and what is not."""

    async def once(settings: Settings, store: Store) -> None:
        found = await AuditTrail(store, settings.state / "audit").verify(*checkpoints or (), after=after)
        out.print(found.says, markup=False)
        compared = await compare(store) if evidence else None
        if compared is not None:
            out.print(compared.says, markup=False)
        if found.broken is not None or (compared is not None and compared.differs):
            raise typer.Exit(1)

    _with_store(env, once)


@audit.command("export")
def export(
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
    since: Annotated[str, typer.Option("--from", help="2026-11-01, a time of day with it, or 7d for a week ago.")] = "",
    until: Annotated[str, typer.Option("--to", help="The same; a day is meant to its end.")] = "",
    tenant: Annotated[str, typer.Option(help="Of one tenant.")] = "",
    system: Annotated[str, typer.Option(help="Of one system.")] = "",
    person: Annotated[str, typer.Option(help="Of one person: an e-mail address or an id.")] = "",
    action: Annotated[str, typer.Option(help="About one action.")] = "",
    request: Annotated[str, typer.Option(help="Of one request, from its diagnosis to its verification.")] = "",
    env: SettingsFile = None,
) -> None:
    """Write a part of the trail to a file that can be verified without the bot; for auditors, and on record."""

    async def once(settings: Settings, bot: Bot) -> None:
        auditor = person_here(bot)
        if not bot.standing.roles.is_auditor(auditor):
            error = Refused("Only auditors export the trail; policies/people.yml says who is one.", "auditor")
            await bot.note_refusal(auditor.id, error.sentence)
            raise error
        given = {"since": since, "until": until, "tenant": tenant, "system": system, "person": person,
                 "action": action, "request": request}  # fmt: skip
        filters = understand({name: value for name, value in given.items() if value}, bot.clock())
        if request:
            found = await bot.voting.get(request)
            filters = filters.model_copy(update={"subjects": bot.audit.subjects_of(found)})
        folder = Folder(settings.state / "audit")
        notary = Notary(bot.store, folder, bot.clock)
        exported = await Exporter(bot.store, folder, notary, bot.clock).export(auditor, filters, output)
        out.print(f"{output}: {exported.says}. Verify it with docs/how-to/verify_export.py.", markup=False)

    _as_staff(env, once)


@audit.command("checkpoint")
def checkpoint(env: SettingsFile = None) -> None:
    """Sign a checkpoint of the trail as it is now, and print it."""

    async def once(settings: Settings, store: Store) -> None:
        made = await Notary(store, Folder(settings.state / "audit"), now).stamp()
        out.print(made.line(), markup=False)

    _with_store(env, once)


@audit.command("rotate-key")
def rotate_key(env: SettingsFile = None) -> None:
    """Have a new key sign the checkpoints; the old one introduces it, and that is on record."""

    async def once(settings: Settings, bot: Bot) -> None:
        key = await Notary(bot.store, Folder(settings.state / "audit"), bot.clock).rotate(person_here(bot))
        out.print(f"Checkpoints are signed with the key {key.id} now; tell your auditors.", markup=False)

    _as_staff(env, once)


@audit.command("purge")
def purge_evidence(older_than: Annotated[str, typer.Option(help="Such as 90d.")], env: SettingsFile = None) -> None:
    """Remove the evidence of old diagnoses and requests; the trail and its digests stay whole."""

    async def once(_: Settings, bot: Bot) -> None:
        at = bot.clock()
        age = at - moment(older_than, at)
        looked_at, asked = await purge(bot.store, person_here(bot), age, bot.clock)
        out.print(f"Removed the evidence of {looked_at} diagnoses and {asked} requests.")

    _as_staff(env, once)


@audit.command("digest")
def digest(
    since: Annotated[str, typer.Option("--from", help="7d, or a day.")] = "7d",
    until: Annotated[str, typer.Option("--to", help="The same; a day is meant to its end.")] = "0s",
    env: SettingsFile = None,
) -> None:
    """Count what was asked, approved, denied and helped, and say how long decisions took."""

    async def once(_: Settings, store: Store) -> None:
        found = await AuditTrail(store).count(moment(since, now()), moment(until, now(), is_end=True))
        out.print(found.says, markup=False)
        for name, count in found.counts:
            out.print(f"{count:>8}  {name}")

    _with_store(env, once)


@audit.command("grants")
def grants(env: SettingsFile = None) -> None:
    """Look up which rights the running role really has in the bot's database."""

    async def once(_: Settings, store: Store) -> None:
        async with store.work() as work:
            rights = await look_up_rights(work)
        for right in rights:
            out.print(f"{'✔' if right.holds else '✖'} {right.says}", markup=False)
        if not all(right.holds for right in rights):
            raise typer.Exit(1)

    _with_store(env, once)


@cli.command()
def schema(
    folder: Annotated[Path, typer.Argument(help="Where to write them.")] = Path("docs/reference/schemas"),
) -> None:
    """Write JSON Schemas of the YAML files, for editors."""
    for path in write(registry(), folder):
        out.print(str(path))


@cli.command()
def reference(
    folder: Annotated[Path, typer.Argument(help="Where to write the pages.")] = Path("docs/reference"),
) -> None:
    """Write the reference pages and the schemas anew, from the code and the YAML."""
    declared, settings = registry(), Settings()
    catalog = Catalog.read(settings.folder, declared, settings.policies)
    for path in (*write_reference(declared, catalog, folder), *write(declared, folder / "schemas")):
        out.print(str(path))


def main() -> None:
    """Runs the command line."""
    cli()


def _run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        asyncio.run(work())
    except KeyboardInterrupt:
        out.print("Stopped.")
    except BackstopError as error:
        _fail(error)


def _with_store(env: Path | None, work: Callable[[Settings, Store], Coroutine[Any, Any, None]]) -> None:
    """For what has to work also while the YAML files do not."""
    logs.for_people()
    settings = Settings(_env_file=env) if env else Settings()

    async def once() -> None:
        async with own_database(settings) as database:
            store = make_store(database)
            try:
                await work(settings, store)
            finally:
                await store.close()

    _run(once)


def _as_staff(env: Path | None, work: Callable[[Settings, Bot], Coroutine[Any, Any, None]]) -> None:
    """For what somebody is named for in the trail."""
    logs.for_people()
    settings = Settings(_env_file=env) if env else Settings()

    async def once() -> None:
        async with own_database(settings) as database:
            built = build(settings, make_store(database), Nobody())
            try:
                await work(settings, built.bot)
            finally:
                await built.bot.stop()

    _run(once)


def _fail(error: BackstopError) -> NoReturn:
    err.print(error.sentence, markup=False)
    raise typer.Exit(1)


def _quoted(word: str) -> str:
    """The shell has taken the quotes of `action="edit agents"`; the parser wants them back."""
    name, equals, value = word.partition("=")
    return f'{name}="{value}"' if equals and " " in value else word


def _pairs(path: Path) -> dict[str, str]:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


if __name__ == "__main__":
    main()
