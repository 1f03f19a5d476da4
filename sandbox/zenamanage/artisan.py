"""What an administrator types on ZenaManage's machine: `php artisan …`, `systemctl …`, `chmod …`, and a few looks.

Started with the whole argument vector, in the product's folder, where it finds the running product. Standard library
alone, so that it starts quickly.
"""

import json
import os
import socket
import sys
from pathlib import Path

_CONTROL = Path("storage/framework/control.json")
_LOOKS = {"stat", "grep", "tail", "test"}  # these only read; the machine has them


def main(words: list[str]) -> int:
    """Carries out a command; its exit status."""
    if words and words[0] in _LOOKS:
        os.execvp(words[0], words)  # noqa: S606 - one of four programs, which read the product's own folder
    try:
        control = json.loads(_CONTROL.read_text(encoding="utf-8"))
    except OSError:
        sys.stderr.write("Could not open input file: artisan\n")
        return 1
    with socket.create_connection(("127.0.0.1", control["port"]), timeout=30) as connection:
        wish = {"token": control["token"], "words": words}
        connection.sendall(json.dumps(wish).encode() + b"\n")
        with connection.makefile(encoding="utf-8") as answer:
            said = json.loads(answer.readline())
    sys.stdout.write(said["output"])
    return int(said["status"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
