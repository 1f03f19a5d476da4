"""Arranges the workspace for a test or a demo: channels, members, people, user groups, and Slack's misbehaviour."""

from dataclasses import fields as fields_of

from sandbox.slack.control.asking import Wish
from sandbox.slack.records import Json, Person
from sandbox.slack.refusals import ControlRefusal


async def arrange_channel(wish: Wish) -> Json:
    """Open a channel; with `archived`, close or reopen one that is there."""
    state = wish.workspace
    name = str(wish.required("name"))
    members = [_person_id(wish, member) for member in wish.get("members") or ()]
    channel = state.channel_named(name)
    if channel is None:
        channel = state.add_channel(
            name, members, topic=str(wish.get("topic", "")), is_private=bool(wish.get("is_private"))
        )
    else:
        channel.members.extend(member for member in members if member not in channel.members)
    channel.is_archived = bool(wish.get("archived", channel.is_archived))
    state.changes.publish({"type": "workspace"})
    return {"ok": True, "id": channel.id}


async def arrange_member(wish: Wish) -> Json:
    """Let somebody (also the app) join or leave a channel."""
    state = wish.workspace
    person_id = _person_id(wish, str(wish.required("person")))
    channel = state.channel_named(str(wish.required("channel")))
    if channel is None:
        raise ControlRefusal("unknown_channel", f"There is no channel {wish.get('channel')!r}.", status=404)
    is_in = person_id in channel.members
    if wish.get("joined", True) and not is_in:
        channel.members.append(person_id)
        wish.board.events.member_joined(channel, person_id)
    elif not wish.get("joined", True) and is_in:
        channel.members.remove(person_id)
    state.changes.publish({"type": "workspace"})
    return {"ok": True}


async def arrange_person(wish: Wish) -> Json:
    """Add somebody, or change somebody who is there (found by `id` or `name`): deactivate, make a guest, rename."""
    state = wish.workspace
    known = {field.name for field in fields_of(Person)}
    values = {name: value for name, value in wish.fields.items() if name in known}
    if unknown := sorted(set(wish.fields) - known - {"is_bot"}):
        raise ControlRefusal("unknown_field", f"A person has no {', '.join(unknown)}; only {', '.join(sorted(known))}.")
    if wish.get("is_bot"):
        values.setdefault("bot_id", state.ids.new("B"))
    person = state.person_named(str(wish.get("id") or wish.required("name")))
    if person is None:
        values.setdefault("real_name", str(wish.required("name")).capitalize())
        person = state.add_person(**values)
    for name, value in values.items():
        setattr(person, name, value)
    if not person.is_bot:
        state.direct_messages_of(person.id)
    state.changes.publish({"type": "workspace"})
    return {"ok": True, "id": person.id}


async def arrange_group(wish: Wish) -> Json:
    """Form a user group, or change one that is there (found by `id` or `handle`)."""
    state = wish.workspace
    users = [_person_id(wish, user) for user in wish.get("users") or ()]
    handle = wish.get("handle")
    for group in state.groups.values():
        if wish.get("id") == group.id or handle == group.handle:
            group.handle = str(handle or group.handle)
            group.name = str(wish.get("name") or group.name)
            group.users = users if wish.get("users") is not None else group.users
            break
    else:
        handle = str(wish.required("handle"))
        group = state.add_group(handle, str(wish.get("name") or handle), users)
    state.changes.publish({"type": "workspace"})
    return {"ok": True, "id": group.id}


async def arrange_faults(wish: Wish) -> Json:
    """Switch misbehaviour of Slack on, or (`clear`) off."""
    try:
        wish.workspace.faults.set(wish.fields)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ControlRefusal("bad_fault", f"This fault cannot be understood: {error!r}.") from error
    if wish.get("clear"):
        wish.workspace.pace.is_kept = False
    wish.workspace.pace.is_kept = bool(wish.get("keep_pace", wish.workspace.pace.is_kept))
    if how := wish.get("drop_socket"):
        await wish.board.sockets.drop(politely=how == "politely")
    return {"ok": True}


async def break_or_heal(wish: Wish) -> Json:
    """Break or heal one thing in the systems behind the panel."""
    name = str(wish.required("name"))
    if wish.board.panel is None:
        raise ControlRefusal("no_panel", "There are no systems to break here.", status=404)
    try:
        await wish.board.panel.set(name, bool(wish.get("broken", True)))
    except KeyError:
        raise ControlRefusal("unknown_fault", f"There is no fault {name!r}.", status=404) from None
    wish.workspace.changes.publish({"type": "panel"})
    return {"ok": True}


async def heal_all(wish: Wish) -> Json:
    """Heal everything that can be broken in the systems behind the panel."""
    panel = wish.board.panel
    if panel is None:
        raise ControlRefusal("no_panel", "There are no systems to heal here.", status=404)
    for group in await panel.faults():
        for fault in group.faults:
            await panel.set(fault.name, broken=False)
    wish.workspace.changes.publish({"type": "panel"})
    return {"ok": True}


def _person_id(wish: Wish, name: str) -> str:
    person = wish.workspace.person_named(name)
    if person is None:
        raise ControlRefusal("unknown_person", f"There is no person {name!r}.", status=404)
    return person.id
