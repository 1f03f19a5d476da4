"""A request in each of its states: one drawing for the thread, for those who decide, and for App Home."""

from bot.model.finding import Status, Table
from bot.model.policy import Scope
from bot.model.request import OPEN, Choice, Helped, Item, Preview, Request, Review, State, Verification, Vote
from bot.model.sheet import as_csv
from bot.model.values import write_duration
from bot.slack.blocks import Press, context, header, section
from bot.slack.cards.words import both, either, first_name, result, sentence, traced, where, where_plain
from bot.slack.paper import File, Message, Paper, columns_aligned
from bot.slack.text import Markup, join, mark, mention, moment, plural, quote, stamp, time_of_day

_ITEMS_ON_CARD = 10


def draw_request(request: Request, is_dangerous: bool = False, person: str = "") -> Message:
    """The card; `person` is the Slack id of whoever alone sees it, and is not offered what would be refused."""
    paper = Paper()
    verdict = verdict_of(request)
    paper.put(header(verdict), context(_about(request)))
    paper.put(section(_asked(request)))
    if says := _says(request):
        paper.put(section(says))
    if request.state in OPEN:
        _put_preview(paper, request)
    elif not _was_done(request) and request.preview.items:  # a preview that was refreshed may say that nothing is left
        paper.put(section(mark("*Asked for:* {says}", says=request.preview.says)))
    if request.state is State.PENDING:
        paper.put(section(needs_of(request)))
    if request.verification is not None:
        _put_verification(paper, request.verification)
    if _can_be_undone(request) and request.undo_until is not None:
        paper.put(context(mark("It can be undone until {at}.", at=moment(request.undo_until))))
    if request.outcome is not None and request.outcome.attachment is not None:
        _attach(paper, request, request.outcome.attachment)
    if request.review is not None:
        paper.put(section(_review(request, request.review)))
    paper.end(context(_decided(request), traced(request.trace, f"request={request.id}")))
    presses, more = _buttons(request, is_dangerous, person)
    if person not in {"", request.asker.id} and is_to_review(request):
        presses = [Press("sign_off", request.id, "Sign off…", "primary"), *presses]
    paper.buttons("request", presses, more)
    about = where_plain(request.system_title, request.inputs)
    return paper.message(mark("{verdict} ({label}, {about})", verdict=verdict, label=request.label, about=about))


def draw_notice(request: Request, part: str = "notice") -> Message:
    """One line that asks those who may decide to look at the card, and later says what came of it."""
    ids = request.mentions.get(part, ())
    names = mark("{names}: ", names=join(" ", [mention(id) for id in ids])) if ids else Markup("")
    label, is_first = request.label, part == "notice" or part.startswith("notice more ")
    if is_to_review(request) or (request.is_break_glass and request.state in OPEN):
        text = mark("{names}*{label}* ran by break-glass; see above. ", names=names, label=label)
        text = join("", [text, Markup("It has not been signed off yet; App Home has it under After-reviews due.")])
    elif request.state is State.PENDING and is_first:
        text = mark("{names}*{label}* needs a decision by {by}.", names=names, label=label, by=either(request.by))
    elif request.state is State.PENDING:
        says = "{names}*{label}* still waits for a decision; it expires at {at}. See above."
        text = mark(says, names=names, label=label, at=time_of_day(request.expires))
    else:
        text = mark("{verdict}", verdict=verdict_of(request))
    return Message(text, [section(text)])


def draw_reminder(request: Request) -> Message:
    """Says once more that a decision is needed, with the buttons; later what came of it."""
    paper = Paper()
    if request.state is State.PENDING:
        text = "*{label}* · {where} still waits for a decision; it expires at {at}.\n{who}: {reason}\n{says}"
        paper.put(section(mark(
            text, label=request.label, where=where(request.system_title, request.inputs),
            at=time_of_day(request.expires), who=first_name(request.asker), reason=quote(request.reason, 200),
            says=request.preview.says,
        )))  # fmt: skip
        id = request.id
        presses = [
            Press("approve", id, "Approve", "primary"),
            Press("deny", id, "Deny…"),
            Press("why", id, "Who decides?"),
        ]
        paper.buttons("reminder", presses, [])
    elif is_to_review(request):
        text = "*{label}* · {where} ran by break-glass and has not been signed off yet.\n{who}: {reason}\n{verdict}"
        paper.put(section(mark(
            text, label=request.label, where=where(request.system_title, request.inputs),
            who=first_name(request.asker), reason=quote(request.reason, 200), verdict=verdict_of(request),
        )))  # fmt: skip
        paper.buttons("reminder", [Press("sign_off", request.id, "Sign off…", "primary")], [])
    else:
        text = "{verdict} · {where}"
        place = where(request.system_title, request.inputs)
        paper.put(section(mark(text, verdict=verdict_of(request), where=place)))
    return paper.message(mark("{verdict}", verdict=verdict_of(request)))


def is_to_review(request: Request) -> bool:
    """Whether it ran by break-glass, has ended, and nobody has signed it off yet."""
    return request.review is not None and request.review.signed_by is None and request.state not in OPEN


def verdict_of(request: Request) -> str:  # noqa: PLR0911  # one line for each state reads best
    """The state in words, without markup."""
    approvers = both(first_name(vote.person) for vote in request.approved_by) if request.approved_by else ""
    denied = next((vote for vote in reversed(request.votes) if vote.choice.value == "deny"), None)
    outcome = request.outcome.says if request.outcome else ""
    match request.state:
        case State.PENDING:
            return f"Approval needed: {request.label}"
        case State.APPROVED if request.is_break_glass:
            return f"▲ Break-glass by {first_name(request.asker)}: {request.label}"
        case State.APPROVED:
            return f"✔ Approved by {approvers}: {request.label}" if approvers else f"Allowed at once: {request.label}"
        case State.RUNNING:
            return f"Running: {request.label}"
        case State.DONE:
            return _done(request, outcome)
        case State.FAILED:
            return f"✖ Failed: {request.label}"
        case State.UNKNOWN:
            return f"? Outcome unknown: {request.label}"
        case State.DENIED:
            by = f" by {first_name(denied.person)}" if denied else ""
            return f"✖ Denied{by}: {request.label}"
        case State.EXPIRED:
            if request.approved_by and len(request.approved_by) >= request.approvals:
                return f"Expired: {request.label} was approved, but could not be begun in time"
            return f"Expired: nobody decided on {request.label} in {write_duration(request.expires - request.created)}"
        case State.CANCELLED:
            return f"Taken back by {first_name(request.asker)}: {request.label}"
        case State.OUTDATED:
            return f"▲ Outdated: the effect of {request.label} changed; ask again"


def _was_done(request: Request) -> bool:
    return request.state is State.DONE and not (request.outcome is not None and request.outcome.needless)


def _done(request: Request, outcome: str) -> str:
    helped = request.verification.helped if request.verification else None
    match helped:
        case Helped.YES:
            return f"✔ Done, and it helped: {outcome}"
        case Helped.NO:
            return f"▲ Done, but it did not help: {outcome}"
        case Helped.UNCLEAR:
            return f"? Done, but whether it helped could not be told: {outcome}"
        case _ if request.outcome and request.outcome.needless:
            return f"✔ Not done, for there was {outcome}"
        case _:
            return f"✔ Done: {outcome or request.label}"


def _about(request: Request) -> Markup:
    parts = [mark("*{label}*", label=request.label), where(request.system_title, request.inputs)]
    if request.state is State.PENDING:
        parts.append(mark("expires at {at}", at=time_of_day(request.expires)))
    else:
        parts.append(mark("{state} at {at}", state=request.state.value, at=time_of_day(request.changed)))
    return join(" · ", parts)


def _asked(request: Request) -> Markup:
    roles = f" ({', '.join(request.asker_roles)})" if request.asker_roles else ""
    ticket = mark(" · ticket {ticket}", ticket=request.ticket) if request.ticket else Markup("")
    favours = mark(" · in favour of {who}", who=request.beneficiary) if request.beneficiary else Markup("")
    undo = Markup(" · undoes an earlier request") if request.undo_of else Markup("")
    text = "{person}{roles}: {reason}{ticket}{favours}{undo}"
    return mark(
        text, person=first_name(request.asker), roles=roles, reason=quote(request.reason, 500), ticket=ticket,
        favours=favours, undo=undo,
    )  # fmt: skip


def _says(request: Request) -> Markup:  # noqa: PLR0911  # one line for each state reads best
    """What the state means, and what to do next."""
    reason = request.state_reason
    match request.state:
        case State.UNKNOWN:
            text = "{reason} Look at the system, then say how it ended; until then nothing else is done about this."
            return join("\n", [mark(text, reason=sentence(reason) or "The bot stopped while this ran."), _who(request)])
        case State.FAILED:
            next = "Look again before you ask anew, or escalate." if request.diagnosis else (
                "Diagnose what is wrong before you ask anew, or escalate: Backstop looks first, and that goes along."
            )  # fmt: skip
            return mark("{reason} {next}", reason=sentence(reason), next=next)
        case State.DENIED if reason:
            return mark("Why: {reason}", reason=quote(reason, 500))
        case State.PENDING | State.APPROVED if reason:
            return mark("{reason}", reason=sentence(reason))
        case State.DONE if request.verification and request.verification.helped is Helped.NO:
            return Markup("The checks that show the fault still do. Escalate: what was tried goes along.")
        case State.DONE if request.undone_by:
            return Markup("Undone since by another request.")
        case State.OUTDATED | State.EXPIRED | State.DONE if reason and not _is_said(request):
            return mark("{reason}", reason=sentence(reason))
        case _:
            return Markup("")


def _who(request: Request) -> Markup:
    """Who may say how it ended: the buttons of a card in a channel are the same for everybody who sees it."""
    place = "the whole system" if request.scope is Scope.SYSTEM else request.tenant
    favoured = f", nor {request.beneficiary}, whom it is about" if request.beneficiary else ""
    text = "*Who may say it:* {roles} for {place}; not {asker}, who asked{favoured}."
    asker = first_name(request.asker)
    return mark(text, roles=either(request.settlers), place=place, asker=asker, favoured=favoured)


def _is_said(request: Request) -> bool:
    """Whether the reason of the state stands in the verdict already."""
    return request.outcome is not None and sentence(request.state_reason) == sentence(request.outcome.says)


def _review(request: Request, review: Review) -> Markup:
    glass = mark("*Break-glass* by {who}: nobody approved this. ", who=first_name(request.asker))
    if review.signed_by is None or review.signed_at is None:
        due = "Review due {at}: somebody else signs it off, in App Home or where they were told."
        return join("", [glass, mark(due, at=moment(review.due))])
    text = "Signed off by {by} {at}: {says}"
    said = mark(text, by=first_name(review.signed_by), at=moment(review.signed_at), says=quote(review.says, 500))
    return join("", [glass, said])


def _put_preview(paper: Paper, request: Request) -> None:
    preview = request.preview
    says = mark("*{says}* (preview of {at})", says=preview.says, at=time_of_day(preview.at))
    paper.put(section(says))
    name = f"preview-{preview.at:%H%M%S}.csv"
    file = File(name, f"{request.label}: what would change", preview_csv(preview))
    paper.list(item_lines(preview), file, most=_ITEMS_ON_CARD)
    if preview.notes:
        paper.put(context(join("\n", preview.notes)))


def needs_of(request: Request) -> Markup:
    """How many have to approve it, and who has."""
    count = plural(request.approvals, "approval")
    given = both(first_name(vote.person) for vote in request.approved_by)
    team = " of another team" if request.another_team else ""
    text = "*Needs {count}* by {by}{team} · approved so far by {given}"
    return mark(text, count=count, by=either(request.by), team=team, given=given)


def _put_verification(paper: Paper, verification: Verification) -> None:
    before = {finding.check: finding for finding in verification.before}
    rows, well = [], []
    for now in verification.after:
        then = before.get(now.check)
        if then is not None and then.status is now.status is Status.OK:
            well.append(now.label)
        else:
            rows.append((now.label, result(then) if then else "", result(now)))
    if rows:
        columns = ("Verified", "Before", "After")
        paper.table(Table(title="Verification", columns=columns, rows=tuple(rows)), "verification")
    if well:
        paper.put(context(mark("✔ *As well as before:* {labels}", labels=both(well))))


def _attach(paper: Paper, request: Request, brought: Table) -> None:
    """What the action was to bring: as a file, however small it is."""
    paper.files.append(File(f"{request.action}-{request.id}.csv", brought.title, as_csv(brought)))
    more = Markup(" More exist than were fetched.") if brought.cut else Markup("")
    rows = plural(len(brought.rows), "row")
    paper.put(context(mark("{title}: {rows}, in the file.{more}", title=brought.title, rows=rows, more=more)))


def _decided(request: Request) -> Markup:
    """Who decided, by what right, and why where that does not stand above already."""
    said = request.state_reason if request.state is State.DENIED else ""
    parts = [
        mark(
            "{choice} by {person}{roles}{instead} {at}{reason}", choice=_choice(request, vote),
            person=vote.person.name, instead=f" in place of {vote.stands_for}" if vote.stands_for else "",
            roles=f" ({', '.join(vote.roles)})" if vote.roles else "", at=moment(vote.at),
            reason=mark(": {said}", said=quote(vote.reason, 200)) if vote.reason and vote.reason != said else "",
        )
        for vote in request.votes
    ]  # fmt: skip
    if request.state is not State.PENDING and not parts:
        parts.append(mark("{why}", why=request.why))
    return join(" · ", [*parts, mark("rule {rule}", rule=request.rule)])


def _choice(request: Request, vote: Vote) -> str:
    if vote.choice is Choice.APPROVE and vote.person.id in request.void:
        return "approved, but had not the right to it any more when it was to run:"
    return {Choice.APPROVE: "approved", Choice.DENY: "denied", Choice.WITHDRAWN: "approval taken back"}[vote.choice]


def _buttons(  # noqa: PLR0911  # one line for each state reads best
    request: Request, is_dangerous: bool, person: str
) -> tuple[list[Press], list[Press]]:
    id, is_asker = request.id, person == request.asker.id
    trail = Press("trail", id, "Show the trail")
    escalate = Press("escalate", request.diagnosis or id, "Escalate…")
    cancel = Press("cancel", id, "Take back" if is_asker else "Take back (asker)")
    match request.state:
        case State.PENDING:
            return _deciding(request, is_dangerous, person, [cancel] if is_asker or not person else [], trail)
        case State.APPROVED:
            return [], [*([cancel] if is_asker or not person else []), trail]
        case State.UNKNOWN if is_asker:
            return [escalate, trail], []
        case State.UNKNOWN:
            settle = Press("settle_done", id, "It was done…"), Press("settle_failed", id, "It was not done…")
            return [*settle, escalate, trail], []
        case State.DONE:
            helped = request.verification is None or request.verification.helped is Helped.YES
            undo = [Press("undo", id, "Undo…")] if _can_be_undone(request) else []
            return ([*undo, trail], []) if helped else ([escalate, *undo, trail], [])
        case State.FAILED:
            return [escalate, trail], []
        case _:
            return [trail], []


def approve_press(request: Request, is_dangerous: bool = False) -> Press:
    """The button that approves; what is dangerous is confirmed."""
    says = "It runs as soon as you approve." if request.missing <= 1 else "Others are to approve it as well."
    confirm = (f"{request.label}?", f"{request.preview.says}. {says}", "Approve") if is_dangerous else None
    return Press("approve", request.id, "Approve", "primary", confirm)


def _deciding(
    request: Request, is_dangerous: bool, person: str, cancel: list[Press], trail: Press
) -> tuple[list[Press], list[Press]]:
    id, has_approved = request.id, any(vote.person.id == person for vote in request.approved_by)
    approve, withdraw = approve_press(request, is_dangerous), Press("withdraw", id, "Take my approval back")
    refresh, why = Press("refresh", id, "Refresh preview"), Press("why", id, "Who decides?")
    if person == request.asker.id:
        return [*cancel, refresh, why], [trail]
    first = withdraw if has_approved else approve
    others = [withdraw] if request.approved_by and not person else []
    return [first, Press("deny", id, "Deny…"), refresh, why], [*others, *cancel, trail]


def _can_be_undone(request: Request) -> bool:
    is_there = request.outcome is not None and request.outcome.undo is not None
    return is_there and not request.undone_by and not request.undo_is_over


def item_lines(preview: Preview) -> list[str]:
    """What would change, a line each: name, from → to, and circumstances such as age and size."""
    # Where the same happens to all of them, the sentence above says it, and the line has room for the rest.
    is_same = len(preview.items) > 1 and len({(item.before, item.after) for item in preview.items}) == 1
    is_one = len(preview.items) == 1  # then there is room to say what each of its circumstances is
    rows = [
        [
            item.name, *([] if is_same else [change(item)]),
            *(f"{name}: {value}" if is_one and value else value
              for name, value in preview.circumstances.get(item.name, {}).items()),
        ]
        for item in preview.items
    ]  # fmt: skip
    if not rows:
        return []
    width = max(map(len, rows))
    return columns_aligned((), [[*row, *[""] * (width - len(row))] for row in rows])


def change(item: Item) -> str:
    """From → to."""
    return f"{item.before} → {item.after}" if item.before else item.after


def preview_csv(preview: Preview) -> str:
    """The whole preview for a file."""
    names = list(dict.fromkeys(name for held in preview.circumstances.values() for name in held))
    rows = []
    for item in preview.items:
        held = preview.circumstances.get(item.name, {})
        rows.append((item.name, item.before, item.after, *(held.get(name, "") for name in names)))
    return as_csv(
        Table(title=f"Preview of {stamp(preview.at)}", columns=("name", "from", "to", *names), rows=tuple(rows))
    )
