"""Faults by which Nina cannot log in."""

from datetime import datetime

from sandbox.zenamanage.faults.fault import Fault, behaving, column
from sandbox.zenamanage.seed import HASH, NINA
from sandbox.zenamanage.world import World

_HINT = f"/diagnose cannot-log-in user={NINA.email}"
_LOCKOUT = f"login:lockout:{NINA.email}"
_FAR = datetime(2099, 1, 1)  # noqa: DTZ001 - tables hold UTC without its zone


async def _limit(world: World) -> None:
    await world.cache.set(_LOCKOUT, "6", ex=900)


async def _unlimit(world: World) -> None:
    await world.cache.delete(_LOCKOUT)


async def _is_limited(world: World) -> bool:
    return bool(await world.cache.exists(_LOCKOUT))


async def _unverify(world: World) -> None:
    await world.change("UPDATE users SET email_verified_at = NULL WHERE id = %s", NINA.id)


async def _verify(world: World) -> None:
    await world.change("UPDATE users SET email_verified_at = created_at WHERE id = %s", NINA.id)


async def _is_unverified(world: World) -> bool:
    sql = "SELECT count(*) FROM users WHERE id = %s AND email_verified_at IS NULL"
    return bool(await world.ask(sql, NINA.id))


LOGIN_FAULTS = (
    column("account-locked", "Nina mistyped her password six times, and is locked out", _HINT, "users", NINA.id,
           broken={"failed_logins": 6, "locked_until": _FAR}, whole={"failed_logins": 0, "locked_until": None}),
    column("hash-unsupported", "Nina's password is from before the move: its hash is of an old kind", _HINT, "users",
           NINA.id, broken={"password": "5f4dcc3b5aa765d61d8327deb882cf99"}, whole={"password": HASH}),
    Fault("email-unverified", "Nina never confirmed her new address", _HINT, _unverify, _verify, _is_unverified),
    Fault("login-rate-limited", "Nina has tried too often for now", _HINT, _limit, _unlimit, _is_limited),
    behaving("login-endpoint-fails", "Nobody gets a token: the login itself fails", _HINT, login_status=500),
)  # fmt: skip
