"""An emergency at night: Ada breaks the glass, everybody who could have approved hears of it, and it is reviewed."""

from tests.stories.conftest import Story

_COMMAND = "/backstop run clear_all_caches system=aiops"


async def test_ada_breaks_the_glass_and_cannot_sign_it_off_herself(story: Story) -> None:
    await story.system.faults.break_("never-expires")
    await story.ada.says(_COMMAND)
    form = await story.ada.modal(containing=["Reason", "Urgency", "Type the name to confirm"])
    filled = {"Reason": "all dashboards are wrong", "Urgency": "Emergency: break the glass, run it now"}
    await story.ada.submits(form, {**filled, "Type the name to confirm": "something else"})
    await story.ada.modal(containing="type aiops to confirm")
    await story.ada.says(_COMMAND)
    form = await story.ada.modal(containing=["Reason", "Urgency"])
    await story.ada.submits(form, {**filled, "Type the name to confirm": "aiops"})
    card = await story.ada.sees(containing=["Done", "Break-glass", "nobody approved this", "Review due"], timeout=15)
    await story.ada.home(containing=["After-reviews due", "Clear"])
    await story.ada.presses(card, "Sign off…")
    await story.ada.submits(await story.ada.modal(containing="What did you see?"), {"What did you see?": "all fine"})
    await story.ada.modal(containing="it is your own request")
