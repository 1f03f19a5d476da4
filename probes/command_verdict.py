"""What a system's own check says."""

from bot.access.readers import Look
from bot.errors import SystemRefused
from bot.model.finding import Seen, Status, Table
from bot.registry import CommandName, Params, probe

_RAN = frozenset({0, 1})
_LINES = 40


class CommandVerdict(Params):
    """Params of command_verdict: a safe command whose success is declared in the system's file."""

    command: CommandName


@probe(
    label="Own check of the product",
    codes={"passed": Status.OK, "failed": Status.FAIL},
    source="zenamanage, SLO violations, step 1, Data Corruption, action 4, Cross-tenant access detected, resolution 2",
)
async def command_verdict(look: Look, params: CommandVerdict) -> Seen:
    """Runs a check that the product brings itself, and reads what it says; it must be marked as one that only reads."""
    result = await look.run(params.command)
    lines = [line.strip() for line in result.output.splitlines() if line.strip()]
    evidence = {"command": params.command, "exit": result.exit, "output": lines[-_LINES:]}
    if result.ok:
        return Seen(code="passed", seen=(lines[-1] if lines else "passed")[:60], expected="passes", evidence=evidence)
    if result.exit not in _RAN or not lines:
        raise SystemRefused(f"{params.command} did not come to an end: {result.why}.")
    table = Table(title="What it says", columns=("Line",), rows=tuple((line,) for line in lines[:_LINES]),
                  cut=len(lines) > _LINES)  # fmt: skip
    says = f"It says: {lines[0][:120]}"
    return Seen(code="failed", seen=lines[0][:60], expected="passes", says=says, evidence=evidence, tables=(table,))
