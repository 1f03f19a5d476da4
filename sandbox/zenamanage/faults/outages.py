"""Faults by which the whole is away, or a part of it never answers."""

from sandbox.gate import Passage
from sandbox.zenamanage.faults.fault import behaving, shut
from sandbox.zenamanage.measured import DASHBOARD, PROJECTS, TASKS

_HINT = "/diagnose system-down"
_KEY = ("RuntimeException", "No application encryption key has been specified.")

OUTAGES = (
    shut("web-down", "The web server refuses connections", _HINT, "api"),
    behaving("php-down", "The web server is there, and PHP is not", _HINT, php_runs=False),
    behaving("maintenance-on", "Somebody left the maintenance mode on", _HINT, is_in_maintenance=True),
    behaving("app-errors", "Every page ends in an error", _HINT,
             failing=dict.fromkeys((DASHBOARD, PROJECTS, TASKS, "GET /"), _KEY)),
    shut("database-hangs", "The database accepts connections and never answers", _HINT, "database", Passage.STUCK),
    shut("cache-hangs", "Redis accepts connections and never answers", _HINT, "cache", Passage.STUCK),
    shut("api-hangs", "The web server accepts connections and never answers", _HINT, "api", Passage.STUCK),
    shut("api-garbage", "Another web server answers in the product's place", _HINT, "api", Passage.ASTRAY),
    shut("socket-hangs", "The WebSocket server accepts connections and never answers", _HINT, "socket", Passage.STUCK),
)  # fmt: skip
