"""A guided procedure on the card of its diagnosis: what is done, what comes next, and the button for it."""

from bot.model.diagnosis import Diagnosis, StepNow
from bot.slack.blocks import Press, section
from bot.slack.paper import Paper
from bot.slack.text import Markup, join, mark


def put_steps(paper: Paper, diagnosis: Diagnosis) -> None:
    """Adds the steps in their order, each as it stands."""
    if steps := diagnosis.procedure:
        following = _following(diagnosis)
        lines = [_line(number, step, following) for number, step in enumerate(steps)]
        paper.put(section(join("\n", [Markup("*Procedure*, one step after the other:"), *lines])))


def is_finished(diagnosis: Diagnosis) -> bool:
    """Whether every step was done, so that what was found is not what is so now."""
    return bool(diagnosis.procedure) and _following(diagnosis) is None


def next_step(diagnosis: Diagnosis) -> Markup:
    """Says which step is to be done, or waits for a decision, or that all of them are done."""
    following = _following(diagnosis)
    if following is None:
        return Markup("*Do next:* look again; every step of the procedure is done.")
    step = diagnosis.procedure[following]
    if step.open:
        text = "*Do next:* nothing before step {number} has ended: {says}."
    else:
        text = "*Do next:* step {number}, {title}. You see exactly what would change before anything is done."
    return mark(text, number=str(following + 1), title=step.title, says=step.says)


def put_step_buttons(paper: Paper, diagnosis: Diagnosis) -> None:
    """Adds a button for the first step that is not done; the later ones wait in the menu."""
    following = _following(diagnosis)
    if following is None or not diagnosis.recorded or diagnosis.procedure[following].open:
        return
    presses = [
        Press("step", f"{diagnosis.id}.{number}", f"{number + 1}. {step.title}…")
        for number, step in enumerate(diagnosis.procedure)
        if number >= following and not step.done and not step.open
    ]
    paper.buttons("procedure", presses[:1], presses[1:])


def _following(diagnosis: Diagnosis) -> int | None:
    return next((number for number, step in enumerate(diagnosis.procedure) if not step.done), None)


def _line(number: int, step: StepNow, following: int | None) -> Markup:
    sign = "✔" if step.done else "▶" if number == following else "○"
    text = "{sign} {number}. *{title}*: {says}" if step.says else "{sign} {number}. *{title}*"
    return mark(text, sign=sign, number=str(number + 1), title=step.title, says=step.says)
