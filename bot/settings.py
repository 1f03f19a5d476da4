"""The settings of a running bot: variables that begin with BACKSTOP_, a `.env` file, or files of secrets."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.errors import ConfigurationError

_PREFIX = "BACKSTOP_"


def _state_folder() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(base).expanduser() / "backstop"


class Settings(BaseSettings):
    """Each setting's description is what the reference shows."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_file=".env",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # what stands in a wrong place may be a secret
    )

    database_url: SecretStr | None = Field(
        default=None, description="The bot's PostgreSQL as the running role. Empty: an embedded one in `state`."
    )
    migration_url: SecretStr | None = Field(
        default=None, description="The same database as its owner, for `backstop migrate`."
    )
    running_role: str = Field(
        default="backstop_app", description="The database role of the running bot, which migrations grant its rights."
    )
    slack_bot_token: SecretStr | None = Field(default=None, description="Bot token (xoxb-…).")
    slack_app_token: SecretStr | None = Field(default=None, description="App-level token (xapp-…) for Socket Mode.")
    slack_signing_secret: SecretStr | None = Field(
        default=None, description="Signing secret. Where it is set, Slack comes by HTTP, else by Socket Mode."
    )
    slack_api_url: str = Field(default="https://slack.com/api/", description="Where Slack's Web API is.")
    socket_connections: int = Field(
        default=2,
        ge=1,
        le=10,
        description="Connections of Socket Mode, so that one hears while another is renewed; Slack allows 10 in all.",
    )
    http_host: str = Field(default="127.0.0.1", description="Where the HTTP door listens, when it is used.")
    http_port: int | None = Field(
        default=None,
        ge=0,
        le=65_535,
        description="The port of the HTTP door; 8080 where Slack comes by HTTP. In Socket Mode: of /healthz, /readyz "
        "and /metrics, which are not served without it.",
    )
    folder: Path = Field(
        default=Path(__file__).parents[1], description="The folder with systems/, runbooks/ and policies/."
    )
    policies: Path | None = Field(default=None, description="Another folder for the policy files.")
    systems: Path | None = Field(default=None, description="Another folder for the system files.")
    state: Path = Field(default_factory=_state_folder, description="Where the embedded database and keys are kept.")
    audit_channel: str = Field(
        default="", description="A channel that gets signed checkpoints of the audit trail and the weekly figures."
    )
    replica: str = Field(default="", description="The name of this replica; empty: made from host and process.")

    @property
    def database(self) -> str:
        """The address of the bot's database; empty when an embedded one is to be used."""
        return self.database_url.get_secret_value() if self.database_url else ""

    def secrets(self) -> tuple[str, ...]:
        """Every secret value, so that it can be kept out of what is said and logged."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr))

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource, dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:  # fmt: skip
        """What is given in code, then the environment, then `.env`; for secrets each also as `…_FILE`."""
        sources = [init_settings]
        for source in (env_settings, dotenv_settings):
            assert isinstance(source, EnvSettingsSource)  # noqa: S101  # the file's source is one of the environment
            sources += [source, _SecretFiles(settings_cls, source.env_vars)]
        return (*sources, file_secret_settings)


class _SecretFiles(PydanticBaseSettingsSource):
    """Reads a secret from the file that `BACKSTOP_<NAME>_FILE` names."""

    def __init__(self, settings_cls: type[BaseSettings], variables: Mapping[str, str | None]) -> None:
        super().__init__(settings_cls)
        self._variables = {name.casefold(): value for name, value in variables.items()}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The content of the file, where one is named."""
        variable = f"{_PREFIX}{field_name}_file"
        path = self._variables.get(variable.casefold())
        if not path or not is_secret(field):
            return None, field_name, False
        if self._variables.get(variable.casefold().removesuffix("_file")):
            name = variable.upper()
            raise ConfigurationError(f"{name} and {name.removesuffix('_FILE')} are both set; keep one of them.")
        return _read_secret(Path(path), variable.upper()), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Every secret that is kept in a file."""
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


def is_secret(field: FieldInfo) -> bool:
    """Whether a setting is a secret, and so may be given as a file."""
    return SecretStr in (field.annotation, *get_args(field.annotation))


def read_settings(file: Path | None = None) -> Settings:
    """The settings of the environment and of `.env`, or of this file in its place.

    Raises ConfigurationError, which names what is wrong and never a value.
    """
    if file is not None and not file.is_file():
        raise ConfigurationError(f"There is no file of settings {file}.")
    try:
        return Settings(_env_file=file) if file else Settings()
    except ValidationError as error:
        problems = (f"{_PREFIX}{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors(include_input=False))
        raise ConfigurationError(f"The settings are wrong: {'; '.join(problems)}.") from None


def _read_secret(path: Path, variable: str) -> str:
    try:
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The file that {variable} names cannot be read: {path}.") from error
    if not value:
        raise ConfigurationError(f"The file that {variable} names is empty: {path}.")
    return value
