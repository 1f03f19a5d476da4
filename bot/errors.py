"""What may go wrong, as one tree; each error carries the sentence that a person is told.

BackstopError
├── InputError            what was typed cannot be used; the sentence says what would be
│   ├── UnknownName       a name that does not exist, with the nearest ones that do
│   └── MissingInput      something is needed that was not given
├── Refused               the person may not; recorded
│   └── NotAPerson        bots, deactivated accounts, guests, other workspaces
├── Stale                 the state has moved on since the card was drawn
├── SystemUnreachable     a supported system did not answer
│   └── TookTooLong       … within its time limit
├── SystemRefused         a supported system answered with an error of its own
│   └── SystemFull        … that it lets nobody in any more: too many connections
├── NotThere              a table, key, endpoint or command that the runbook names is missing in this installation
├── ActionFailed          an action ended without its effect
├── Unrecordable          the audit trail or the bot's own database cannot be written: nothing is done
├── SlackFailed           Slack refused or did not answer
├── PagerFailed           a service that calls people cannot be reached or refused
└── ConfigurationError    a setting or a YAML file is wrong
    └── CatalogError      … with every problem that was found
"""

from collections.abc import Iterable, Sequence


class BackstopError(Exception):
    """Anything that a person may be told: `sentence` says what happened and what to do next."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class InputError(BackstopError):
    """What was typed cannot be used."""


class UnknownName(InputError):
    """A name that does not exist; `nearest` holds those that a person may have meant, best first."""

    def __init__(self, kind: str, name: str, nearest: Sequence[str] = (), advice: str = "") -> None:
        self.kind, self.name, self.nearest = kind, name, tuple(nearest)
        meant = f" Did you mean {_either(self.nearest)}?" if self.nearest else ""
        shown = name if len(name) <= 60 else name[:59] + "…"
        article = "an" if kind[:1] in "aeio" else "a"
        super().__init__(f"{shown} is not {article} {kind}.{meant}{' ' + advice if advice else ''}")


class MissingInput(InputError):
    """Something is needed that was not given; `names` are the inputs to ask for."""

    def __init__(self, names: Iterable[str], sentence: str) -> None:
        self.names = tuple(names)
        super().__init__(sentence)


class Refused(BackstopError):
    """A person may not do this; `rule` names what says so."""

    def __init__(self, sentence: str, rule: str = "") -> None:
        self.rule = rule
        self.is_recorded = False  # whether the trail holds it already
        super().__init__(sentence)


class NotAPerson(Refused):
    """Bots, deactivated accounts, guests and people of other workspaces; `name` is theirs where it is known."""

    def __init__(self, sentence: str, name: str = "") -> None:
        self.name = name
        super().__init__(sentence)


class Stale(BackstopError):
    """The state has moved on since the card was drawn."""

    rule = "stale"

    def __init__(self, sentence: str) -> None:
        self.is_recorded = False  # whether the trail holds it already
        super().__init__(sentence)


class SystemUnreachable(BackstopError):
    """A supported system did not answer."""


class TookTooLong(SystemUnreachable):
    """A supported system did not answer within its time limit."""


class SystemRefused(BackstopError):
    """A supported system answered with an error of its own."""


class SystemFull(SystemRefused):
    """A supported system lets nobody in any more: too many connections."""


class NotThere(BackstopError):
    """A table, key, endpoint or command that the runbook names is missing in this installation."""


class ActionFailed(BackstopError):
    """An action ended without its effect."""


class Unrecordable(BackstopError):
    """The audit trail or the bot's own database cannot be written, so nothing was done."""


class SlackFailed(BackstopError):
    """Slack refused a call or did not answer."""


class PagerFailed(BackstopError):
    """A service that calls people cannot be reached or refused."""


class ConfigurationError(BackstopError):
    """A setting or a file is wrong."""


class CatalogError(ConfigurationError):
    """Files that do not hold together; `problems` has one line each, with the file it stands in."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        super().__init__(f"{problems[0]}{more}. Run `backstop check` for the whole list.")


def _either(names: Sequence[str]) -> str:
    *rest, last = names
    return f"{', '.join(rest)} or {last}" if rest else last
