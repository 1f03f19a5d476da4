"""From a subject's state to the message that shows it."""

from bot.model.diagnosis import Diagnosis, Verdict
from bot.model.drawing import Part
from bot.model.escalation import Bundle, Escalation
from bot.model.request import Request
from bot.model.watch import Notice
from bot.registry import Registry
from bot.slack.cards.bundle import draw_bundle
from bot.slack.cards.diagnosis import draw_details, draw_diagnosis
from bot.slack.cards.escalation import draw_escalation
from bot.slack.cards.escalation_thread import draw_in_thread
from bot.slack.cards.request import draw_notice, draw_reminder, draw_request
from bot.slack.cards.watch import draw_notice as draw_watch_notice
from bot.slack.needs import Snapshot
from bot.slack.paper import Message


class Painter:
    """Draws subjects with the names that the registry has for actions."""

    def __init__(self, registry: Registry) -> None:
        self._actions = registry.actions
        self._orders: dict[str, tuple[str, ...]] = {}  # of the checks of diagnoses that run here

    def draw(self, part: Part, snapshot: Snapshot, person: str = "") -> Message | None:
        """The message for one part of a subject; None when there is nothing to show there.

        `person` is whoever alone sees it: they are offered what they may do, as far as that is known.
        """
        match snapshot:
            case Diagnosis():
                return self._details(snapshot) if part == "details" else self._diagnosis(snapshot)
            case Request():
                return self._request(part, snapshot, person)
            case Escalation():
                return draw_escalation(snapshot) if part == "card" else draw_in_thread(part, snapshot)
            case Bundle():
                return draw_bundle(snapshot)
            case Notice():
                return draw_watch_notice(snapshot)

    def _request(self, part: Part, request: Request, person: str) -> Message:
        if part.startswith("notice"):
            return draw_notice(request, part)
        if part.startswith(("reminder", "review")):
            return draw_reminder(request)
        action = self._actions.get(request.action)
        return draw_request(request, is_dangerous=action is not None and action.danger, person=person)

    def _diagnosis(self, diagnosis: Diagnosis) -> Message:
        checks = (*(one.check for one in diagnosis.findings), *(one.check for one in diagnosis.awaited))
        if diagnosis.verdict is Verdict.RUNNING:
            order = self._orders.setdefault(diagnosis.id, checks)
        else:
            order = self._orders.pop(diagnosis.id, ()) and checks
        labels = {name: action.label for name, action in self._actions.items()}
        dangerous = {name for name, action in self._actions.items() if action.danger}
        return draw_diagnosis(diagnosis, labels, dangerous, order)

    def _details(self, diagnosis: Diagnosis) -> Message | None:
        return None if diagnosis.verdict is Verdict.RUNNING else draw_details(diagnosis)


def is_final(snapshot: Snapshot) -> bool:
    """Whether a diagnosis has ended, so that its details can be shown."""
    return isinstance(snapshot, Diagnosis) and snapshot.verdict not in {Verdict.RUNNING, Verdict.CUT_OFF}
