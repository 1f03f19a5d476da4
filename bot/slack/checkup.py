"""What `backstop doctor` looks at in Slack: tokens, scopes, channels, who can be found, and Slack's clock."""

from collections.abc import Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BackstopError, SlackFailed
from bot.model.checkup import Line, bad, good, notice
from bot.model.policy import Policy
from bot.model.system import System
from bot.model.values import Clock
from bot.settings import Settings
from bot.slack.calling import CallFailed, call
from bot.slack.link import Identity, identify, open_client
from bot.slack.manifest import needed_scopes
from bot.slack.people import SlackDirectory

_SLACK = "slack"
_LOOKED_UP = 20  # people of people.yml
_INSTALL = "docs/how-to/install.md, “The Slack app”"


async def examine_slack(
    settings: Settings, systems: Iterable[System], policy: Policy | None, clock: Clock
) -> list[Line]:
    """Every line about Slack; without a bot token, that alone."""
    if settings.slack_bot_token is None:
        return [bad(_SLACK, "bot token", "BACKSTOP_SLACK_BOT_TOKEN is not set.", f"Copy it as {_INSTALL} says.")]
    async with open_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url) as client:
        return await _examine(client, settings, systems, policy, clock)


async def _examine(
    client: AsyncWebClient, settings: Settings, systems: Iterable[System], policy: Policy | None, clock: Clock
) -> list[Line]:
    try:
        me = await identify(client)
        answered = clock()
    except BackstopError as error:
        return [bad(_SLACK, "bot token", error.sentence, f"Install the app and copy its token: {_INSTALL}.")]
    lines = [
        good(_SLACK, "bot token", f"speaks as {me.user} in {me.team}"),
        _scopes(me),
        *await _way_in(client, settings),
    ]
    if me.date and (theirs := _moment(me.date)):
        lines.append(_clock(theirs, answered))
    if policy is None:
        return lines
    directory = SlackDirectory(client, me.team, _anybody, clock)
    for name, why in _channels(settings, systems, policy).items():
        lines.append(await _channel(directory, me, name, why))
    return [*lines, *await _people(directory, policy), *await _groups(directory, policy)]


def _scopes(me: Identity) -> Line:
    if not me.scopes:
        return notice(_SLACK, "scopes", "Slack did not say which scopes the token has.", "Compare with manifest.yml.")
    if missing := sorted(needed_scopes() - me.scopes):
        fix = "Put manifest.yml into the app's settings (App Manifest), then reinstall it."
        return bad(_SLACK, "scopes", f"The token lacks {', '.join(missing)}.", fix)
    more = sorted(me.scopes - needed_scopes() - {"identify"})
    if more:
        return notice(_SLACK, "scopes", f"It has more than it needs: {', '.join(more)}.", "Take them out of the app.")
    return good(_SLACK, "scopes", f"all {len(needed_scopes())} are granted, and no more")


async def _way_in(client: AsyncWebClient, settings: Settings) -> list[Line]:
    if settings.slack_signing_secret is not None:
        says = "Slack comes by signed HTTP. Whether the secret is right shows with the first command."
        return [notice(_SLACK, "signing secret", says, "Type /backstop help; a wrong one is answered with 401.")]
    if settings.slack_app_token is None:
        says = "Neither BACKSTOP_SLACK_APP_TOKEN nor BACKSTOP_SLACK_SIGNING_SECRET is set."
        return [bad(_SLACK, "way in", says, f"Set one: {_INSTALL}.")]
    try:
        await call(client.apps_connections_open(app_token=settings.slack_app_token.get_secret_value()))
    except CallFailed as error:
        says = f"Slack refuses the app-level token ({error.code})."
        return [bad(_SLACK, "app-level token", says, "Make one with the scope connections:write.")]
    return [good(_SLACK, "app-level token", "Socket Mode may be opened")]


def _channels(settings: Settings, systems: Iterable[System], policy: Policy) -> dict[str, str]:
    """The channels that the bot writes to, each with why."""
    found: dict[str, str] = {}
    for system in systems:
        for name in system.channels:
            found.setdefault(name, f"of {system.name}")
    for key, route in policy.escalation.routes.items():
        found.setdefault(route.channel, f"of the route {key}")
    if settings.audit_channel:
        found.setdefault(settings.audit_channel, "for the audit trail")
    return found


async def _channel(directory: SlackDirectory, me: Identity, name: str, why: str) -> Line:
    try:
        id = await directory.channel(name)
        if id is None:
            return bad(
                "channels", f"#{name}", f"The bot can't see it ({why}).", f"Make it, then /invite @backstop in #{name}."
            )
        if not await directory.is_member(me.user, id):
            return bad("channels", f"#{name}", f"The bot is not in it ({why}).", f"/invite @backstop in #{name}")
    except SlackFailed as error:
        return bad("channels", f"#{name}", error.sentence, "Look again when Slack answers.")
    return good("channels", f"#{name}", f"the bot is in it ({why})")


async def _people(directory: SlackDirectory, policy: Policy) -> list[Line]:
    """Whether e-mail addresses can be seen: without them nobody has a role."""
    emails = [one.email for one in policy.people.people if one.email][:_LOOKED_UP]
    found: list[str] = []
    missing: list[str] = []
    for email in emails:
        try:
            person = await directory.find(email)
            (found if person is not None and person.email == email.casefold() else missing).append(email)
        except SlackFailed as error:
            fix = "The scope users:read.email is needed, and addresses must not be hidden in the workspace."
            return [bad("people", "e-mail addresses", error.sentence, fix)]
    if missing:
        says = f"Not in this workspace, or without a visible address: {', '.join(missing)}."
        return [bad("people", "e-mail addresses", says, "Correct policies/people.yml, or show addresses in profiles.")]
    if not found:
        return [notice("people", "e-mail addresses", "policies/people.yml names nobody by address.", "Name somebody.")]
    return [good("people", "e-mail addresses", f"{len(found)} of {len(emails)} people are found by their address")]


async def _groups(directory: SlackDirectory, policy: Policy) -> list[Line]:
    steps = [step.tell for route in policy.escalation.routes.values() for step in route.ladder]
    named = [*(one.group for one in policy.people.people), *(one for one in steps if "@" not in one)]
    lines = []
    for name in dict.fromkeys(one for one in named if one):
        try:
            is_there = await directory.group(name) is not None
        except SlackFailed as error:
            return [bad("people", "user groups", error.sentence, "The scope usergroups:read is needed.")]
        if is_there:
            lines.append(good("people", f"@{name}", "the user group is there"))
        else:
            fix = "Make it (a paid plan is needed), or name people by e-mail address."
            lines.append(bad("people", f"@{name}", "There is no such user group: nobody would be told.", fix))
    return lines


def _clock(theirs: datetime, ours: datetime) -> Line:
    apart = abs((theirs - ours).total_seconds())
    says = f"{apart:.0f} s between this machine and Slack"
    fix = "Have this machine keep its time by NTP."
    if apart > 60:
        return bad("clock", "Slack", f"{says}: signed requests are refused beyond 300 s.", fix)
    # Slack says its time in whole seconds, and an answer takes a while.
    return notice("clock", "Slack", f"{says}.", fix) if apart > 5 else good("clock", "Slack", says)


def _moment(date: str) -> datetime | None:
    try:
        return parsedate_to_datetime(date)
    except ValueError:
        return None


async def _anybody(_: str, __: str) -> bool:
    return True  # nobody gets any authority here: only whether addresses can be seen is looked at
