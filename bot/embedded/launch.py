"""Becomes another user, asks the kernel for a signal when its parent dies, and turns into the given program.

Run as a script, `python -I -S launch.py ACCOUNT PARENT SIGNAL [PROGRAM ARGUMENT…]`: it imports nothing of Backstop, so
that it costs milliseconds, and works where the new user cannot read Backstop's own files.
"""

import ctypes
import os
import sys
from pathlib import Path

NOBODY = 65534
_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1


def main(account: str, parent: int, signal: int, command: list[str]) -> None:
    """Turn into `command`; without one, exit cleanly: proof that the account can be had.

    `parent` is the process id whose death sends `signal`. Raises OSError where the kernel refuses.
    """
    if account == "namespace":
        _enter_namespace()
    elif account == "nobody":
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    if sys.platform == "linux":
        # Only now: a change of user clears the wish. It survives the exec below.
        _call("prctl", _PR_SET_PDEATHSIG, signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the parent died before its server was started")
    if command:
        os.execv(command[0], command)  # noqa: S606 - the point of this file; the vector is built by the supervisor


def _enter_namespace() -> None:
    """Be nobody to oneself and still root to the files: PostgreSQL refuses only what `geteuid` calls root."""
    user, group = os.geteuid(), os.getegid()
    _call("unshare", _CLONE_NEWUSER)
    process = Path("/proc/self")
    (process / "setgroups").write_text("deny")
    (process / "uid_map").write_text(f"{NOBODY} {user} 1")
    (process / "gid_map").write_text(f"{NOBODY} {group} 1")


def _call(name: str, *arguments: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*map(ctypes.c_ulong, arguments)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
