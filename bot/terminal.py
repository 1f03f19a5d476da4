"""`backstop diagnose` in a terminal, for when Slack is down: it looks only, and that is on record."""

import os
import pwd
import shlex
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.app import Bot, NeedMore, Offers
from bot.errors import InputError, Refused
from bot.model.diagnosis import Diagnosis
from bot.model.finding import Status
from bot.model.people import Person, Via
from bot.model.runbook import Runbook

_LOOKS = {
    Status.OK: ("✔ ok", "green"),
    Status.WARN: ("▲ notice", "yellow"),
    Status.FAIL: ("✖ fault", "red"),
    Status.UNKNOWN: ("? unknown", "magenta"),
}


class Nobody:
    """The directory of a terminal: nobody can be looked up in Slack."""

    async def person(self, user_id: str, *, fresh: bool = False) -> Person:  # noqa: ARG002  # the protocol's signature
        """Refuses: there are no Slack users here."""
        raise Refused(f"{user_id} can't be looked up from a terminal.")

    async def find(self, email: str) -> Person | None:  # noqa: ARG002  # the protocol's signature
        """Finds nobody."""
        return None

    async def group(self, name: str) -> str | None:  # noqa: ARG002  # the protocol's signature
        """Finds no group."""
        return None

    async def channel(self, name: str) -> str | None:  # noqa: ARG002  # the protocol's signature
        """Finds no channel."""
        return None

    async def is_member(self, user_id: str, channel: str) -> bool:  # noqa: ARG002  # the protocol's signature
        """Nobody is a member of anything."""
        return False


def person_here(bot: Bot) -> Person:
    """The staff member whose operating-system account runs this. Raises Refused when it is nobody's."""
    account = pwd.getpwuid(os.geteuid()).pw_name
    staff = bot.standing.roles.at_terminal(account)
    if staff is None:
        raise Refused(f"The account {account} is nobody's in policies/people.yml; add it there under `terminal`.")
    return Person(id=f"terminal:{account}", name=staff.name or account, email=staff.email.casefold(), via=Via.TERMINAL)


async def diagnose(bot: Bot, text: str) -> Diagnosis:
    """Carries out what the text asks for. Raises InputError for what is missing: a terminal has no forms."""
    person = person_here(bot)
    found = await bot.intake.resolve(person, "", text)
    if isinstance(found, Offers):
        fitting = "\n".join(f"  {one.title}\n    {_typed(one, found.given)}" for one in found.runbooks)
        raise InputError(f"These runbooks fit; type the line below the one that you mean:\n{fitting}")
    if isinstance(found, NeedMore):
        if found.runbook is None:
            raise InputError("Say what is wrong, such as: backstop diagnose old numbers on the dashboard")
        missing = " ".join(f"{name}=…" for name in found.missing)
        raise InputError(f"Missing: {missing}; type\n    {_typed(found.runbook, found.given, found.missing)}")
    _, task = await bot.diagnose(person, found.runbook, found.system, found.inputs)
    return await task


def _typed(runbook: Runbook, given: Mapping[str, str], missing: Sequence[str] = ()) -> str:
    """The command for a runbook, with what is known; in place of each … stands what is still to be said."""
    required = [name for name, spec in runbook.inputs.items() if not spec.optional]
    known = {name: value for name, value in given.items() if name in runbook.inputs or name == "system"}
    left = [f"{name}=…" for name in missing or required if name not in known]
    return " ".join(
        ["backstop diagnose", runbook.name, *(shlex.quote(f"{name}={value}") for name, value in known.items()), *left]
    )


def show(diagnosis: Diagnosis, console: Console) -> None:
    """Prints a diagnosis as the card in Slack reads: the verdict first."""
    about = " · ".join([diagnosis.system_title, *(one.shown for one in diagnosis.inputs.given.values())])
    console.print(f"[bold]{escape(diagnosis.title)}[/bold] · {escape(about)}")
    causes = diagnosis.causes
    first = f"  {escape(causes[0].title)}" if causes else ""
    console.print(f"[bold]{diagnosis.verdict.value.upper()}[/bold]{first}")
    table = Table(show_edge=False, pad_edge=False)
    for title in ("Check", "Result", "Seen", "Expected"):
        table.add_column(title, overflow="fold")
    for finding in diagnosis.findings:
        word, colour = _LOOKS[finding.status]
        table.add_row(
            escape(finding.label), f"[{colour}]{word}[/{colour}]", escape(finding.seen), escape(finding.expected)
        )
    console.print(table)
    for cause in causes:
        console.print(f"\n[bold]{escape(cause.title)}[/bold]\n{escape(cause.says)}")
        if cause.guidance:
            console.print(escape(cause.guidance))
    for line in diagnosis.left_out:
        console.print(f"Not looked at: {escape(line)}")
    for line in diagnosis.withheld:
        console.print(f"Not offered: {escape(line)}")
    if diagnosis.guidance:
        console.print(f"\n{escape(diagnosis.guidance)}")
    recorded = (
        f"recorded as {diagnosis.id}" if diagnosis.recorded else "NOT RECORDED: the bot's database does not answer"
    )
    console.print(f"\n{diagnosis.took.total_seconds():.1f} s · {recorded}", style="dim")
