"""`backstop audit …`: the trail, for those who answer for it."""

from pathlib import Path
from typing import Annotated

import typer

from bot.app import Bot
from bot.audit import AuditTrail, Exporter, Folder, Notary, compare, moment, purge, understand
from bot.commands.frame import SettingsFile, as_staff, with_store
from bot.commands.paper import out
from bot.errors import Refused
from bot.settings import Settings
from bot.store import Store
from bot.store.rights import look as look_up_rights
from bot.terminal import person_here
from bot.wiring import now

cli = typer.Typer(no_args_is_help=True, help="The audit trail.")


@cli.command("verify")
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

    with_store(env, once)


@cli.command("export")
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
            await bot.note_refusal(auditor, "command audit export", error.sentence)
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

    as_staff(env, once)


@cli.command("checkpoint")
def checkpoint(env: SettingsFile = None) -> None:
    """Sign a checkpoint of the trail as it is now, and print it."""

    async def once(settings: Settings, store: Store) -> None:
        made = await Notary(store, Folder(settings.state / "audit"), now).stamp()
        out.print(made.line(), markup=False)

    with_store(env, once)


@cli.command("rotate-key")
def rotate_key(env: SettingsFile = None) -> None:
    """Have a new key sign the checkpoints; the old one introduces it, and that is on record."""

    async def once(settings: Settings, bot: Bot) -> None:
        key = await Notary(bot.store, Folder(settings.state / "audit"), bot.clock).rotate(person_here(bot))
        out.print(f"Checkpoints are signed with the key {key.id} now; tell your auditors.", markup=False)

    as_staff(env, once)


@cli.command("purge")
def purge_evidence(older_than: Annotated[str, typer.Option(help="Such as 90d.")], env: SettingsFile = None) -> None:
    """Remove the evidence of old diagnoses, requests and escalations; the trail and its digests stay whole."""

    async def once(_: Settings, bot: Bot) -> None:
        at = bot.clock()
        age = at - moment(older_than, at)
        out.print(f"{(await purge(bot.store, person_here(bot), age, bot.clock)).says}.")

    as_staff(env, once)


@cli.command("digest")
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

    with_store(env, once)


@cli.command("grants")
def grants(env: SettingsFile = None) -> None:
    """Look up which rights the running role really has in the bot's database."""

    async def once(_: Settings, store: Store) -> None:
        async with store.work() as work:
            rights = await look_up_rights(work)
        for right in rights:
            out.print(f"{'✔' if right.holds else '✖'} {right.says}", markup=False)
        if not all(right.holds for right in rights):
            raise typer.Exit(1)

    with_store(env, once)
