"""When a drawing that is behind is tried again: not at once after a failure, nor while another process may post it."""

from bot.model.drawing import Drawing
from bot.slack.pacing import Timer

_ON_ITS_WAY = 6.0  # seconds in which a message may still be posted by who added its drawing
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 300.0  # seconds


class Patience:
    """Remembers failures, and since when a drawing is known to be missing; in this process only."""

    def __init__(self, timer: Timer) -> None:
        self._timer = timer
        self._noticed: dict[int, float] = {}
        self._pauses: dict[int, tuple[float, float]] = {}  # when to try again, and how long the next pause is

    def is_overdue(self, drawing: Drawing) -> bool:
        """Whether it is time to catch up with a drawing."""
        now = self._timer()
        if not drawing.ts and now - self._noticed.setdefault(drawing.id, now) < _ON_ITS_WAY:
            return False
        return self._pauses.get(drawing.id, (0.0, 0.0))[0] <= now

    def note_failure(self, drawing: Drawing) -> None:
        """It could not be drawn: the next pause is twice as long."""
        _, pause = self._pauses.get(drawing.id, (0.0, _FIRST_PAUSE))
        self._pauses[drawing.id] = (self._timer() + pause, min(pause * 2, _LONGEST_PAUSE))

    def forget(self, drawing: Drawing) -> None:
        """It was drawn, or is drawn no more."""
        self._noticed.pop(drawing.id, None)
        self._pauses.pop(drawing.id, None)
