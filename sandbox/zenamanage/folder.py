"""The product's own folder: `.env`, `storage/logs/laravel.log`, and where its `artisan` finds it while it runs."""

import asyncio
import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

_SETTINGS = {
    "APP_ENV": "production",
    "CACHE_DRIVER": "redis",
    "LOG_CHANNEL": "stack",
    "LOG_LEVEL": "info",
    "QUEUE_CONNECTION": "redis",
}
CONTROL = "storage/framework/control.json"
_OWNER_WRITES = stat.S_IWUSR


@dataclass
class Folder:
    """Where the product is installed. `settings` are those that it has read from `.env`."""

    path: Path
    settings: dict[str, str] = field(default_factory=lambda: dict(_SETTINGS))

    @property
    def logs(self) -> Path:
        """The folder of the log."""
        return self.path / "storage/logs"

    @property
    def log(self) -> Path:
        """The log, where it should be."""
        return self.logs / "laravel.log"

    def log_of(self, day: date) -> Path:
        """Where the product logs on a day: the channel `daily` has a file for each."""
        return self.logs / f"laravel-{day}.log" if self.settings["LOG_CHANNEL"] == "daily" else self.log

    async def make(self, control: Mapping[str, object]) -> None:
        """Lays the folder out; `control` is how its artisan finds the running product."""
        await asyncio.to_thread(self._make, control)

    async def set(self, name: str, value: str | None = None) -> None:
        """Changes a setting; without a value it is what it should be."""
        self.settings[name] = _SETTINGS[name] if value is None else value
        await asyncio.to_thread(self._write_settings)

    def is_set_wrong(self, name: str) -> bool:
        """Whether a setting is another than it should be."""
        return self.settings[name] != _SETTINGS[name]

    def may_log(self) -> bool:
        """Whether the product's own user may write its log, by the modes; root, who may all, is not asked."""
        places = (self.logs, self.log) if self.log.exists() else (self.logs,)
        return all(place.stat().st_mode & _OWNER_WRITES for place in places)

    def _make(self, control: Mapping[str, object]) -> None:
        for place in (self.logs, self.path / "storage/framework", self.path / "storage/backups"):
            place.mkdir(parents=True, exist_ok=True)
        self._write_settings()
        place = self.path / CONTROL
        place.touch(mode=0o600)
        place.write_text(json.dumps(control), encoding="utf-8")

    def _write_settings(self) -> None:
        text = "".join(f"{name}={value}\n" for name, value in self.settings.items())
        (self.path / ".env").write_text(f"APP_NAME=ZenaManage\nAPP_KEY=base64:not-for-show\n{text}", encoding="utf-8")
