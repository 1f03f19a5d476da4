"""Finds the runbooks that fit what people say: rare words count most, words that no runbook knows not at all."""

import math
from collections import Counter
from collections.abc import Mapping

import rapidfuzz

from bot.model.runbook import Runbook

_SAME_WORD = 84  # of 100: agents and agent, dashboards and dashboard
_TELLING = 4  # letters; of shorter words a slip makes another one: down, don
_CLOSE_TO_BEST = 0.5
_TOGETHER = 0.5
_ENOUGH = 0.34  # of the weight of the words that some runbook knows
# Words that say nothing about what is wrong.
_COMMON = frozenset(
    {
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "can",
        "cannot",
        "customer",
        "customers",
        "do",
        "does",
        "for",
        "from",
        "get",
        "gets",
        "have",
        "he",
        "her",
        "his",
        "i",
        "in",
        "is",
        "it",
        "its",
        "me",
        "my",
        "no",
        "not",
        "of",
        "on",
        "or",
        "our",
        "says",
        "she",
        "some",
        "that",
        "the",
        "their",
        "them",
        "there",
        "they",
        "this",
        "to",
        "too",
        "user",
        "users",
        "was",
        "we",
        "what",
        "when",
        "with",
        "you",
        "your",
    }
)


class Matcher:
    """Built once from the runbooks; `fit` is cheap."""

    def __init__(self, runbooks: Mapping[str, Runbook]) -> None:
        self._phrases = {
            name: tuple(frozenset(_words(phrase)) for phrase in (name, runbook.title, *runbook.symptoms))
            for name, runbook in runbooks.items()
        }
        self._words = {name: frozenset[str]().union(*phrases) for name, phrases in self._phrases.items()}
        seen = Counter(word for words in self._words.values() for word in words)
        self._weight = {word: math.log(1 + len(runbooks) / count) for word, count in seen.items()}

    def fit(self, said: str, among: list[Runbook], limit: int) -> list[Runbook]:
        """The runbooks that fit, best first; none when nothing that was said is known.

        Of each family that has some, the best is among them: which system is meant only the person knows.
        """
        known = {word: self._alike(word) for word in dict.fromkeys(_words(said))}
        weights = {word: max((self._weight[one] for one in alike), default=0.0) for word, alike in known.items()}
        whole = sum(weights.values())
        if not whole:
            return []
        scored = []
        for runbook in among:

            def share_of(words: frozenset[str]) -> float:
                return sum(weights[word] for word, alike in known.items() if alike & words) / whole

            share = share_of(self._words[runbook.name])
            # Words that stand together in one symptom say more than the same words here and there.
            together = max(map(share_of, self._phrases[runbook.name]))
            title = rapidfuzz.fuzz.token_set_ratio(said, runbook.title, processor=rapidfuzz.utils.default_process)
            scored.append((share, share + together * _TOGETHER, title, runbook))
        best = max((share for share, *_ in scored), default=0.0)
        fitting = [one for one in scored if one[0] >= max(_ENOUGH, best * _CLOSE_TO_BEST)]
        ranked = [one[3] for one in sorted(fitting, key=lambda one: (-one[1], -one[2], one[3].name))]
        first = list({runbook.family: runbook for runbook in reversed(ranked)}.values())[:limit]
        others = [runbook for runbook in ranked if runbook not in first][: limit - len(first)]
        return [runbook for runbook in ranked if runbook in first or runbook in others]

    def _alike(self, word: str) -> frozenset[str]:
        """The words of runbooks that mean this word."""
        if len(word) < _TELLING:
            return frozenset({word} & self._weight.keys())
        found = rapidfuzz.process.extract(
            word, list(self._weight), scorer=rapidfuzz.fuzz.ratio, score_cutoff=_SAME_WORD, limit=5
        )
        return frozenset(one for one, *_ in found if one[0] == word[0] and len(one) >= _TELLING)


def _words(text: str) -> list[str]:
    return [word for word in rapidfuzz.utils.default_process(text).split() if word not in _COMMON and len(word) > 1]
