"""users.*, usergroups.*, bots.*, team.*: who is there."""

from sandbox.slack.records import Json, Person, UserGroup
from sandbox.slack.refusals import SlackRefusal
from sandbox.slack.switchboard import Switchboard
from sandbox.slack.web_api.methods import Arguments, method, page_of
from sandbox.slack.workspace import Workspace


@method("users.info", "users:read")
async def info(board: Switchboard, arguments: Arguments) -> Json:
    """One person."""
    person = board.workspace.people.get(arguments.required("user", "user_not_found"))
    if person is None:
        raise SlackRefusal("user_not_found")
    return {"user": person_as_slack(board.workspace, person)}


@method("users.list", "users:read")
async def list_people(board: Switchboard, arguments: Arguments) -> Json:
    """Everybody, apps and those who left included."""
    page, metadata = page_of(list(board.workspace.people.values()), arguments, 1000)
    return {
        "members": [person_as_slack(board.workspace, person) for person in page],
        "cache_ts": int(board.workspace.clock()),
        "response_metadata": metadata,
    }


@method("users.lookupByEmail", "users:read.email")
async def look_up_by_email(board: Switchboard, arguments: Arguments) -> Json:
    """Somebody by their address."""
    email = arguments.required("email", "users_not_found").casefold()
    for person in board.workspace.people.values():
        if person.email.casefold() == email and not person.deleted:
            return {"user": person_as_slack(board.workspace, person)}
    raise SlackRefusal("users_not_found")


@method("usergroups.list", "usergroups:read")
async def list_groups(board: Switchboard, arguments: Arguments) -> Json:
    """The user groups, with their members if asked for."""
    groups = [
        _group_as_slack(board.workspace, group, with_users=arguments.flag("include_users"))
        for group in board.workspace.groups.values()
    ]
    return {"usergroups": groups}


@method("usergroups.users.list", "usergroups:read")
async def list_members(board: Switchboard, arguments: Arguments) -> Json:
    """The members of one user group."""
    group = board.workspace.groups.get(arguments.required("usergroup", "no_such_subteam"))
    if group is None:
        raise SlackRefusal("no_such_subteam")
    return {"users": group.users}


@method("bots.info", "users:read")
async def bot_info(board: Switchboard, arguments: Arguments) -> Json:
    """The app behind a bot id."""
    workspace = board.workspace
    bot_id = arguments.text("bot", workspace.bot_id)
    for person in workspace.people.values():
        if person.bot_id == bot_id:
            return {
                "bot": {
                    "id": bot_id,
                    "deleted": False,
                    "name": person.name,
                    "updated": int(workspace.clock()),
                    "app_id": workspace.app_id,
                    "user_id": person.id,
                    "icons": {},
                }
            }
    raise SlackRefusal("bot_not_found")


@method("team.info", "team:read")
async def team_info(board: Switchboard, _: Arguments) -> Json:
    """The workspace itself."""
    workspace = board.workspace
    return {
        "team": {
            "id": workspace.team_id,
            "name": workspace.team_name,
            "domain": workspace.team_domain,
            "email_domain": "example.com",
            "url": f"{workspace.address}/",
            "icon": {"image_default": True},
        }
    }


def person_as_slack(workspace: Workspace, person: Person) -> Json:
    """Somebody as the Web API shows them: the address only where the app may see it."""
    scopes = workspace.manifest.scopes
    profile: Json = {
        "title": person.title,
        "real_name": person.real_name,
        "real_name_normalized": person.real_name,
        "display_name": person.name,
        "display_name_normalized": person.name,
        "team": person.team_id,
    }
    if person.email and (scopes is None or "users:read.email" in scopes):
        profile["email"] = person.email
    if person.bot_id:
        profile |= {"bot_id": person.bot_id, "api_app_id": workspace.app_id, "always_active": True}
    shown: Json = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "deleted": person.deleted,
        "color": person.color,
        "real_name": person.real_name,
        "tz": "Etc/UTC",
        "tz_label": "Coordinated Universal Time",
        "tz_offset": 0,
        "profile": profile,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": int(workspace.clock()),
    }
    if person.deleted:
        return shown
    return shown | {
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": False,
        "is_stranger": person.team_id != workspace.team_id,
        "is_email_confirmed": True,
        "who_can_share_contact_card": "EVERYONE",
    }


def _group_as_slack(workspace: Workspace, group: UserGroup, *, with_users: bool) -> Json:
    shown: Json = {
        "id": group.id,
        "team_id": workspace.team_id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": False,
        "date_create": group.created,
        "date_update": group.created,
        "date_delete": 0,
        "user_count": len(group.users),
    }
    return shown | {"users": group.users} if with_users else shown
