"""A user is moved, let in or blocked exactly as approved, in one transaction, and back again."""

from collections.abc import AsyncIterator

import pytest

from bot.embedded import ValkeyServer
from bot.errors import ActionFailed, InputError
from bot.model.inputs import Input, Inputs, InputType
from bot.model.request import Item
from sandbox.mariadb import MariadbServer
from tests.laravel import SYSTEM, Shop, open_shop

LENA, TENANT = "01JDC0V9XK4ZQ8W2T6R5M3N7PA", "01JDC0V9XK4ZQ8W2T6R5M3N7TA"
USER = Input(type=InputType.USER, shown="lena@example.com", binds={"user": LENA})
INPUTS = Inputs(given={"user": USER, "tenant": Input(type=InputType.TENANT, shown="acme", binds={"tenant": TENANT})})
ONLY_USER = Inputs(given={"user": USER})
ACCOUNT = (
    "SELECT u.is_active, u.locked_until IS NOT NULL AS is_locked, u.tenant_id, t.slug AS tenant "
    "FROM users u LEFT JOIN tenants t ON t.id = u.tenant_id WHERE u.id = :user"
)
MORE = {
    "queries": {
        **SYSTEM["queries"],
        "account_of_user": {"sql": ACCOUNT},
        "tokens_of_user": {"sql": "SELECT count(*) AS tokens FROM personal_access_tokens WHERE tokenable_id = :user"},
    },
    "statements": {
        **SYSTEM["statements"],
        "set_user_tenant": {
            "sql": "UPDATE users SET tenant_id = NULLIF(:to, 'none') "
            "WHERE id = :user AND COALESCE(tenant_id, 'none') = :before",
        },
        "activate_user": {
            "sql": "UPDATE users SET is_active = 1, locked_until = NULL "
            "WHERE id = :user AND (is_active = 0 OR locked_until IS NOT NULL)"
        },
        "deactivate_user": {"sql": "UPDATE users SET is_active = 0 WHERE id = :user AND is_active = 1"},
        "revoke_tokens": {"sql": "DELETE FROM personal_access_tokens WHERE tokenable_id = :user", "at_most": 3},
    },
}  # fmt: skip


@pytest.fixture
async def shop(mariadb_server: MariadbServer, valkey_server: ValkeyServer) -> AsyncIterator[Shop]:
    made = await open_shop(mariadb_server, valkey_server, MORE)
    await made.sql("CREATE TABLE tenants (id CHAR(26) PRIMARY KEY, slug VARCHAR(30)) ENGINE=InnoDB")
    await made.sql(
        "CREATE TABLE users (id CHAR(26) PRIMARY KEY, tenant_id CHAR(26), is_active TINYINT(1), "
        "locked_until DATETIME) ENGINE=InnoDB"
    )
    await made.sql("CREATE TABLE personal_access_tokens (id INT, tokenable_id CHAR(26)) ENGINE=InnoDB")
    await made.sql("INSERT INTO tenants VALUES (%s, 'acme')", TENANT)
    await made.sql("INSERT INTO users VALUES (%s, NULL, 1, NULL), ('01JDC0V9XK4ZQ8W2T6R5M3N7ZZ', NULL, 1, NULL)", LENA)
    await made.sql("INSERT INTO personal_access_tokens VALUES (1, %s), (2, %s), (3, 'other')", LENA, LENA)
    yield made
    await made.close()


async def account(shop: Shop) -> tuple[str | None, int, int]:
    ((tenant, active),) = await shop.sql("SELECT tenant_id, is_active FROM users WHERE id = %s", LENA)
    ((tokens,),) = await shop.sql("SELECT count(*) FROM personal_access_tokens WHERE tokenable_id = %s", LENA)
    return tenant, active, tokens


async def test_a_user_is_put_into_a_tenant_and_back(shop: Shop) -> None:
    preview = await shop.preview("set_user_tenant", {}, INPUTS)
    assert preview.items == (Item(name="lena@example.com", before="none", after=TENANT),)
    assert preview.circumstances["lena@example.com"] == {"from": "none", "to": "acme"}
    outcome = await shop.apply("set_user_tenant", {}, preview, INPUTS)
    assert (outcome.says, outcome.undo) == ("lena@example.com is in acme now", {"to": "none"})
    assert (await account(shop))[0] == TENANT
    assert (await shop.preview("set_user_tenant", {}, INPUTS)).items == ()
    with pytest.raises(ActionFailed, match="is not where they were any more"):
        await shop.apply("set_user_tenant", {}, preview, INPUTS)
    assert outcome.undo is not None
    undo = await shop.preview("set_user_tenant", outcome.undo, INPUTS)
    await shop.apply("set_user_tenant", outcome.undo, undo, INPUTS)
    assert (await account(shop))[0] is None


async def test_the_same_id_in_other_letters_is_the_same_tenant(shop: Shop) -> None:
    await shop.sql("UPDATE users SET tenant_id = lower(%s) WHERE id = %s", TENANT, LENA)
    assert (await shop.preview("set_user_tenant", {}, INPUTS)).items == ()


async def test_a_user_is_let_in_and_that_is_undone(shop: Shop) -> None:
    assert (await shop.preview("activate_user", {}, ONLY_USER)).says == "The account is active already."
    await shop.sql("UPDATE users SET is_active = 0 WHERE id = %s", LENA)
    preview = await shop.preview("activate_user", {}, ONLY_USER)
    outcome = await shop.apply("activate_user", {}, preview, ONLY_USER)
    assert (await account(shop))[1] == 1
    with pytest.raises(ActionFailed, match="is active already"):
        await shop.apply("activate_user", {}, preview, ONLY_USER)
    assert outcome.undo == {"active": False}
    undo = await shop.preview("activate_user", outcome.undo, ONLY_USER)
    await shop.apply("activate_user", outcome.undo, undo, ONLY_USER)
    assert (await account(shop))[1] == 0


async def test_a_locked_user_is_unlocked_and_never_blocked_by_an_undo(shop: Shop) -> None:
    await shop.sql("UPDATE users SET locked_until = '2099-01-01' WHERE id = %s", LENA)
    preview = await shop.preview("activate_user", {}, ONLY_USER)
    assert (preview.says, preview.items[0].before) == ("Unlocks 1 account", "locked")
    outcome = await shop.apply("activate_user", {}, preview, ONLY_USER)
    assert (outcome.says, outcome.undo) == ("lena@example.com is active", None)
    assert await shop.sql("SELECT locked_until FROM users WHERE id = %s", LENA) == [(None,)]
    assert (await shop.preview("activate_user", {}, ONLY_USER)).items == ()


async def test_a_user_is_blocked_with_all_tokens_and_let_in_again(shop: Shop) -> None:
    preview = await shop.preview("block_user", {}, ONLY_USER)
    assert preview.circumstances["lena@example.com"] == {"account": "active", "tokens": "2"}
    outcome = await shop.apply("block_user", {}, preview, ONLY_USER)
    assert (outcome.says, outcome.undo) == ("lena@example.com is blocked, 2 tokens revoked", {"lift": True})
    assert (await account(shop))[1:] == (0, 0)
    assert await shop.sql("SELECT count(*) FROM personal_access_tokens") == [(1,)], "those of others stay"
    assert (await shop.preview("block_user", {}, ONLY_USER)).items == ()
    assert outcome.undo is not None
    undo = await shop.preview("block_user", outcome.undo, ONLY_USER)
    await shop.apply("block_user", outcome.undo, undo, ONLY_USER)
    assert (await account(shop))[1:] == (1, 0)


async def test_nobody_is_half_blocked(shop: Shop) -> None:
    preview = await shop.preview("block_user", {}, ONLY_USER)
    for number in range(4):
        await shop.sql("INSERT INTO personal_access_tokens VALUES (%s, %s)", number, LENA)
    with pytest.raises(ActionFailed, match="6 rows instead of 3"):
        await shop.apply("block_user", {}, preview, ONLY_USER)
    assert (await account(shop))[1:] == (1, 6)


@pytest.mark.parametrize("action", ["set_user_tenant", "activate_user", "block_user"])
async def test_nothing_is_done_for_somebody_else(shop: Shop, action: str) -> None:
    await shop.sql("UPDATE users SET is_active = 0 WHERE id = %s", LENA)
    preview = await shop.preview(action, {}, INPUTS)
    items = tuple(item.model_copy(update={"name": "other@example.com"}) for item in preview.items)
    before = await account(shop)
    with pytest.raises(ActionFailed, match="Nothing was changed"):
        await shop.apply(action, {}, preview.model_copy(update={"items": items}), INPUTS)
    assert await account(shop) == before
    await shop.sql("DELETE FROM users WHERE id = %s", LENA)
    with pytest.raises(InputError, match="has no account any more"):
        await shop.preview(action, {}, INPUTS)
