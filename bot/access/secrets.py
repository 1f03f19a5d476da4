"""Where the addresses and tokens of the supported systems come from: the environment, or files."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from bot.errors import ConfigurationError
from bot.model.connections import Secret
from bot.redaction import hide


class Secrets:
    """Reads secrets by name; the values are never shown or logged."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def get(self, name: str) -> str:
        """An environment variable that is handed on to a command; empty when it is not set."""
        return self._environment.get(name, "")

    async def hidden(self, secret: Secret) -> str:
        """The value behind a name, which is a secret as it stands: from now on it is removed from all that is read."""
        value = await self.value(secret)
        hide([value])
        return value

    async def value(self, secret: Secret) -> str:
        """The value behind a name. Raises ConfigurationError, which names what is missing and never a value."""
        if secret.env:
            value = self._environment.get(secret.env, "")
            if not value:
                raise ConfigurationError(f"{secret.env} is not set; set it in the bot's environment and restart it.")
            return _kept(value)
        try:
            value = (await asyncio.to_thread(Path(secret.file).read_text, "utf-8")).strip()
        except (OSError, UnicodeDecodeError) as problem:
            raise ConfigurationError(f"The secret file {secret.file} cannot be read by the bot.") from problem
        if not value:
            raise ConfigurationError(f"The secret file {secret.file} is empty.")
        return _kept(value)


def _kept(value: str) -> str:
    if "://" in value:
        hide([value])  # its password; what else may be a secret only its reader knows
    return value
