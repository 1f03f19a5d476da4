"""The errors of a log: parsed by record and not by line, redacted, and grouped by kind."""

from datetime import timedelta

from tests.supported import Supported

PARAMS = {"log": "api", "within": "1h", "at_most": 5}


async def test_old_errors_and_words_that_look_so_do_not_count(system: Supported) -> None:
    seen = await system.seen("log_errors", PARAMS)
    assert (seen.code, seen.seen) == ("few", "1 error of 1 kind in 1 h")
    assert seen.tables[0].rows[0][:2] == ("TimeoutError · could not send a report", "1")
    longer = await system.seen("log_errors", {**PARAMS, "within": "7d"})
    assert (longer.code, longer.seen) == ("many", "41 errors of 2 kinds in 7 d")
    assert longer.tables[0].rows[0][:2] == ("ConnectionError · could not send a report", "40")


async def test_one_kind_is_one_line_with_first_last_and_an_example(system: Supported) -> None:
    await system.platform.faults.break_("costs-fail")
    seen = await system.seen("log_errors", PARAMS)
    assert (seen.code, seen.seen) == ("many", "13 errors of 2 kinds in 1 h")
    kind, times, first, last, example = seen.tables[0].rows[0]
    assert (kind, times) == ("LookupError · GET /api/v1/metrics/costs failed", "12")
    assert example.startswith("LookupError: no price list for ")
    assert first != last
    assert "LookupError" in seen.says


async def test_no_secret_and_no_address_leaves_the_log(system: Supported) -> None:
    log = system.platform.world.service.log
    now = system.platform.world.clock()
    await log.write("ERROR", "auth", "login of vera@example.com failed: password=hunter22 token=abc.def", at=now)
    try:
        seen = await system.seen("log_errors", PARAMS)
        text = seen.model_dump_json()
        assert "hunter22" not in text and "abc.def" not in text and "vera@example.com" not in text
        assert any("login of" in row[0] for row in seen.tables[0].rows)
    finally:
        await log.begin()


async def test_a_log_without_anything_new_tells_nothing(system: Supported) -> None:
    seen = await system.seen("log_errors", {**PARAMS, "within": "1ms"})
    assert seen.code == "silent"


async def test_ids_and_numbers_do_not_make_kinds_of_their_own(system: Supported) -> None:
    log, now = system.platform.world.service.log, system.platform.world.clock()
    for number in range(4):
        text = (
            f"job 9f{number}b2c3d-1111-4222-8333-94445555666{number} of agent {number} took 1{number}.5 s: 'x{number}'"
        )
        await log.write("ERROR", "jobs", text, at=now - timedelta(minutes=number))
    try:
        seen = await system.seen("log_errors", PARAMS)
        assert seen.tables[0].rows[0][:2] == ("job … of agent … took … s: …", "4")
    finally:
        await log.begin()
