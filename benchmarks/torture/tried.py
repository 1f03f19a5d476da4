"""What a part of the torture tried, and what went wrong."""

from dataclasses import dataclass, field


@dataclass
class Tried:
    """`counts` is what was tried and what came of it; `losses` are sentences, and there should be none."""

    what: str
    counts: dict[str, int] = field(default_factory=dict)
    losses: list[str] = field(default_factory=list)

    def count(self, what: str, number: int = 1) -> None:
        """Counts something."""
        self.counts[what] = self.counts.get(what, 0) + number

    def lose(self, sentence: str) -> None:
        """Notes a loss; of many alike the first few are enough."""
        self.count("losses")
        if len(self.losses) < 10:  # enough to begin with
            self.losses.append(sentence[:400])
