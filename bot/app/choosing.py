"""Which of several systems is meant: the one whose channel it is, or whose tenant or user was named."""

from collections.abc import Mapping, Sequence

from bot.app.lookup import Finder
from bot.catalog.catalog import nearest
from bot.errors import BackstopError, ConfigurationError, UnknownName
from bot.model.inputs import InputType
from bot.model.people import Person
from bot.model.system import System

_TELLING = (InputType.TENANT, InputType.USER)  # what belongs to one system, as a rule


async def meant(
    finder: Finder, person: Person, channel: str, able: Sequence[System], named: Mapping[str, str]
) -> System | None:
    """The one system out of `able` that is meant; None when a person has to say it.

    Raises UnknownName when each of them was asked, and none has the tenant or user that was named.
    """
    here = [system for system in able if channel in system.channels] or list(able)
    if len(here) == 1:
        return here[0]
    for kind in _TELLING:
        if kind.value not in named or not here:
            continue
        known = [(system, await finder.knows(system, kind, named[kind.value])) for system in here]
        having = [system for system, is_there in known if is_there]
        perhaps = [system for system, is_there in known if is_there is None]
        if not having and not perhaps:
            raise await _unknown(finder, person, here, kind, named[kind.value])
        here = having or perhaps
        if len(here) == 1:
            return here[0]
    return None


async def _unknown(finder: Finder, person: Person, systems: Sequence[System], kind: InputType, typed: str) -> Exception:
    near: list[str] = []
    for system in systems:
        try:
            near += [value for value, _ in await finder.suggest(person, system, kind, typed[:3])]
        except ConfigurationError:
            continue  # one that is not set up here has nothing to suggest
        except BackstopError as error:
            return error
    of = " or ".join(system.name for system in systems)
    return UnknownName(f"{kind.value} of {of}", typed, nearest(typed, near))
