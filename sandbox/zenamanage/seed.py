"""What ZenaManage holds while nothing is wrong. Ids are derived from names, so they are the same on every machine."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.zenamanage.sessions import Row, Session

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's, as ULIDs have them
HASH = "$2y$12$" + "Qb0sXn5yT8vKxw2eYp3uUOeJ7l1mZcRrGdHfTaVbNiWoPqSsDkEyC"
_JOBS = ("Foundations", "Roof", "Facade", "Wiring", "Plumbing", "Garden", "Parking deck", "Lift", "Staircase", "Lobby")
_STATUSES = ("open", "in_progress", "done")


def make_id(*names: object) -> str:
    """The ULID of what has these names; in mixed case, as they are found in the wild."""
    number = int.from_bytes(hashlib.sha256("/".join(map(str, names)).encode()).digest()[:14], "big")
    digits = "".join(_DIGITS[number >> (5 * place) & 31] for place in range(22))
    return f"01HX{digits}" if number % 3 else f"01hx{digits.lower()}"


@dataclass(frozen=True)
class Tenant:
    """A customer of ZenaManage."""

    slug: str
    name: str
    projects: int
    tasks: int
    is_active: bool = True
    first: str = ""  # how the id begins: the first one in the order of ids is what is measured with

    @property
    def id(self) -> str:
        """The product's id of this tenant."""
        made = make_id("tenant", self.slug)
        return f"{self.first}{made[len(self.first) :]}" if self.first else made


ACME = Tenant("acme", "Acme Builders", 60, 900, first="01HV0A")
GLOBEX = Tenant("globex", "Globex Homes", 45, 700, first="01HV0B")
LABS = Tenant("acme-labs", "Acme Labs", 3, 12)  # its slug begins with another one's: a trap for patterns
NEW = Tenant("newcomers", "Newcomers", 0, 0)  # has nothing yet: an empty list is right here
CLOSED = Tenant("hooli", "Hooli", 5, 20, is_active=False)  # left last year
OTHERS = tuple(Tenant(f"customer-{number:02}", f"Customer {number:02}", 90, 180) for number in range(1, 23))
TENANTS = (ACME, GLOBEX, LABS, NEW, CLOSED, *OTHERS)


@dataclass(frozen=True)
class User:
    """Somebody with an account."""

    email: str
    name: str
    tenant: Tenant
    is_active: bool = True

    @property
    def id(self) -> str:
        """The product's id of this user."""
        return make_id("user", self.email)


NINA = User("nina@example.com", "Nina Berg", ACME)
USERS = (
    NINA,
    User("paul@example.com", "Paul Adeyemi", ACME),
    User("gita@example.com", "Gita Rao", GLOBEX),
    User("lars@example.com", "Lars Holm", LABS),
    User("noor@example.com", "Noor Haddad", NEW),
    User("former@example.com", "Former Colleague", ACME, is_active=False),
    *(User(f"owner-{tenant.slug}@example.com", f"Owner of {tenant.name}", tenant) for tenant in TENANTS),
)


def owner(tenant: Tenant) -> User:
    """Who owns the tenant's projects."""
    return next(user for user in USERS if user.email == f"owner-{tenant.slug}@example.com")


def project_id(tenant: Tenant, number: int) -> str:
    """The id of one of the tenant's projects."""
    return make_id(tenant.slug, "project", number)


def task_id(tenant: Tenant, number: int) -> str:
    """The id of one of the tenant's tasks."""
    return make_id(tenant.slug, "task", number)


def projects(tenant: Tenant, now: datetime) -> Iterable[Row]:
    """The tenant's projects; a third of them is archived."""
    for number in range(tenant.projects):
        made = now - timedelta(days=300 - number)
        yield {
            "id": project_id(tenant, number), "tenant_id": tenant.id,
            "name": f"{_JOBS[number % 10]} {number // 10 + 1}", "status": "archived" if number % 3 == 2 else "active",
            "owner_id": owner(tenant).id, "created_at": made, "updated_at": made,
        }  # fmt: skip


def tasks(tenant: Tenant, now: datetime) -> Iterable[Row]:
    """The tenant's tasks, a third of them open."""
    for number in range(tenant.tasks):
        made = now - timedelta(hours=2000 - number)
        yield {
            "id": task_id(tenant, number), "tenant_id": tenant.id,
            "project_id": project_id(tenant, number % tenant.projects), "assignee_id": owner(tenant).id,
            "title": f"Task {number + 1}", "status": _STATUSES[number % 3], "created_at": made, "updated_at": made,
        }  # fmt: skip


def tenant_row(tenant: Tenant, now: datetime) -> Row:
    """A tenant as it stands in the table while nothing is wrong."""
    return {
        "id": tenant.id, "slug": tenant.slug, "name": tenant.name, "is_active": int(tenant.is_active),
        "created_at": now - timedelta(hours=3 if tenant is NEW else 9000),
    }  # fmt: skip


def user_row(user: User, now: datetime) -> Row:
    """A user as they stand in the table while nothing is wrong."""
    return {
        "id": user.id, "tenant_id": user.tenant.id, "name": user.name, "email": user.email, "password": HASH,
        "is_active": int(user.is_active), "locked_until": None, "failed_logins": 0,
        "email_verified_at": now - timedelta(days=300), "created_at": now - timedelta(days=301),
    }  # fmt: skip


async def seed(database: Session, now: datetime) -> None:
    """Fills the empty database."""
    now = moment(now)
    await database.insert(
        "tenants",
        [tenant_row(one, now) for one in TENANTS],
    )
    await database.insert("users", [user_row(user, now) for user in USERS])
    await database.insert("projects", [row for tenant in TENANTS for row in projects(tenant, now)])
    await database.insert("tasks", [row for tenant in TENANTS for row in tasks(tenant, now)])
    members = [(project_id(user.tenant, number), user.id) for user in USERS[:4] for number in range(3)]
    await database.insert("project_members", [{"project_id": one, "user_id": user} for one, user in members])
    await database.insert(
        "personal_access_tokens",
        [
            {"tokenable_id": user.id, "name": "web", "token": hashlib.sha256(user.email.encode()).hexdigest(),
             "created_at": now - timedelta(hours=number), "last_used_at": now, "expires_at": now + timedelta(days=30)}
            for number, user in enumerate(USERS[:5])
        ],
    )  # fmt: skip
    await database.insert("audit_logs", [row for tenant in TENANTS[:5] for row in audit(tenant, now)])
    await database.insert("failed_jobs", list(_old_failures(now)))


def audit(tenant: Tenant, now: datetime) -> Iterable[Row]:
    """What the audit log knows of the making of the tenant's projects."""
    for row in projects(tenant, now):
        yield {
            "tenant_id": tenant.id, "user_id": row["owner_id"], "action": "project.created", "subject_type": "project",
            "subject_id": row["id"], "subject_tenant_id": tenant.id, "created_at": row["created_at"],
        }  # fmt: skip


def _old_failures(now: datetime) -> Iterable[Row]:
    """Jobs that failed days ago, and that nobody removed: no fault of today."""
    for number in range(30):
        yield {
            "uuid": uuid_of("old failure", number), "connection": "redis", "queue": "default",
            "payload": '{"displayName":"App\\\\Jobs\\\\SendWeeklyReport","job":"x","data":{}}',
            "exception": "GuzzleHttp\\Exception\\ConnectException: timed out\n#0 /app/vendor/x.php(1): y()",
            "failed_at": now - timedelta(days=4, minutes=11 * number),
        }  # fmt: skip


def uuid_of(*names: object) -> str:
    """The UUID of what has these names."""
    digest = hashlib.sha256("/".join(map(str, names)).encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def moment(at: datetime) -> datetime:
    """A moment as the tables hold it: in UTC, without its zone and its fractions."""
    return at.replace(tzinfo=None, microsecond=0)
