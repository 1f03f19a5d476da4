"""Who could have decided on a request when it was asked, from what was put on record then."""

from collections.abc import Sequence

from bot.errors import NotThere
from bot.model.audit import Recorded
from bot.model.facts import Listing
from bot.model.finding import Table

_DECISIONS = {
    "request.approved": "approved", "request.voted": "approved", "request.denied": "denied",
    "request.settled": "settled",
}  # fmt: skip

_RESTS_ON = (
    "This rests on event {event}: who was found to hold these roles when it was asked. Whoever was given one later, or "
    "was not found then, is listed only if they decided; how roles change inside the system is not on record here."
)


def who_could(rows: Sequence[Recorded]) -> Listing:
    """The people who held a deciding role when the request was asked, and what each did about it.

    Today's roles play no part: what counts is the event of asking. Raises NotThere when there is none among `rows`.
    """
    asked = next((row for row in rows if row.event.verb == "request.asked"), None)
    if asked is None:
        raise NotThere("There is no event of asking on record for this request, so it cannot be told who could decide.")
    detail = asked.event.detail
    roles, needed = [str(role) for role in detail.get("by") or ()], int(detail.get("approvals") or 0)
    did: dict[str, tuple[str, str]] = {}
    for row in rows:
        if (what := _DECISIONS.get(row.event.verb)) is not None and row.event.outcome != "refused":
            person = row.event.person
            when = f"{row.event.at:%Y-%m-%d %H:%M:%S} UTC"
            held = f" as {', '.join(row.event.roles)}" if row.event.roles else ""
            address = person.email or person.id
            did[address] = (f"{person.name} ({address})", f"{what}{held} at {when}")
    people = [str(email) for email in detail.get("deciders") or ()]
    table = [did.get(email, (email, "could decide, and did not")) for email in people]
    # Somebody may have been given a role between the asking and the decision.
    table += [said for email, said in did.items() if email not in people]
    rests = _RESTS_ON.format(event=asked.number)
    if doubt := str(detail.get("doubt") or ""):
        rests = f"{rests} At that time {doubt}."
    return Listing(
        says=f"{_rule(asked, roles, needed)} Policy {asked.event.policy[:12]}. {rests}",
        table=Table(title="Who could decide", columns=("Who", "What they did"), rows=tuple(table)),
    )


def _rule(asked: Recorded, roles: Sequence[str], needed: int) -> str:
    event = asked.event
    when = f"{event.person.name} asked at {event.at:%Y-%m-%d %H:%M:%S} UTC"
    rule = f"rule {event.detail.get('rule') or 'of the policy'}"
    if not needed:
        return f"{when}, and needed nobody's approval ({rule})."
    count = "one approval" if needed == 1 else f"{needed} approvals"
    return f"{when}, and needed {count} by {' or '.join(roles)} ({rule})."
