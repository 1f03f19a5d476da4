"""Everything that a running workspace consists of, in one hand for those who serve requests."""

from dataclasses import dataclass

from sandbox.slack.delivery import Delivery
from sandbox.slack.events import Events
from sandbox.slack.panel import Panel
from sandbox.slack.socket_mode import SocketMode
from sandbox.slack.workspace import Workspace


@dataclass(frozen=True)
class Switchboard:
    """State, and the ways to the app and to the broken systems (`panel`, if there are any)."""

    workspace: Workspace
    delivery: Delivery
    events: Events
    sockets: SocketMode
    panel: Panel | None = None
