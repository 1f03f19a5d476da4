"""Card, thread and event lead to one another."""

from html import unescape

from sandbox.slack.seen import SeenMessage
from tests.stories.conftest import Story


def address_of(message: SeenMessage) -> str:
    """What Slack gives as the permanent address of a message."""
    return f"/p{message.ts.replace('.', '')}"


async def test_from_the_card_to_its_event_and_back(story: Story) -> None:
    sam, olga, ada = story.sam, story.olga, story.ada
    audit = story.stage.bot.built.bot.audit
    await story.system.faults.break_("never-expires")
    await sam.says("/diagnose stale-data tenant=tenant-abc")
    card = await sam.sees(containing=["Fault found", "/audit diagnosis="])
    await sam.presses(card, "Clear cache…")
    await sam.submits(await sam.modal(containing="Reason"), {"Reason": "numbers of this morning"})
    request = await sam.sees(thread=card, containing=["Approval needed", "/audit request="])
    (asked,) = await audit.find(verb="request.asked")
    assert f"event {asked.number} · " in request.all_text
    kind, _, id = asked.event.subject.partition(" ")

    await ada.says(f"/audit {kind}={id}")
    trail = await ada.sees(containing=["Event", str(asked.number), "one approval needed"])
    addresses = links_of(trail.blocks)
    assert addresses[str(asked.number)].split("?")[0].endswith(address_of(request))
    (looked,) = await audit.find(verb="diagnosis.finished")
    assert addresses[str(looked.number)].endswith(address_of(card))

    # Those who decide are told elsewhere, and get to the diagnosis from there.
    direct = await olga.sees_directly(containing="Approval needed")
    assert addresses[str(looked.number)] in unescape(str(direct.blocks))

    await sam.presses(card, "Escalate…")
    await sam.submits(await sam.modal(containing="What does the user see?"), {"What does the user see?": "old numbers"})
    head = await olga.sees(containing=["Escalated", "old numbers", "/audit escalation="])
    assert addresses[str(looked.number)] in unescape(str(head.blocks))
    assert addresses[str(asked.number)] in unescape(str(head.blocks))
    pointer = await sam.sees(thread=card, containing="Go to its thread")
    assert address_of(head) in str(pointer.blocks)


def links_of(blocks: object) -> dict[str, str]:
    """The links in a message, by their text."""
    if isinstance(blocks, list):
        return {text: address for one in blocks for text, address in links_of(one).items()}
    if not isinstance(blocks, dict):
        return {}
    if blocks.get("type") == "link":
        return {blocks["text"]: blocks["url"]}
    return {text: address for one in blocks.values() for text, address in links_of(one).items()}
