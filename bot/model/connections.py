"""How a part of a supported system is reached: databases, caches, services, logs, ports, sockets."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from bot.model.values import Duration, Json, Value


class Secret(Value):
    """Where a value is kept that is not for files under version control: an environment variable or a file."""

    env: str = ""
    file: str = ""

    @model_validator(mode="after")
    def _one(self) -> "Secret":
        if bool(self.env) == bool(self.file):
            raise ValueError("name either env (an environment variable) or file (a path), and not both")
        return self


class SqlConnection(Value):
    """A PostgreSQL or MySQL/MariaDB database: the reader's address and, for actions, the writer's."""

    kind: Literal["postgresql", "mysql"]
    url: Secret
    writer_url: Secret | None = None
    timeout: Duration = timedelta(seconds=2)
    row_cap: int = Field(default=500, ge=1, le=10_000)
    pool: int = Field(default=4, ge=1, le=50)


class RedisConnection(Value):
    """A Redis or Valkey server."""

    kind: Literal["redis"]
    url: Secret
    writer_url: Secret | None = None
    timeout: Duration = timedelta(seconds=2)
    pool: int = Field(default=8, ge=1, le=100)


class HeaderSecret(Value):
    """A header whose value is a secret, such as `Authorization: Bearer …`."""

    secret: Secret
    prefix: str = ""


class HttpConnection(Value):
    """An HTTP service; redirects to other hosts are not followed, answers beyond the cap are cut."""

    kind: Literal["http"]
    url: Secret
    headers: Mapping[str, str | HeaderSecret] = Field(default_factory=dict)
    timeout: Duration = timedelta(seconds=3)
    size_cap: int = Field(default=1_000_000, ge=1_000)
    pool: int = Field(default=8, ge=1, le=100)


class LogConnection(Value):
    """A log file that the bot's machine can read; of a large one only the end is read."""

    kind: Literal["log"]
    path: Secret  # no secret, but another one in each installation
    timeout: Duration = timedelta(seconds=2)
    tail: int = Field(default=1_000_000, ge=1_000, le=20_000_000)  # bytes


class TcpConnection(Value):
    """A port: `host:port`, or any address from which both can be told."""

    kind: Literal["tcp"]
    url: Secret
    timeout: Duration = timedelta(seconds=2)


class SocketMessages(Value):
    """What is said over a WebSocket to subscribe, as JSON with the place `{channel}`, and how the answer is read.

    `subscribed` and `refused` are fields with their values that an answer of that kind has; `reason` is the field that
    says why it was refused.
    """

    subscribe: Mapping[str, Json]
    subscribed: Mapping[str, Json]
    refused: Mapping[str, Json] = Field(default_factory=dict)
    reason: str = "reason"


class SocketConnection(Value):
    """A WebSocket server; the bot logs in with an account of its own, by query parameter or by header."""

    kind: Literal["websocket"]
    url: Secret
    token: Secret | None = None
    token_in: Literal["query", "header"] = "query"  # noqa: S105 - a place, not a token
    token_name: str = "token"  # noqa: S105 - the name of the parameter or header, not a token
    messages: SocketMessages | None = None
    timeout: Duration = timedelta(seconds=3)


Connection = Annotated[
    SqlConnection | RedisConnection | HttpConnection | LogConnection | TcpConnection | SocketConnection,
    Field(discriminator="kind"),
]
