"""What a runbook does not solve: the team that takes over gets everything, in one thread, and nobody is forgotten."""

import asyncio
import json
from datetime import timedelta

import httpx

from bot.model.escalation import Escalation
from bot.store.helpfulness import how_often_helped
from sandbox.slack.acting import Person
from sandbox.slack.seen import SeenMessage
from tests.stories.conftest import Story

SEES = "What does the user see?"


async def escalated(story: Story, **values: object) -> tuple[SeenMessage, SeenMessage]:
    """Sam diagnoses stale data and hands it over: the card of the diagnosis, and the head of the thread."""
    sam = story.sam
    await story.system.faults.break_("never-expires")
    await sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await sam.sees(containing="Fault found")
    await sam.presses(card, "Escalate…")
    form = await sam.modal(containing=SEES)
    assert form.values["Severity"] == "medium"  # as the runbook proposes
    await sam.submits(form, {SEES: "numbers of this morning", **values})
    return card, await story.olga.sees(containing=["Escalated", "numbers of this morning"])


async def the_escalation(story: Story) -> Escalation:
    """The one that is open."""
    (one,) = await story.stage.bot.built.bot.escalations.opened()
    return one


async def verbs(story: Story) -> list[str]:
    """What the trail says about escalations, oldest first."""
    rows = await story.stage.bot.built.bot.audit.find(limit=200)
    return [row.event.verb for row in reversed(rows) if row.event.verb.startswith("escalation.")]


async def content(story: Story, message: SeenMessage, name: str) -> str:
    """A file as somebody downloads it."""
    (address,) = [one["url"] for one in message.files if one["name"] == name]
    async with httpx.AsyncClient(base_url=story.stage.served.address) as http:
        answer = await http.get(address)
    assert answer.status_code == 200
    return answer.text


async def fill(person: Person, head: SeenMessage, button: str, title: str, values: dict[str, str]) -> None:
    """Presses a button of the head, and sends its form off."""
    await person.presses(head, button)
    await person.submits(await person.modal(title=title, containing=next(iter(values))), values)


async def test_from_the_button_to_the_resolution(story: Story) -> None:
    sam, olga, ada = story.sam, story.olga, story.ada
    console = await sam.uploads("console.txt", "GET /metrics 200\nAuthorization: Bearer abcdefgh12345678\n")
    card, head = await escalated(story, Files=[console])
    await sam.sees(thread=card, containing=["Escalated to backend team in #backend-support", "nobody has taken it yet"])
    assert "tenant-abc" in head.all_text and "The cached dashboard never expires" in head.all_text

    listed = await olga.sees(thread=head, containing=["Evidence", "report.html"])
    evidence = await olga.sees(thread=head, containing="Report as Markdown", where=lambda one: bool(one.files))
    names = {one["name"] for one in evidence.files}
    assert {"report.html", "report.md", "diagnosis.json", "counts.csv", "cache-keys.csv", "checks.csv",
            "newest-executions.csv", "api-answers.json", "log-api.txt", "given-1-console.txt"} <= names  # fmt: skip
    keys = await content(story, evidence, "cache-keys.csv")
    assert "metrics:dashboard:tenant-abc" in keys and "no expiry" in keys
    everything = json.loads(await content(story, evidence, "diagnosis.json"))
    assert everything["escalation"]["symptom"] == "numbers of this morning"
    assert everything["counts"]["agent_count"].isdigit()
    given = await content(story, evidence, "given-1-console.txt")
    assert "GET /metrics 200" in given and "abcdefgh12345678" not in given
    assert "<h2>What was found</h2>" in await content(story, evidence, "report.html")
    (collected,) = [one for one in await story.stage.bot.built.bot.audit.find(limit=200)
                    if one.event.verb == "escalation.collected"]  # fmt: skip
    assert str(collected.event.detail["digest"]) in listed.all_text

    await olga.presses(head, "I take it")
    head = await olga.watches(head, containing="Olga works on it")
    await sam.sees(thread=card, containing="Olga works on it")
    await fill(olga, head, "Add note…", "Add note", {"Note": "the deploy of 9:00 removed the TTL"})
    await sam.sees(thread=head, containing="the deploy of 9:00 removed the TTL")
    await olga.presses(head, "Look again")
    await sam.sees(thread=head, containing=["Fault found", "asked again by Olga"])
    await fill(olga, head, "Change severity…", "Change severity", {"Severity": "high", "Why?": "all their users"})
    await olga.watches(head, containing="Escalated · high")
    await fill(olga, head, "Hand over…", "Hand over", {"Team": "database", "Why?": "a trigger, not the cache"})
    await olga.watches(head, containing=["Handed over", "database team"])
    there = await ada.sees("database-support", containing=["Handed over", "database team"])
    await ada.sees("database-support", containing=["Evidence", "report.html"])
    await ada.presses(there, "I take it")
    there = await ada.watches(there, containing="Ada works on it")
    how = {"What was the cause?": "A deploy", "How was it solved?": "TTL set again", "Did the runbook help?": "yes"}
    await fill(ada, there, "Resolve…", "Resolve", how)
    await olga.watches(head, containing=["Resolved by Ada", "A deploy", "TTL set again"])
    await sam.sees(thread=card, containing="resolved by Ada at")

    assert await verbs(story) == [
        "escalation.opened", "escalation.collected", "escalation.acknowledged", "escalation.noted",
        "escalation.looked_again", "escalation.severity_changed", "escalation.handed_over", "escalation.acknowledged",
        "escalation.resolved",
    ]  # fmt: skip
    store = story.stage.bot.built.bot.store
    async with store.work() as work:
        (figures,) = await how_often_helped(work, story.watch() - timedelta(hours=1))
    assert (figures.runbook, figures.escalated, figures.resolved, figures.of_use) == ("stale-data", 1, 1, 1)


async def test_a_second_diagnosis_of_the_same_joins(story: Story) -> None:
    sam = story.sam
    first, head = await escalated(story)
    said = await sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await sam.sees(containing="Fault found", after=said)
    await sam.says("@backstop escalate", thread=card)
    offer = await sam.sees(thread=card, containing="Escalate")
    await sam.presses(offer, "Fill in…")
    await sam.submits(await sam.modal(containing=SEES), {SEES: "the agents page too"})
    await sam.sees(thread=head, containing=["Found again", "the agents page too"])
    await sam.sees(thread=card, containing="Escalated to backend team")
    await story.olga.watches(head, containing="found again 1 time since")
    assert first.ts != card.ts and (await the_escalation(story)).joined

    # What is done about either diagnosis from now on is on the card as well, as it stands.
    await story.olga.watches(head, containing="Tried: nothing before it was raised")
    await story.olga.presses(card, "Clear cache…")
    await story.olga.submits(await story.olga.modal(containing="Reason"), {"Reason": "old numbers"})
    await sam.watches(head, containing=["Tried", "Clear cache by Olga Lindt: helped"])


async def test_nobody_answers_then_the_ladder_the_pager_and_the_fallback(story: Story) -> None:
    _, head = await escalated(story)
    story.watch.ahead = timedelta(minutes=16)
    call = await story.ada.sees(thread=head, containing=["@backend-oncall", "Can you?"])
    assert "<!subteam^" in str(call.blocks)
    story.watch.ahead = timedelta(minutes=32)
    # The pager has no key here: that is said, and the fallback is called at once instead of nobody.
    await story.ada.watches(head, containing="PAGERDUTY_INTEGRATION_KEY is not set")
    await story.ada.sees(thread=head, containing="please look after it")
    story.watch.ahead = timedelta(minutes=48)
    await story.ada.sees(thread=head, containing="nobody has taken this escalation yet")
    await story.olga.presses(head, "I take it")
    await story.olga.watches(head, containing="Olga works on it")
    story.watch.ahead = timedelta(hours=9)
    await story.olga.sees(thread=head, containing=["@olga", "this is with you"])
    taken = await story.olga.watches(head, containing="PagerDuty was never called, and is not needed any more.")
    assert "tried again" not in taken.all_text
    how = {"What was the cause?": "A deploy", "How was it solved?": "TTL set again", "Did the runbook help?": "yes"}
    await fill(story.olga, head, "Resolve…", "Resolve", how)
    over = await story.olga.watches(head, containing=["Resolved", "PagerDuty was never called, and is not needed"])
    assert "tried again" not in over.all_text


async def test_what_did_not_help_is_escalated_by_itself_once(story: Story) -> None:
    olga = story.olga
    await story.system.faults.break_("ttl-misconfigured")
    await olga.says("/diagnose stale-data tenant=tenant-abc")
    card = await olga.sees(containing="Fault found")
    await olga.presses(card, "Clear cache…")
    await olga.submits(await olga.modal(containing="Reason"), {"Reason": "try"})
    await olga.sees(thread=card, containing="Done: 1 key removed")
    bot = story.stage.bot.built.bot
    async with asyncio.timeout(20):
        while not await bot.escalations.opened():  # the runbook is patient for a minute, wherever it began
            story.watch.ahead += timedelta(minutes=1)
            await asyncio.sleep(1)
    head = await olga.sees(containing=["Escalated", "the remedy did not help"])
    assert "did not help" in head.all_text and "Backstop" in head.all_text
    (request,) = await bot.asked_by(await bot.directory.person(olga.id))
    await bot.escalations.consider(request.id)
    assert (await verbs(story)).count("escalation.opened") == 1


async def test_a_closed_channel_and_files_that_slack_refuses(story: Story) -> None:
    sam, olga = story.sam, story.olga
    await story.client.faults(
        error={"method": "files.getUploadURLExternal", "error": "storage_limit_reached", "times": 1}
    )
    await story.client.post("member", channel="database-support", person=sam.bot_id, joined=False)
    await story.system.faults.break_("orphaned-agents")
    await sam.says("/diagnose data-consistency")
    card = await sam.sees(containing="Fault found")
    await sam.presses(card, "Escalate…")
    await sam.submits(await sam.modal(containing=SEES), {SEES: "sums are wrong"})
    head = await olga.sees(containing=["Escalated", "sums are wrong", "invite it there"])
    await olga.watches(head, containing=["could not be attached yet", "storage_limit_reached"])
    await olga.sees(thread=head, containing="Report as Markdown", where=lambda one: bool(one.files))
    await olga.watches(head, where=lambda one: "could not be attached yet" not in one.all_text)
