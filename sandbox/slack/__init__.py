"""A local Slack workspace that an unmodified Slack app can be used in: for trying things out, and for tests."""

from sandbox.slack.client import Client
from sandbox.slack.panel import Fault, FaultGroup, Panel
from sandbox.slack.server import Served, serve
from sandbox.slack.workspace import Workspace

__all__ = ["Client", "Fault", "FaultGroup", "Panel", "Served", "Workspace", "serve"]
