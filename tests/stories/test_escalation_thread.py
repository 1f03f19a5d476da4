"""What the people who take over find in the thread, and where they see that there is one."""

from datetime import timedelta

from sandbox.slack.seen import SeenMessage
from tests.stories.conftest import Story
from tests.stories.test_escalation import SEES, escalated, fill, verbs


async def test_ways_around_are_offered_in_the_thread(story: Story) -> None:
    sam, olga = story.sam, story.olga
    _, head = await escalated(story)
    offers = await olga.sees(thread=head, containing=["Until it is solved", "The older UI"])
    assert story.system.environment["AIOPS_OLDER_UI_URL"] in str(offers.blocks)

    await sam.presses(offers, "Query results…")
    choice = await sam.modal(title="Query results", containing="What")
    await sam.submits(choice, {"What": "How many agents the tenant has"})
    await olga.sees(thread=head, containing=["How many agents the tenant has", "10"])

    await sam.presses(offers, "CSV export…")
    await sam.submits(await sam.modal(containing="What"), {"What": "The tenant's agents."})
    asking = await sam.modal(containing=["Exports 10 rows as CSV", "AI agents platform"])
    await sam.submits(asking, {"Reason": "they need their list today"})
    request = await story.tom.sees(thread=head, containing=["Approval needed", "Export rows"])
    await story.tom.presses(request, "Approve")
    await olga.sees(thread=head, where=lambda one: any(file["name"].endswith(".csv") for file in one.files
                    if "all_agents" in file["title"]))  # fmt: skip
    assert "escalation.queried" in await verbs(story)


async def test_what_is_typed_behind_escalate_is_in_the_form_which_says_who_gets_it(story: Story) -> None:
    sam = story.sam
    await story.system.faults.break_("never-expires")
    await sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await sam.sees(containing="Fault found")
    await sam.says("@backstop escalate high the dashboard shows yesterday", thread=card)
    await sam.presses(await sam.sees(thread=card, containing="Escalate"), "Fill in…")
    form = await sam.modal(containing=SEES)
    assert (form.values["Severity"], form.values[SEES]) == ("high", "the dashboard shows yesterday")
    for said in (
        "backend team in #backend-support", "backend-oncall is told after 15 min", "The runbook proposes medium",
        "With severity critical: to the on-call engineer", "PagerDuty calls at once",
    ):  # fmt: skip
        assert said in form.all_text
    await sam.submits(form)
    head = await story.olga.sees(containing=["Escalated · high", "the dashboard shows yesterday"])
    await sam.says("@backstop escalate critical all of them now", thread=head)
    await sam.presses(await sam.sees(thread=head, containing="Change severity"), "Fill in…")
    more = await sam.modal(title="Change severity", containing="Why?")
    assert (more.values["Severity"], more.values["Why?"]) == ("critical", "all of them now")
    await sam.presses(card, "Escalate…")
    assert "has this already (nobody has taken it yet)" in (await sam.modal(containing=SEES)).all_text
    assert head.thread_ts is None or head.thread_ts == head.ts


async def test_looking_again_stays_in_the_thread_in_which_it_was_pressed(story: Story) -> None:
    olga, ada = story.olga, story.ada
    _, head = await escalated(story)
    await fill(olga, head, "Hand over…", "Hand over", {"Team": "database", "Why?": "a trigger, not the cache"})
    there = await ada.sees("database-support", containing=["Handed over", "database team"])
    await ada.presses(there, "Look again")
    again = await ada.sees(thread=there, containing=["Fault found", "asked again by Ada"])
    await ada.presses(again, "Look again")
    await ada.sees(thread=there, after=again, containing=["Fault found", "asked again by Ada"])
    channel: list[SeenMessage] = await ada.messages("backend-support")
    assert not [one for one in channel if "asked again" in one.all_text]


async def test_the_list_of_runbooks_and_app_home_tell_what_is_open_and_what_helped(story: Story) -> None:
    sam, olga = story.sam, story.olga
    await escalated(story)
    await sam.says("/backstop runbooks")
    listed = await sam.sees(containing=["What can be looked into", "1 open escalation", "1 escalation open"])
    assert "1 diagnosis, 1 with a fault; escalated 1 time" in listed.all_text
    home = await olga.home(containing=["Open escalations", "How often runbooks helped in the last 30 days"])
    assert "nobody has taken it yet" in home.all_text
    await olga.presses(home, "I take it")
    await olga.home(containing=["Olga works on it"])
    outsider = await story.oscar.home()
    assert "Open escalations" not in outsider.all_text and "How often" not in outsider.all_text
    story.watch.ahead = timedelta(days=31)
    assert "1 diagnosis" not in (await olga.home(containing="Open escalations")).all_text
