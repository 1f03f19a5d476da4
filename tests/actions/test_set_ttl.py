"""Setting the time to live lets an entry end as agreed, and touches nothing else."""

import pytest

from bot.errors import ActionFailed, InputError
from bot.model.request import Item
from tests.supported import ABC, Supported

PARAMS = {"cache": "dashboard_metrics"}
KEY = "metrics:dashboard:tenant-abc"


async def test_an_entry_that_never_expires_ends_as_agreed(system: Supported) -> None:
    await system.platform.faults.break_("never-expires")
    preview = await system.preview("set_ttl", PARAMS, tenant=ABC)
    assert preview.items == (Item(name=KEY, before="no expiry", after="30 s"),)
    outcome = await system.apply("set_ttl", PARAMS, preview, tenant=ABC)
    assert outcome.says == "ends within 30 s"
    assert 0 < await system.platform.world.cache.ttl(KEY) <= 30


async def test_an_entry_that_lives_too_long_is_shortened(system: Supported) -> None:
    await system.platform.faults.break_("long-ttl")
    preview = await system.preview("set_ttl", PARAMS, tenant=ABC)
    assert preview.items[0].before == "more than 30 s"
    await system.apply("set_ttl", PARAMS, preview, tenant=ABC)
    assert 0 < await system.platform.world.cache.ttl(KEY) <= 30


async def test_there_may_be_nothing_to_do(system: Supported) -> None:
    assert (await system.preview("set_ttl", PARAMS, tenant=ABC)).items == ()
    await system.platform.world.cache.set(KEY, "{}", ex=20)
    assert (await system.preview("set_ttl", PARAMS, tenant=ABC)).items == ()


async def test_what_ended_meanwhile_is_said(system: Supported) -> None:
    await system.platform.faults.break_("never-expires")
    preview = await system.preview("set_ttl", PARAMS, tenant=ABC)
    await system.platform.world.cache.delete(KEY)
    assert (await system.apply("set_ttl", PARAMS, preview, tenant=ABC)).changed == ()


async def test_only_what_was_agreed_and_approved(system: Supported) -> None:
    for cache in ("locks", "feature_flags"):
        with pytest.raises(InputError, match="no agreed time to live"):
            await system.preview("set_ttl", {"cache": cache}, tenant=ABC)
    await system.platform.faults.break_("never-expires")
    preview = await system.preview("set_ttl", PARAMS, tenant=ABC)
    forged = preview.model_copy(update={"items": (Item(name=KEY, before="no expiry", after="1 d"),)})
    with pytest.raises(ActionFailed, match="another time to live"):
        await system.apply("set_ttl", PARAMS, forged, tenant=ABC)
    assert await system.platform.world.cache.ttl(KEY) == -1
