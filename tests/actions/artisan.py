"""A small stand-in for an application's command line, as the border of the tests of command actions."""

import sys
from pathlib import Path

SCRIPT = """
import json, pathlib, sys
here = pathlib.Path.cwd()
said = here / "calls"
words = sys.argv[1:]
said.write_text((said.read_text() if said.exists() else "") + " ".join(words) + "\\n")
down = here / "down"
if (here / "broken").exists():
    print("ERROR it is broken")
elif words[0] == "down" and not (here / "stubborn").exists():
    down.touch(); print("Application is now in maintenance mode.")
elif words[0] == "down":
    print("Application is now in maintenance mode.")
elif words[0] == "up":
    down.unlink(missing_ok=True); print("Application is now live.")
elif words[0] == "about":
    print(json.dumps({"environment": {"maintenance_mode": down.exists()}}))
elif words[0] == "restart":
    (here / "up").touch()
elif words[0] == "alive":
    print("active" if (here / "up").exists() else "inactive")
elif words[0] == "reset":
    print("sent https://shop.example.com/reset/very-secret-link")
else:
    print(" ".join(words), "done")
"""


def install(folder: Path) -> None:
    """Puts the program into a folder."""
    (folder / "artisan").write_text(SCRIPT)


def commands() -> dict[str, object]:
    """The commands of a system's file that run it."""

    def made(*words: str, **more: object) -> dict[str, object]:
        says = {"says": "done|maintenance|live|sent", "fails": "ERROR"}
        return {"run": [sys.executable, "artisan", *words], "success": says, **more}

    return {
        "cache_clear": made("cache:clear", says="Empties the store."),
        "config_clear": made("config:clear"),
        "queue_restart": made("queue:restart"),
        "queue_retry": made("queue:retry", "{job}", inputs={"job": {"type": "uuid"}}),
        "scale_workers": made("scale", "{count}", inputs={"count": {"type": "number", "minimum": 1, "maximum": 8}}),
        "maintenance_on": made("down"),
        "maintenance_off": made("up"),
        "maintenance_status": made("about", "--json", safe=True),
        "backup_database": made("db:backup"),
        "repair_log_permissions": made("chmod"),
        "log_permissions": made("stat", safe=True),
        "send_password_reset": made("reset", "{user}", inputs={"user": {"type": "uuid"}}, secret_output=True),
        "restart_web": made("restart", success={"exit_is_enough": True}),
        "web_is_alive": made("alive", safe=True, success={"says": "^active"}),
    }


def calls(folder: Path) -> list[str]:
    """What the program was called with, in order."""
    said = folder / "calls"
    return said.read_text().splitlines() if said.exists() else []
