"""Faults of the WebSocket server: no connection, or no messages."""

from sandbox.gate import Passage
from sandbox.zenamanage.faults.fault import behaving, lying, shut, socket_behaving
from sandbox.zenamanage.seed import ACME

_DOWN_HINT = "/diagnose websocket-down"
_SILENT = f"/diagnose websocket-silent tenant={ACME.slug}"

SOCKET_FAULTS = (
    shut("socket-down", "The WebSocket server is not running", _DOWN_HINT, "socket"),
    shut("no-handshake", "Another web server answers on the port of the WebSocket server", _DOWN_HINT, "socket",
         Passage.ASTRAY),
    socket_behaving("token-refused", "The WebSocket server refuses good tokens", _DOWN_HINT, refuses_token=True),
    socket_behaving("open-without-token", "The WebSocket server lets everybody in", _DOWN_HINT, asks_for_token=False),
    lying("socket-down-health-lies", "The WebSocket server is not running, and its health endpoint says that it is",
          _DOWN_HINT, "socket"),
    behaving("socket-health-missing", "There is no health endpoint of the WebSocket server", _DOWN_HINT,
             socket_health="missing"),
    socket_behaving("wrong-format", "The WebSocket server expects channels to be called otherwise", _SILENT,
                    refusal="unknown channel format"),
    socket_behaving("other-tenant", "Subscriptions are refused: “tenant mismatch”", _SILENT, refusal="tenant mismatch"),
    socket_behaving("no-permission", "Subscriptions are refused: a permission is missing", _SILENT,
                    refusal="missing permission tasks.view"),
    socket_behaving("subscription-refused", "Subscriptions are refused for a reason of their own", _SILENT,
                    refusal="quota of this plan exceeded"),
    socket_behaving("no-answer", "Subscriptions are never answered", _SILENT, answers=False),
)  # fmt: skip
