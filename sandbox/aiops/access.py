"""Who calls the platform's API, and what their role for a tenant allows."""

import hashlib
import secrets
from dataclasses import dataclass
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request

from sandbox.aiops.service import Service

MATRIX = {
    "view": {"super_admin", "tenant_admin", "operator", "developer", "viewer"},
    "edit": {"super_admin", "tenant_admin", "developer"},
    "delete": {"super_admin", "tenant_admin"},
}
"""The permission matrix of the runbook: which roles may do what with agents."""

_REFUSALS = {
    "view": "You don't have permission to view this resource",
    "edit": "You don't have permission to edit agents",
    "delete": "You don't have permission to delete agents",
}


@dataclass(frozen=True)
class Caller:
    """A user, or the service account, which may ask for any user and change nothing."""

    user: UUID | None

    @property
    def is_service(self) -> bool:
        """Whether this is the service account."""
        return self.user is None


def token_key(token: str) -> str:
    """Where Redis remembers that a token was revoked; the token itself is written nowhere."""
    return f"revoked:{hashlib.sha256(token.encode()).hexdigest()}"


class Access:
    """Tokens and permissions."""

    def __init__(self, service: Service, service_token: str) -> None:
        self._service = service
        self._service_token = service_token
        self._sessions: dict[str, UUID] = {}

    def issue(self, user: UUID) -> str:
        """Log a user in; their token."""
        token = secrets.token_urlsafe(24)
        self._sessions[token] = user
        return token

    async def identify(self, request: Request) -> Caller:
        """Whose token the request carries; 401 without one that is good."""
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise HTTPException(401, "Not authenticated")
        if secrets.compare_digest(token.encode(), self._service_token.encode()):
            return Caller(None)
        user = self._sessions.get(token)
        if user is None or await self._service.cache.exists(token_key(token)):
            raise HTTPException(401, "Could not validate credentials")
        return Caller(user)

    async def require(self, verb: str, user: UUID, tenant: str) -> None:
        """403 unless the user's role for the tenant allows `verb`."""
        role = await self._service.role(user, tenant)
        is_refused = verb == "edit" and role in self._service.behaviour.refused_roles
        if role not in MATRIX[verb] or is_refused:
            raise HTTPException(403, _REFUSALS[verb])

    async def find_user(self, wanted: str) -> UUID:
        """A user by id or e-mail address; 404 without one."""
        async with self._service.connect() as connection:
            cursor = await connection.execute(
                "SELECT id FROM users WHERE id::text = lower(%(wanted)s) OR lower(email) = lower(%(wanted)s)",
                {"wanted": wanted},
            )
            row = await cursor.fetchone()
        if row is None:
            raise HTTPException(404, "User not found")
        user: UUID = row["id"]
        return user
