"""What the bot keeps outside the database for its trail: the signing key, the public keys, the checkpoints.

Everything here blocks for a moment; callers in the loop go through `asyncio.to_thread`.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from pydantic import ValidationError

from bot.audit.checkpoint import Checkpoint, PublicKey
from bot.errors import ConfigurationError


@dataclass(frozen=True)
class Folder:
    """`signing.key` (0600), `keys.jsonl` with every public key so far, `checkpoints.jsonl`."""

    path: Path

    @property
    def checkpoints_file(self) -> Path:
        """Where the checkpoints are appended."""
        return self.path / "checkpoints.jsonl"

    def private(self) -> Ed25519PrivateKey | None:
        """The signing key; None before the first was made. Raises ConfigurationError when others may read it."""
        path = self.path / "signing.key"
        try:
            text = path.read_bytes()
        except FileNotFoundError:
            return None
        if path.stat().st_mode & 0o077:
            raise ConfigurationError(f"Others may read {path}; say chmod 600, and rotate the key.")
        try:
            key = load_pem_private_key(text, password=None)
        except ValueError as error:
            raise ConfigurationError(f"{path} is not a signing key; restore it, or move it away.") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise ConfigurationError(f"{path} is not an Ed25519 key; restore it, or move it away.")
        return key

    def keep(self, private: Ed25519PrivateKey, public: PublicKey, *, replace: bool) -> bool:
        """Keeps a key; False when another process was first (only without `replace`)."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o700)
        path, draft = self.path / "signing.key", self.path / f"signing.key.{public.id}"
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
            os.fsync(file.fileno())
        try:
            if replace:
                _append(self.path / "keys.jsonl", public.line())
                draft.replace(path)
                return True
            try:
                path.hardlink_to(draft)  # fails where there is one; a rename would overwrite it
            except FileExistsError:
                return False
            _append(self.path / "keys.jsonl", public.line())
            return True
        finally:
            draft.unlink(missing_ok=True)

    def public_keys(self) -> tuple[PublicKey, ...]:
        """Every public key that was used so far, oldest first."""
        return tuple(PublicKey.model_validate(one) for one in _lines(self.path / "keys.jsonl", "key"))

    def add(self, checkpoint: Checkpoint) -> None:
        """Appends a checkpoint, on disk when this returns."""
        _append(self.checkpoints_file, checkpoint.line())

    def checkpoints(self, *others: Path) -> tuple[Checkpoint, ...]:
        """Every checkpoint that is kept here, and those in other files, such as one copied from a channel."""
        found = list(_lines(self.checkpoints_file, "checkpoint"))
        for other in others:
            if not other.is_file():
                raise ConfigurationError(f"{other} is not a file of checkpoints.")
            found += _lines(other, "checkpoint")
        return tuple(_checkpoint(one) for one in found)

    def last(self) -> Checkpoint | None:
        """The checkpoint that was kept last, found without reading the whole file."""
        try:
            with self.checkpoints_file.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
                line = file.read().strip().rpartition(b"\n")[2]
        except FileNotFoundError:
            return None
        return _checkpoint(_parsed(line.decode(), self.checkpoints_file)) if line else None


def _checkpoint(found: dict[str, Any]) -> Checkpoint:
    try:
        return Checkpoint.model_validate({name: value for name, value in found.items() if name != "kind"})
    except ValidationError as error:
        raise ConfigurationError("One of the checkpoints cannot be read; restore the file from a copy.") from error


def _append(path: Path, line: str) -> None:
    # One write of one line: two processes that append at once do not mix.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab", buffering=0) as file:
        file.write(f"{line}\n".encode())
        os.fsync(file.fileno())


def _lines(path: Path, kind: str) -> Iterable[dict[str, Any]]:
    if not path.is_file():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                found = _parsed(line, path)
                if found.pop("kind", kind) == kind:
                    yield found


def _parsed(line: str, path: Path) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise ConfigurationError(f"A line of {path} cannot be read; restore the file from a copy.") from error
    if not isinstance(found, dict):
        raise ConfigurationError(f"A line of {path} is not what it should be; restore the file from a copy.")
    return found
