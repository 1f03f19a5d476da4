"""Finds tenants, users and other inputs in the system that is asked about, and checks the rest by their type."""

import re
import uuid
from collections.abc import Mapping

from bot.access.access import Access
from bot.approvals import Standing
from bot.catalog.catalog import nearest
from bot.errors import BackstopError, ConfigurationError, InputError, SystemUnreachable, UnknownName
from bot.model.inputs import Input, Inputs, InputSpec, InputType
from bot.model.people import Person
from bot.model.system import Lookup, System
from bot.model.values import Scalar, parse_duration

_EMAIL = re.compile(r"[^@\s<>\"'|]{1,64}@[A-Za-z0-9.-]{1,253}")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")  # what a tenant's id looks like anywhere
_JOB = re.compile(r"[A-Za-z0-9][A-Za-z0-9:_-]{0,127}")
_LONGEST = 300  # characters of an input
_SUGGESTED = 20


class Finder:
    """Turns what people type into inputs. Nothing of it is ever pasted into SQL, a key, a path or a shell."""

    def __init__(self, access: Access, standing: Standing) -> None:
        self._access, self._standing = access, standing

    async def find(
        self, person: Person, system: System, name: str, spec: InputSpec, typed: str, known: Inputs
    ) -> Input:
        """The input of this type. Raises InputError with what would be right, UnknownName with the nearest names."""
        typed = typed.strip()
        if not typed or len(typed) > _LONGEST or any(ord(letter) < 32 for letter in typed):
            raise InputError(f"{name}= must be 1 to {_LONGEST} characters on one line.")
        if spec.type is InputType.TENANT and system.tenants:
            return await self._looked_up(person, system, name, system.tenants, spec.type, typed, known)
        if spec.type is InputType.USER and system.users:
            return await self._looked_up(person, system, name, system.users, spec.type, typed, known)
        if spec.type is InputType.PERMISSION:
            return _choice(name, spec.type, typed, list(system.permissions), f"permission of {system.title}")
        if spec.type is InputType.CHOICE:
            return _choice(name, spec.type, typed, list(spec.choices), f"choice for {name}")
        return Input(type=spec.type, shown=typed, binds={name: _parsed(name, spec.type, typed)})

    async def suggest(
        self, person: Person, system: System, kind: InputType, typed: str, *, in_doubt: bool = False
    ) -> list[tuple[str, str]]:
        """What somebody may mean while they type: (value, text). Only tenants that they may look at.

        With `in_doubt` also those of which that is not known, for their roles could not be read.
        """
        if kind is InputType.PERMISSION:
            return [(name, name) for name in system.permissions if typed.casefold() in name.casefold()][:_SUGGESTED]
        lookup = system.tenants if kind is InputType.TENANT else system.users
        if lookup is None or (kind is InputType.USER and not await self._may_see_users(person, system)):
            return []
        rows = await self._access.look(system.name, Inputs()).rows(lookup.suggest, prefix=typed.strip()[:60])
        found = [_columns("one", row) for row in rows.rows]
        pairs = [(str(binds["one"]), str(binds.get(f"one_{lookup.shown}") or binds["one"])) for binds in found]
        if kind is InputType.TENANT:
            may_see = self._standing.may_see
            pairs = [pair for pair in pairs if await may_see(person, system.name, pair[0], in_doubt=in_doubt)]
        # What people read is found again by `find`; an id that nobody reads helps nobody to choose.
        return [(text, text) for _, text in pairs][:_SUGGESTED]

    async def knows(self, system: System, kind: InputType, typed: str) -> bool | None:
        """Whether a system has this tenant or user; None when it can't be asked now."""
        lookup = system.tenants if kind is InputType.TENANT else system.users
        if lookup is None:
            return False
        try:
            return bool((await self._access.look(system.name, Inputs()).rows(lookup.find, text=typed.strip())).rows)
        except ConfigurationError:
            return False  # its address is not known here, so nobody means it
        except BackstopError:
            return None

    async def _looked_up(
        self, person: Person, system: System, name: str, lookup: Lookup, kind: InputType, typed: str, known: Inputs
    ) -> Input:
        look = self._access.look(system.name, known)
        try:
            rows = (await look.rows(lookup.find, text=typed)).rows
        except SystemUnreachable:
            return _unconfirmed(name, kind, typed, system)
        if len(rows) > 1:
            raise InputError(f"{typed} fits {len(rows)} of the {kind.value}s of {system.title}; give its id instead.")
        if not rows:
            near = [value for value, _ in await self.suggest(person, system, kind, typed[:3])]
            begun = [value for value in near if value.casefold().startswith(typed.casefold())]
            meant = nearest(typed, near) or begun[:3]  # an address is far from the name that it begins with
            raise UnknownName(f"{kind.value} of {system.title}", typed, meant)
        binds = _columns(name, rows[0])
        return Input(type=kind, shown=str(binds.get(f"{name}_{lookup.shown}") or binds[name]), binds=binds)

    async def _may_see_users(self, person: Person, system: System) -> bool:
        """Users are shown to who may look at some tenant."""
        if await self._standing.may_see(person, system.name):
            return True
        return bool(await self.suggest(person, system, InputType.TENANT, "")) if system.tenants else False


def _columns(name: str, row: Mapping[str, object]) -> dict[str, Scalar]:
    """A looked-up row as binds: the first column under the plain name, each under `name_column`."""
    values: dict[str, Scalar] = {column: _scalar(value) for column, value in row.items()}
    first = next(iter(values.values()))
    return {name: first, **{f"{name}_{column}": value for column, value in values.items()}}


def _scalar(value: object) -> Scalar:
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def _choice(name: str, kind: InputType, typed: str, choices: list[str], what: str) -> Input:
    folded = {choice.casefold(): choice for choice in choices}
    if typed.casefold() not in folded:
        raise UnknownName(what, typed, nearest(typed, choices) or choices[:3])
    return Input(type=kind, shown=folded[typed.casefold()], binds={name: folded[typed.casefold()]})


def _unconfirmed(name: str, kind: InputType, typed: str, system: System) -> Input:
    """An id that could not be looked up because the system is down; the checks will say so."""
    if not (_PLAIN if kind is InputType.TENANT else re.compile(f"{_EMAIL.pattern}|{_PLAIN.pattern}")).fullmatch(typed):
        raise InputError(f"{typed[:60]} can't be a {kind.value} of {system.title}.")
    email = {f"{name}_email": typed} if "@" in typed else {}
    return Input(type=kind, shown=typed, binds={name: typed, **email})


def _parsed(name: str, kind: InputType, typed: str) -> Scalar:
    if kind is InputType.EMAIL and not _EMAIL.fullmatch(typed):
        raise InputError(f"{name}= must be an e-mail address.")
    if kind is InputType.JOB and not _JOB.fullmatch(typed):
        raise InputError(f"{name}= must be the id of a job.")
    try:
        if kind is InputType.UUID:
            return str(uuid.UUID(typed))
        if kind is InputType.NUMBER:
            return float(typed) if "." in typed else int(typed)
        if kind is InputType.DURATION:
            return parse_duration(typed).total_seconds()
    except ValueError as error:
        wanted = {InputType.UUID: "a UUID", InputType.NUMBER: "a number"}.get(kind, "a duration such as 30s, 5m or 1h")
        raise InputError(f"{name}= must be {wanted}.") from error
    return typed
