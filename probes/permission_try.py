"""Whether the API lets a user do something, tried without doing it."""

from bot.access.readers import Look
from bot.errors import MissingInput, UnknownName
from bot.model.finding import Seen, Status
from bot.registry import Params, QueryName, probe


class PermissionTry(Params):
    """Params of permission_try: a query whose first row names something to try it on, such as one agent."""

    sample: QueryName


@probe(
    label="Tried at the API",
    codes={
        "permitted": Status.OK,
        "refused_403": Status.FAIL,
        "no_dry_run": Status.OK,
        "nothing_to_try": Status.WARN,
    },
    needs=("tenant", "user", "action"),
    source="aiops-data-sync, Issue 2, verification",
)
async def permission_try(look: Look, params: PermissionTry) -> Seen:
    """Tries at the API, as a dry run that changes nothing, whether the user may do what they want to do."""
    wanted = look.inputs.binds.get("action")
    if not isinstance(wanted, str):
        raise MissingInput(["action"], "action is needed here; say action=… as well.")
    if wanted not in look.system.permissions:
        raise UnknownName("permission", wanted, sorted(look.system.permissions)[:3])
    endpoint = look.system.permissions[wanted].dry_run
    if not endpoint:
        return Seen(code="no_dry_run", seen="cannot be tried without doing it", evidence={"permission": wanted})
    sample = await look.rows(params.sample)
    if sample.first is None:
        seen = "the tenant has nothing to try it on"
        return Seen(code="nothing_to_try", seen=seen, expected="permitted", evidence={"permission": wanted})
    answer = await look.fetch(endpoint, **sample.first)
    evidence = {"permission": wanted, "asked": answer.what, "status": answer.status, "answer": answer.json}
    if answer.status == 403:
        says = f"The API refuses to {wanted}."
        return Seen(code="refused_403", seen="403 Forbidden", expected="permitted", says=says, evidence=evidence)
    answer.need_json()
    return Seen(code="permitted", seen=f"{answer.status}, permitted", expected="permitted", evidence=evidence)
