"""The policy files, read again whenever they change; a broken file means no decisions, never the old authority."""

import hashlib
from pathlib import Path

from bot.catalog.files import read
from bot.errors import CatalogError
from bot.model.policy import ApprovalsFile, EscalationFile, PeopleFile, Policy

_FILES = ("approvals.yml", "people.yml", "escalation.yml")


class PolicyFiles:
    """Gives the policy in force. Reading three small files is cheap, so each decision looks at them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: Policy | None = None

    def current(self) -> Policy:
        """The policy as the files say now. Raises CatalogError when one of them is broken or missing."""
        digest = self._digest()
        if self._held is None or self._held.digest != digest:
            self._held = None
            self._held = self._read(digest)
        return self._held

    def _digest(self) -> str:
        whole = hashlib.sha256()
        for name in _FILES:
            try:
                whole.update(name.encode() + b"\0" + (self._folder / name).read_bytes() + b"\0")
            except OSError as error:
                self._held = None
                raise CatalogError([f"policies/{name}: cannot be read ({error.strerror})"]) from error
        return whole.hexdigest()

    def _read(self, digest: str) -> Policy:
        problems: list[str] = []
        approvals = read(self._folder / "approvals.yml", ApprovalsFile, problems, "policies/approvals.yml")
        people = read(self._folder / "people.yml", PeopleFile, problems, "policies/people.yml")
        escalation = read(self._folder / "escalation.yml", EscalationFile, problems, "policies/escalation.yml")
        if approvals is None or people is None or escalation is None:
            raise CatalogError(problems)
        return Policy(approvals=approvals, people=people, escalation=escalation, digest=digest)
