"""The grants that are really in force are looked up, and each way to weaken them shows."""

import pytest

from bot.store import rights
from tests.bot.audit.conftest import Office


async def broken(office: Office) -> list[str]:
    """What does not hold."""
    async with office.store.work() as work:
        return [right.says for right in await rights.look(work) if not right.holds]


async def test_everything_holds(office: Office) -> None:
    async with office.store.work() as work:
        found = await rights.look(work)
    assert [right.says for right in found if not right.holds] == []
    assert len(found) > 15


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("GRANT UPDATE ON audit_events TO backstop_app", "audit_events cannot be written"),
        ("GRANT UPDATE (body) ON audit_events TO backstop_app", "audit_events cannot be written"),
        ("GRANT INSERT ON audit_head TO PUBLIC", "audit_head cannot be written"),
        ("REVOKE SELECT ON audit_events FROM backstop_app", "audit_events can be read"),
        ("ALTER TABLE audit_events OWNER TO backstop_app", "or owned"),
        ("GRANT DELETE ON votes TO backstop_app", "cannot be removed"),
        ("GRANT CREATE ON SCHEMA public TO backstop_app", "makes no tables"),
        ("REVOKE EXECUTE ON FUNCTION audit_append FROM backstop_app", "may be executed"),
        ("GRANT EXECUTE ON FUNCTION audit_append TO PUBLIC", "not be executed by everybody"),
        ("ALTER FUNCTION audit_append SECURITY INVOKER", "writes as its owner"),
        ("ALTER FUNCTION audit_append RESET search_path", "in public alone"),
        ("DROP FUNCTION audit_append", "is there"),
        ("CREATE FUNCTION other() RETURNS int SECURITY DEFINER LANGUAGE sql AS 'SELECT 1'", "no other function"),
        ("ALTER TABLE audit_events DISABLE TRIGGER audit_events_keep", "audit_events_keep"),
        ("ALTER TABLE audit_events ENABLE TRIGGER audit_events_keep", "audit_events_keep"),
        ("DROP TRIGGER requests_have_events ON requests", "requests_have_events"),
    ],
)
async def test_what_is_weakened_shows(office: Office, statement: str, says: str) -> None:
    await office.change(statement)
    assert [says in one for one in await broken(office)] == [True]


async def test_a_role_of_the_whole_server_shows(office: Office) -> None:
    await office.change("GRANT SET ON PARAMETER session_replication_role TO backstop_app")
    try:
        assert ["switch triggers off" in one for one in await broken(office)] == [True]
    finally:
        await office.change("REVOKE SET ON PARAMETER session_replication_role FROM backstop_app")
