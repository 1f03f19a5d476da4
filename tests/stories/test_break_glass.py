"""An emergency at night: Ada breaks the glass, everybody who could have approved hears of it, and it is reviewed."""

from datetime import timedelta

from tests.stories.conftest import Story

_COMMAND = "/backstop run clear_all_caches system=aiops"


async def test_ada_breaks_the_glass_and_somebody_else_signs_it_off(story: Story) -> None:
    await story.system.faults.break_("never-expires")
    await story.ada.says(_COMMAND)
    form = await story.ada.modal(containing=["Reason", "Urgency", "Type the name to confirm"])
    filled = {"Reason": "all dashboards are wrong", "Urgency": "Emergency: break the glass, run it now"}
    await story.ada.submits(form, {**filled, "Type the name to confirm": "something else"})
    await story.ada.modal(containing="type aiops to confirm")
    await story.ada.says(_COMMAND)
    form = await story.ada.modal(containing=["Reason", "Urgency"])
    await story.ada.submits(form, {**filled, "Type the name to confirm": "aiops"})
    card = await story.ada.sees(containing=["Done", "Break-glass", "nobody approved this", "Review due"])
    assert "Sign off…" not in card.buttons
    own = await story.ada.home(containing=["After-reviews due", "Clear all caches"])
    assert "Sign off…" not in own.buttons  # what would be refused is not offered

    told = await story.olga.sees_directly(containing=["Break-glass by Ada", "all dashboards are wrong", "Review due"])
    assert "Sign off…" in (await story.olga.home(containing=["After-reviews due", "all dashboards are wrong"])).buttons
    story.watch.ahead = timedelta(hours=25)
    await story.stage.bot.built.sweeping.sweep()
    reminder = await story.olga.sees_directly(containing="has not been signed off yet")
    await story.olga.presses(reminder, "Sign off…")
    form = await story.olga.modal(containing="What did you see?")
    await story.olga.submits(form, {"What did you see?": "the counters were wrong"})
    await story.ada.watches(card, containing=["Signed off by Olga", "the counters were wrong"])
    signed = await story.olga.watches(told, containing="Signed off by Olga")
    assert "Sign off…" not in signed.buttons
    await story.ada.sees_directly(containing="Signed off by Olga")  # the asker hears of it
