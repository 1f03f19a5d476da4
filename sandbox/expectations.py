"""What is to be found for each fault of the platform: the cause that is named first, and the remedy that is offered."""

from sandbox.aiops.harmless import HARMLESS
from sandbox.aiops.seed import ABC, NEW, PREFIX, VERA, XYZ
from sandbox.scenarios import Ground, Scenario

_WHO = {"tenant": ABC, "user": VERA.email, "action": "edit agents"}
TENANTS = (ABC, XYZ, PREFIX, NEW)


_CLEAR = ("clear_cache", "set_ttl")
_ROLE = {"role": "developer"}
_EXPORT = ("export_rows",)

SCENARIOS = (
    Scenario("never-expires", "stale-data", "dashboard-never-expires", _CLEAR),
    Scenario("stale-after-change", "stale-data", "dashboard-behind", _CLEAR),
    Scenario("long-ttl", "stale-data", "dashboard-lives-too-long", _CLEAR),
    Scenario("ttl-misconfigured", "stale-data", "dashboard-lives-too-long", _CLEAR, helps=False),
    Scenario("agents-never-expire", "stale-data", "agents-never-expire", _CLEAR),
    Scenario("agents-live-too-long", "stale-data", "agents-live-too-long", _CLEAR),
    Scenario("config-never-expires", "stale-data", "others-never-expire", _CLEAR),
    Scenario("config-lives-too-long", "stale-data", "others-live-too-long", _CLEAR),
    Scenario("api-remembers", "stale-data", "api-serves-old"),
    Scenario("browsers-keep-it", "stale-data", "browsers-keep-it"),
    Scenario("wrong-role", "permission-denied", "role-too-low", ("fix_role",), chosen=_ROLE),
    Scenario("missing-assignment", "permission-denied", "no-role", ("fix_role",), chosen=_ROLE),
    Scenario("other-tenant", "permission-denied", "wrong-tenant", ("fix_role",), chosen=_ROLE),
    Scenario("api-role-differs", "permission-denied", "api-sees-another-role"),
    Scenario("account-off", "permission-denied", "account-switched-off"),
    Scenario("api-refuses-developers", "permission-denied", "api-refuses-wrongly"),
    # The same three, for somebody who says that data is missing.
    Scenario("missing-assignment", "missing-data", "user-without-role", first_in_tree="permission-denied.no-role"),
    Scenario("other-tenant", "missing-data", "user-of-another-tenant", first_in_tree="permission-denied.wrong-tenant"),
    Scenario("account-off", "missing-data", "user-without-account",
             first_in_tree="permission-denied.account-switched-off"),
    Scenario("tenant-context-not-set", "missing-data", "api-sets-no-context", _EXPORT),
    Scenario("data-missing", "missing-data", "data-gone", _EXPORT),
    Scenario("policy-blocks", "missing-data", "policy-hides-agents", _EXPORT),
    Scenario("policy-hides-executions", "missing-data", "policy-hides-executions", _EXPORT),
    Scenario("isolation-broken", "missing-data", "isolation-broken"),
    Scenario("isolation-broken-executions", "missing-data", "isolation-broken-executions"),
    Scenario("context-function-missing", "missing-data", "context-function-missing"),
    Scenario("context-not-kept", "missing-data", "context-not-kept"),
    Scenario("default-tenant-for-the-app", "missing-data", "context-by-default"),
    Scenario("default-tenant-for-all", "missing-data", "context-left-over"),
    Scenario("api-miscounts", "missing-data", "list-not-whole", first_in_tree="ui-discrepancy.api-differs"),
    Scenario("never-expires", "ui-discrepancy", "cache-behind", ("clear_cache",),
             first_in_tree="stale-data.dashboard-never-expires"),
    Scenario("api-filter", "ui-discrepancy", "filter-hides"),
    Scenario("api-pagination", "ui-discrepancy", "pages-hide"),
    Scenario("tenant-context-not-set", "ui-discrepancy", "api-shows-none",
             first_in_tree="missing-data.api-sets-no-context"),
    Scenario("api-miscounts", "ui-discrepancy", "api-differs"),
    Scenario("legacy-ui-stale", "ui-discrepancy", "legacy-behind"),
    Scenario("data-missing", "ui-discrepancy", "data-gone", first_in_tree="missing-data.data-gone"),
    Scenario("executions-under-other-tenant", "missing-executions", "under-another-tenant"),
    Scenario("policy-hides-executions", "missing-executions", "hidden-by-policy", _EXPORT,
             first_in_tree="missing-data.policy-hides-executions"),
    Scenario("isolation-broken-executions", "missing-executions", "isolation-broken",
             first_in_tree="missing-data.isolation-broken-executions"),
    Scenario("new-runs-hidden", "missing-executions", "left-out-by-api"),
    Scenario("", "missing-executions", "filter-hides", inputs={"tenant": ABC, "status": "failed"},
             rightly={"status": "success"}),
    Scenario("executions-stuck", "missing-executions", "waiting", ("retry_jobs",)),
    Scenario("worker-stopped", "missing-executions", "waiting", ("retry_jobs",), helps=False),
    Scenario("executions-failed", "missing-executions", "failing", ("retry_jobs",)),
    Scenario("runs-fail", "missing-executions", "failing", ("retry_jobs",), helps=False),
    Scenario("retried-in-vain", "missing-executions", "failed-again"),
    Scenario("orphaned-agents", "data-consistency", "orphaned-agents"),
    Scenario("costs-fail", "api-errors", "errors-in-log"),
)  # fmt: skip

OUTAGES = ("cache-down", "cache-hangs", "database-down", "database-hangs", "api-down", "api-hangs", "api-garbage")
"""Of these nothing may be concluded: neither health nor a fault of the data."""

AIOPS = Ground(
    system="aiops", scenarios=SCENARIOS, outages=dict.fromkeys(OUTAGES, ("data-sync",)), harmless=HARMLESS,
    tenants=TENANTS, asked=_WHO, tree="data-sync",
    asked_in_health=lambda tenant: {"tenant": tenant, "user": "ada@example.com", "action": "edit agents"},
)  # fmt: skip
