"""Whether an endpoint shows to a tenant what belongs to another one."""

from bot.access.readers import ABSENT, Look, field_of
from bot.model.finding import Seen, Status
from bot.model.values import Json
from bot.registry import EndpointName, Params, probe


class ForeignInList(Params):
    """Params of foreign_in_list: where the answer holds the list, and where each entry names its tenant."""

    endpoint: EndpointName
    list: str
    field: str = "tenant_id"
    unit: str = "entries"


@probe(
    label="Only their own shown",
    codes={"own": Status.OK, "empty": Status.OK, "foreign": Status.FAIL, "absent": Status.UNKNOWN},
    needs=("tenant",),
    source="zenamanage, Cross-tenant access detected, diagnosis steps 2 and 3",
)
async def foreign_in_list(look: Look, params: ForeignInList) -> Seen:
    """Asks the API for what one tenant may see, and looks whose each entry is."""
    answer = await look.fetch(params.endpoint)
    listed = answer.field(params.list)
    place = answer.place(params.field)
    tenants = [field_of(one, place) for one in listed] if isinstance(listed, list) else []
    evidence: dict[str, Json] = {"asked": answer.what, "shown": len(tenants)}
    expected = "its own alone"
    if not isinstance(listed, list) or any(one is ABSENT for one in tenants):
        seen = f"the entries do not say whose they are ({params.field})"
        return Seen(code="absent", seen=seen, expected=expected, evidence=evidence)
    if not tenants:
        return Seen(code="empty", seen="nothing is shown", expected=expected, evidence=evidence)
    own = str(look.inputs.binds["tenant"]).casefold()
    foreign = [str(one) for one in tenants if str(one).casefold() != own]
    evidence["of"] = sorted(set(foreign))
    if not foreign:
        return Seen(code="own", seen=f"{len(tenants)} {params.unit}, all its own", expected=expected, evidence=evidence)
    others = len(set(foreign))
    of = f"{others} other tenant{'' if others == 1 else 's'}"
    says = f"{answer.what} shows {len(foreign)} {params.unit} of {of}."
    seen = f"{len(foreign)} of {len(tenants)} {params.unit} are of others"
    return Seen(code="foreign", seen=seen, expected=expected, says=says, evidence=evidence)
