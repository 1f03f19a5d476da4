"""Drawings that the bot's own database could not take: shown all the same, and kept in this process."""

import itertools
from collections import OrderedDict

from bot.model.drawing import Drawing
from bot.model.talk import Subject

_REMEMBERED = 1_000  # subjects


class Unrecorded:
    """Their ids are below zero, so that no other drawing has one of them."""

    def __init__(self) -> None:
        self._numbers = itertools.count(-1, -1)
        self._held: OrderedDict[Subject, dict[int, Drawing]] = OrderedDict()

    def add(self, subject: Subject, *, channel: str, thread: str, person: str) -> Drawing:
        """A drawing to be shown there."""
        drawing = Drawing(id=next(self._numbers), subject=subject, channel=channel, thread=thread, person=person)
        self._held.setdefault(subject, {})[drawing.id] = drawing
        if len(self._held) > _REMEMBERED:
            self._held.popitem(last=False)
        return drawing

    def of(self, subject: Subject) -> list[Drawing]:
        """Those of a subject, oldest first."""
        return list(self._held.get(subject, {}).values())

    def keep(self, drawing: Drawing) -> None:
        """Keeps what became of one."""
        if drawing.subject in self._held:
            self._held[drawing.subject][drawing.id] = drawing

    def drop(self, drawing: Drawing) -> None:
        """Forgets one."""
        self._held.get(drawing.subject, {}).pop(drawing.id, None)
