"""What `backstop doctor` looks at on this side of Slack: files, systems, the bot's own database, clocks."""

import asyncio
import os
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from bot.access.examining import examine
from bot.catalog import Catalog
from bot.errors import BackstopError, CatalogError
from bot.model.checkup import Line, bad, good, notice
from bot.model.values import Clock
from bot.registry import Registry
from bot.settings import Settings
from bot.store import Store
from bot.store.measuring import clock_and_revision
from bot.store.migrating import newest
from bot.store.rights import look

_FILES, _STATE, _DATABASE = "files", "state folder", "database"
_ROOM = 1_000_000_000  # bytes below which it is time to make room
_DRIFT, _FAR = 2.0, 60.0  # seconds by which two clocks may differ, and by which they must not


def examine_files(settings: Settings, registry: Registry) -> tuple[list[Line], Catalog | None]:
    """Whether systems, runbooks and policies hold together; the catalogue, where they do."""
    try:
        catalog = Catalog.read(settings.folder, registry, settings.policies, settings.systems)
    except CatalogError as error:
        more = f" and {len(error.problems) - 1} more" if len(error.problems) > 1 else ""
        return [bad(_FILES, "catalogue", f"{error.problems[0]}{more}.", "Run `backstop check` for the list.")], None
    policy = catalog.policies.current()
    says = f"{len(catalog.systems)} systems, {len(catalog.runbooks)} runbooks, {len(policy.approvals.rules)} rules"
    lines = [good(_FILES, "catalogue", says), good(_FILES, "policy", f"in force: {policy.digest[:12]}")]
    if any(one.email.endswith("@example.com") for one in policy.people.people):
        fix = "Put your own people into policies/people.yml."
        lines.append(notice(_FILES, "people", "The people of the demo are named in policies/people.yml.", fix))
    if not any(one.auditor for one in policy.people.people):
        fix = "Name one in policies/people.yml (auditor: true)."
        lines.append(notice(_FILES, "auditors", "Nobody may export the trail.", fix))
    return lines, catalog


def examine_secrets(file: Path) -> list[Line]:
    """Whether a file with secrets is for its owner alone."""
    if not file.is_file():
        return []
    if file.stat().st_mode & 0o077:
        return [bad(_FILES, str(file), "Others on this machine may read it.", f"chmod 600 {file}")]
    return [good(_FILES, str(file), "is for its owner alone")]


def examine_state(settings: Settings) -> list[Line]:
    """Whether keys and checkpoints, and an embedded database, have a place."""
    folder = settings.state
    nearest = folder
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    if not os.access(nearest, os.W_OK | os.X_OK):
        return [
            bad(_STATE, "rights", f"{folder} cannot be written.", "Set BACKSTOP_STATE to a folder of the bot's own.")
        ]
    free = shutil.disk_usage(nearest).free
    says = f"{free / 1e9:.1f} GB are free for {folder}"
    room = good(_STATE, "room", says) if free >= _ROOM else bad(_STATE, "room", f"Only {says}.", "Make room.")
    return [good(_STATE, "rights", "can be written"), room]


async def examine_systems(catalog: Catalog, environment: Mapping[str, str]) -> list[Line]:
    """Every system, at once."""
    found = await asyncio.gather(*(examine(system, environment) for system in catalog.systems.values()))
    return [line for lines in found for line in lines]


async def examine_database(store: Store, clock: Clock, *, is_embedded: bool) -> list[Line]:
    """The bot's own database: shape, clock, and whether the trail is safe from the running role."""
    try:
        async with store.work() as work:
            before = clock()
            theirs, revision = await clock_and_revision(work)
            took = clock() - before
            rights = await look(work)
    except BackstopError as error:
        return [unreachable_database(error)]
    where = "embedded in the state folder: for one machine" if is_embedded else "an own server"
    lines = [good(_DATABASE, "reachable", f"{where}; answers in {took.total_seconds() * 1000:.0f} ms")]
    if revision == newest():
        lines.append(good(_DATABASE, "shape", f"revision {revision}"))
    else:
        says = f"It is at revision {revision}, and this code expects {newest()}."
        lines.append(bad(_DATABASE, "shape", says, "backstop migrate"))
    lines.append(compare_clocks("the bot's database", theirs, before + took / 2))
    if broken := [right.says for right in rights if not right.holds]:
        fix = "Run the bot as the weaker role, and `backstop migrate` as the owner; see `backstop audit grants`."
        return [*lines, *(bad("audit", "grants", f"Does not hold: {says}.", fix) for says in broken)]
    return [*lines, good("audit", "grants", f"all {len(rights)} rights that keep the trail are in force")]


def compare_clocks(whose: str, theirs: datetime, ours: datetime) -> Line:
    """Whether two clocks agree; signatures, deadlines and the trail rest on that."""
    apart = abs((theirs - ours).total_seconds())
    says = f"{apart:.1f} s between this machine and {whose}"
    fix = "Have both keep their time by NTP."
    if apart > _FAR:
        return bad("clock", whose, f"{says}: Slack's signatures and deadlines would be wrong.", fix)
    return notice("clock", whose, f"{says}.", fix) if apart > _DRIFT else good("clock", whose, says)


def missing_database(settings: Settings) -> Line:
    """There is none yet, and looking makes none."""
    says = f"there is none yet in {settings.state}."
    return notice(_DATABASE, "reachable", says, "`backstop run` makes one there, or set BACKSTOP_DATABASE_URL.")


def unreachable_database(error: BackstopError) -> Line:
    """The database could not even be opened."""
    return bad(_DATABASE, "reachable", error.sentence, "Start it, or correct BACKSTOP_DATABASE_URL.")
