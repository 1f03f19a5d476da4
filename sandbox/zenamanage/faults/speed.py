"""Faults that make pages slow or let them fail: in the application itself, and in what the product measures."""

from collections.abc import Mapping

from sandbox.zenamanage.faults.fault import Fault, behaving
from sandbox.zenamanage.measured import DASHBOARD, PROJECTS, TASKS
from sandbox.zenamanage.seed import ACME
from sandbox.zenamanage.world import World

_DASHBOARD_SLOW = f"/diagnose dashboard-slow tenant={ACME.slug}"
_API_SLOW = f"/diagnose api-slow tenant={ACME.slug}"
_ERRORS = "/diagnose api-error-rate"
_ERROR_TIMES = 60

_KINDS = (
    ("Illuminate\\Database\\QueryException", "SQLSTATE[42S22]: Column not found: 1054 Unknown column 'due_on'"),
    ("ErrorException", "Undefined array key \"assignee\""),
    ("TypeError", "App\\Services\\BoardService::move(): Argument #1 must be of type int, string given"),
    ("Symfony\\Component\\HttpKernel\\Exception\\HttpException", "The calendar service answered 502"),
)  # fmt: skip


async def _cost_much(world: World) -> None:
    async with world.product.forgetting(ACME.id):
        world.product.behaviour.keeps_kpi, world.product.behaviour.computes_slowly = False, True


async def _cost_little(world: World) -> None:
    if await _costs_much(world):
        world.product.behaviour.keeps_kpi, world.product.behaviour.computes_slowly = True, False


async def _costs_much(world: World) -> bool:
    return not world.product.behaviour.keeps_kpi and world.product.behaviour.computes_slowly


def _failing(name: str, title: str, failing: Mapping[str, int], *, is_logged: bool) -> Fault:
    """Endpoints fail, each with one of the kinds of errors, and have done so for a while."""

    async def break_(world: World) -> None:
        if await is_there(world):
            return
        product = world.product
        product.behaviour.failing = {endpoint: _KINDS[kind] for endpoint, kind in failing.items()}
        product.log.is_silent = not is_logged
        for endpoint, kind in failing.items():
            product.measured.record(endpoint, 30, has_failed=True, times=_ERROR_TIMES)
            for _ in range(_ERROR_TIMES // 3):
                await product.log.fail(*_KINDS[kind])

    async def heal(world: World) -> None:
        if await is_there(world):
            world.product.behaviour.failing = {}
            world.product.log.is_silent = False
            await world.product.log.begin()

    async def is_there(world: World) -> bool:
        product = world.product
        return product.behaviour.failing.keys() == failing.keys() and product.log.is_silent is not is_logged

    return Fault(name, title, _ERRORS, break_, heal, is_there)


async def _measure_slow(world: World) -> None:
    if not await _measures_slow(world):
        world.product.measured.record(PROJECTS, 560, times=100)


async def _measure_quick(world: World) -> None:
    if await _measures_slow(world):
        world.product.measured.begin()


async def _measures_slow(world: World) -> bool:
    return bool(world.product.measured.endpoints()[PROJECTS]["p95_ms"] > 300)


SPEED_FAULTS = (
    behaving("n-plus-one", "The dashboard asks the database once for each project",
             _DASHBOARD_SLOW, loads_eagerly=False),
    Fault("kpi-not-cached", "The dashboard computes its numbers anew each time, and that takes long",
          _DASHBOARD_SLOW, _cost_much, _cost_little, _costs_much),
    behaving("dashboard-waits", "The dashboard waits for something that is not the database",
             _DASHBOARD_SLOW, delays={DASHBOARD: 0.55}),
    behaving("pages-uncached", "Pages compute what they do not find in the cache, and look for it under wrong names",
             _DASHBOARD_SLOW, looks_astray=True, delays={DASHBOARD: 0.55, PROJECTS: 0.35, TASKS: 0.35}),
    behaving("api-waits", "Lists of projects and tasks wait for something that is not the database",
             _API_SLOW, delays={PROJECTS: 0.35, TASKS: 0.35}),
    behaving("tasks-wait", "The list of tasks waits for something that is not the database",
             _API_SLOW, delays={TASKS: 0.35}),
    Fault("api-reported-slow", "Users see slow lists, and nobody who looks does",
          _API_SLOW, _measure_slow, _measure_quick, _measures_slow),
    _failing("errors-one-kind", "The list of tasks ends in an error", {TASKS: 0}, is_logged=True),
    _failing("errors-many-kinds", "Lists and dashboards end in all sorts of errors",
             {TASKS: 1, PROJECTS: 2, DASHBOARD: 3}, is_logged=True),
    behaving("promises-broken", "The product says that it breaks a promise, of which others see nothing",
             "/diagnose slo-violations", other_promises_hold=False),
    _failing("errors-not-in-log", "The list of tasks ends in an error, of which the log says nothing",
             {TASKS: 1}, is_logged=False),
    behaving("metrics-constant", "Lists are slow, and the metrics endpoint always answers the same numbers",
             _API_SLOW, metrics="constant", delays={PROJECTS: 0.35, TASKS: 0.36}),
    behaving("metrics-missing", "There is no metrics endpoint", _API_SLOW, metrics="missing"),
)  # fmt: skip
