"""When a drawing that could not be sent is tried again: not at once, and later each time."""

from bot.model.drawing import Drawing
from bot.slack.pacing import Timer

_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 300.0  # seconds


class Patience:
    """Remembers failures; in this process only."""

    def __init__(self, timer: Timer) -> None:
        self._timer = timer
        self._pauses: dict[int, tuple[float, float]] = {}  # when to try again, and how long the next pause is

    def is_overdue(self, drawing: Drawing) -> bool:
        """Whether it is time to catch up with a drawing."""
        return self._pauses.get(drawing.id, (0.0, 0.0))[0] <= self._timer()

    def note_failure(self, drawing: Drawing) -> None:
        """It could not be drawn: the next pause is twice as long."""
        _, pause = self._pauses.get(drawing.id, (0.0, _FIRST_PAUSE))
        self._pauses[drawing.id] = (self._timer() + pause, min(pause * 2, _LONGEST_PAUSE))

    def forget(self, drawing: Drawing) -> None:
        """It was drawn, or is drawn no more."""
        self._pauses.pop(drawing.id, None)
