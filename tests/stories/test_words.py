"""What people may say, and where: words of their own, mentions, shortcuts, help; and nonsense."""

import pytest

from tests.stories.conftest import Story


async def test_words_of_ones_own(story: Story) -> None:
    sam = story.sam
    await sam.says("/diagnose old numbers on the dashboard")
    offer = await sam.sees(containing=["stale-data", "old numbers on the dashboard"])
    await sam.presses(offer, offer.buttons[0])
    form = await sam.modal(containing="Tenant")
    await sam.submits(form, {"Tenant": "tenant-abc"})
    await sam.sees(containing=["No fault found", "tenant-abc"])


async def test_backstop_and_mentions_do_the_same(story: Story) -> None:
    sam = story.sam
    await sam.says("/backstop diagnose stale-data tenant=tenant-abc")
    card = await sam.sees(containing="No fault found")
    await sam.says("@backstop diagnose stale-data tenant=tenant-xyz", thread=card)
    await sam.sees(thread=card, containing=["No fault found", "tenant-xyz"])


async def test_a_message_is_diagnosed(story: Story) -> None:
    dana, sam = story.dana, story.sam
    await dana.says("the dashboard shows metrics from this morning, customer is angry")
    message = await sam.sees(containing="customer is angry")
    await sam.shortcut(message, "diagnose_this")
    form = await sam.modal(containing="What is wrong?")
    assert form.values["What is wrong?"] == "stale-data"
    await sam.submits(form, {"Tenant": "tenant-abc"})
    await sam.sees(containing="No fault found")


async def test_runbooks_and_help(story: Story) -> None:
    await story.sam.says("/backstop runbooks")
    await story.sam.sees(containing=["stale-data", "permission-denied"])
    await story.sam.says("/backstop")
    await story.sam.sees(containing=["/backstop diagnose", "/backstop audit"])
    await story.oscar.says("/backstop")
    answer = await story.oscar.sees(containing="You hold no role")
    assert "diagnose" not in answer.all_text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/diagnose stale-dta tenant=tenant-abc", "Did you mean stale-data"),
        ("/diagnose stale-data tenant=tenant-abd", "Did you mean tenant-abc"),
        ("/diagnose stale-data tenant=*", "is not a tenant"),
        ("/diagnose stale-data tenant=' OR 1=1 --", "more than stale-data knows"),
        ("/diagnose stale-data tenant=<!channel>", "is not a tenant"),
        ("/diagnose permission-denied tenant=tenant-abc user=nobody@example.com action=x", "is not a user"),
        ("/diagnose permission-denied tenant=tenant-abc user=vera action=x", "Did you mean vera@example.com"),
        ("/backstop frobnicate", "/backstop diagnose"),
        ("/diagnose \u202e\u0000 %s %(x)s {zzz} qqqq", "No runbook fits"),
    ],
)
async def test_nonsense_ends_in_one_sentence_to_the_person_alone(story: Story, text: str, says: str) -> None:
    await story.sam.says(text)
    answer = await story.sam.sees(containing=says)
    assert answer.is_ephemeral
    assert "<!channel>" not in str(answer.blocks)


async def test_another_channel_leads_to_the_right_one(story: Story) -> None:
    await story.sam.says("/diagnose stale-data tenant=tenant-abc", channel="random")
    await story.sam.sees(channel="random", containing="#backend-support")
    await story.sam.sees(containing="No fault found")


async def test_an_outsider_is_refused_and_that_is_on_record(story: Story) -> None:
    await story.oscar.says("/diagnose stale-data tenant=tenant-abc")
    await story.oscar.sees(containing="you hold no role")
    refused = await story.stage.bot.built.bot.audit.find(outcome="refused")
    (event,) = [row.event for row in refused if "you hold no role" in row.event.reason]
    assert (event.person.name, event.person.email) == ("Oscar Blom", "oscar@example.com")
    assert event.says == "command diagnose was refused"
    await story.ada.says("/audit outcome=refused")
    shown = await story.ada.sees(containing=["Oscar Blom", "command diagnose was refused"])
    assert "#backend-support" in shown.all_text and event.person.id not in shown.all_text


async def test_a_guest_is_refused_by_name(story: Story) -> None:
    await story.client.changes_person("oscar", is_restricted=True)
    await story.oscar.says("/diagnose stale-data tenant=tenant-abc")
    await story.oscar.sees(containing="Guests can't use Backstop")
    (refused,) = await story.stage.bot.built.bot.audit.find(outcome="refused")
    assert (refused.event.person.name, refused.event.says) == ("Oscar Blom", "command diagnose was refused")
    assert "tenant-abc" not in refused.event.model_dump_json()
