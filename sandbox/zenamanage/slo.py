"""The product's own promises, and which of them it breaks, as its `slo:check` says."""

from sandbox.zenamanage.measured import DASHBOARD
from sandbox.zenamanage.queues import USUAL_TEAMS, key
from sandbox.zenamanage.world import World


async def violations(world: World) -> list[str]:
    """Each broken promise: its name, the value, and what was promised."""
    measured = world.product.measured
    endpoints = measured.endpoints()
    broken = []
    dashboard = endpoints.get(DASHBOARD, {}).get("p95_ms", 0)
    if dashboard > 500:
        broken.append(f"dashboard_p95 {dashboard} > 500")
    slowest = max((one["p95_ms"] for name, one in endpoints.items() if name != DASHBOARD), default=0)
    if slowest > 300:
        broken.append(f"api_p95 {slowest} > 300")
    requests = sum(one["requests"] for one in endpoints.values())
    errors = sum(one["errors"] for one in endpoints.values())
    if requests and errors / requests > 0.01:
        broken.append(f"error_rate {errors / requests:.3f} > 0.01")
    if measured.hit_rate < 0.8:
        broken.append(f"cache_hit_rate {measured.hit_rate:.2f} < 0.80")
    queues = {queue for team in USUAL_TEAMS for queue in team}
    pending = max([await world.cache.llen(key(queue)) for queue in queues])
    if pending > 1000:
        broken.append(f"queue_backlog {pending} > 1000")
    if not world.product.behaviour.other_promises_hold:
        broken.append("board_export_p95 4200 > 3000")
    return broken
