"""The settings of a running bot: environment variables that begin with BACKSTOP_, or a `.env` file."""

import os
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _state_folder() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(base).expanduser() / "backstop"


class Settings(BaseSettings):
    """Each setting's description is what the reference shows."""

    model_config = SettingsConfigDict(env_prefix="BACKSTOP_", env_file=".env", extra="ignore", frozen=True)

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
    http_host: str = Field(default="127.0.0.1", description="Where the HTTP door listens, when it is used.")
    http_port: int = Field(default=8080, description="The port of the HTTP door.")
    folder: Path = Field(
        default=Path(__file__).parents[1], description="The folder with systems/, runbooks/ and policies/."
    )
    policies: Path | None = Field(default=None, description="Another folder for the policy files.")
    state: Path = Field(default_factory=_state_folder, description="Where the embedded database and keys are kept.")
    audit_channel: str = Field(
        default="", description="A channel that gets signed checkpoints of the audit trail and the weekly figures."
    )
    replica: str = Field(default="", description="The name of this replica; empty: made from host and process.")

    @property
    def database(self) -> str:
        """The address of the bot's database; empty when an embedded one is to be used."""
        return self.database_url.get_secret_value() if self.database_url else ""
