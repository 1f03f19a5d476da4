"""The reference pages, made from the code and the YAML, so that they cannot differ from them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from bot import metrics
from bot.catalog import Catalog
from bot.catalog.coverage import coverage
from bot.model.finding import ALWAYS
from bot.registry import Registry
from bot.settings import Settings, is_secret

_MADE = "<!-- Made by `backstop reference`; change what it is made from. -->\n"


def pages(registry: Registry, catalog: Catalog, more: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Every page by its file name; `more` are those that are made elsewhere."""
    made = {
        "commands.md": _commands(registry),
        "probes.md": _probes(registry),
        "actions.md": _actions(registry),
        "runbooks.md": _runbooks(catalog),
        "coverage.md": coverage(catalog),
        "settings.md": _settings(),
        "metrics.md": _metrics(),
        **(more or {}),
    }
    return {name: f"{_MADE}\n{text.strip()}\n" for name, text in made.items()}


def write(
    registry: Registry, catalog: Catalog, folder: Path, more: Mapping[str, str] | None = None
) -> list[Path]:  # fmt: skip
    """Writes the pages, and says where."""
    written = []
    for name, text in pages(registry, catalog, more).items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def _commands(registry: Registry) -> str:
    rows = [
        (f"`/backstop {one.usage or one.name}`", f"`{one.alias}`" if one.alias else "–", one.says)
        for one in registry.commands()
    ]
    presses = [
        (f"`{one.name}`", one.says)
        for one in sorted(registry.handlers.values(), key=lambda one: one.name)
        if one.kind in {"button", "shortcut"}
    ]
    return (
        "# What people can say and press\n\nEvery command works as a mention as well, also in threads: "
        "`@backstop diagnose …`.\n\n"
        f"{_table(('command', 'alias', 'what it does'), rows)}\n\n## Buttons and shortcuts\n\n"
        f"{_table(('name', 'what it does'), presses)}"
    )


def _probes(registry: Registry) -> str:
    always = ", ".join(f"`{code}`" for code in ALWAYS)
    parts = [f"# Probes\n\nEach can also end in {always}; these are unknown, never ok."]
    for probe in sorted(registry.probes.values(), key=lambda one: one.name):
        codes = _table(("code", "status"), [(f"`{code}`", status.value) for code, status in probe.codes.items()])
        needs = f"Needs: {', '.join(f'`{name}`' for name in probe.needs)}. " if probe.needs else ""
        params = ", ".join(f"`{name}`" for name in probe.params.model_fields) or "none"
        parts.append(
            f"## `{probe.name}`\n\n{probe.says}\n\n{needs}Params: {params}. Source: {probe.source}.\n\n{codes}"
        )
    return "\n\n".join(parts)


def _actions(registry: Registry) -> str:
    parts = ["# Actions"]
    for action in sorted(registry.actions.values(), key=lambda one: one.name):
        facts = [
            f"Scope: {action.scope.value}.",
            f"At most one open request per {', '.join(action.about)}."
            if action.about
            else "One open request at a time.",
            "May be run again after a crash." if action.idempotent else "Never run again by itself after a crash.",
            f"The asker chooses: {', '.join(action.asks.values())}." if action.asks else "",
            f"Source: {action.source}.",
        ]
        parts.append(
            f"## `{action.name}`: {action.label}\n\n{action.says}\n\n{' '.join(fact for fact in facts if fact)}"
        )
    return "\n\n".join(parts)


def _runbooks(catalog: Catalog) -> str:
    parts = ["# Runbooks"]
    for runbook in sorted(catalog.runbooks.values(), key=lambda one: (one.family, one.name)):
        inputs = " ".join(f"[{name}=…]" if spec.optional else f"{name}=…" for name, spec in runbook.inputs.items())
        causes = "\n".join(f"* {cause.title}" for cause in runbook.causes) or "* those of the runbooks that it includes"
        includes = f" Includes: {', '.join(f'`{name}`' for name in runbook.includes)}." if runbook.includes else ""
        parts.append(
            f"## `{runbook.name}`: {runbook.title}\n\n`/diagnose {runbook.name} {inputs}`\n\n"
            f"Source: {runbook.source}. Severity: {runbook.severity.value}.{includes}\n\nCauses, in order:\n\n{causes}"
        )
    return "\n\n".join(parts)


def _settings() -> str:
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None or field.default_factory or name == "folder" else f"`{field.default}`"
        either = f" or `BACKSTOP_{name.upper()}_FILE`" if is_secret(field) else ""
        rows.append((f"`BACKSTOP_{name.upper()}`{either}", default or "–", field.description or ""))
    return (
        "# Settings\n\nEnvironment variables, or lines of a file `.env` where the bot is started. The environment goes "
        "before the file. A variable that ends in `_FILE` names a file with the secret in it.\n\n"
        f"{_table(('variable', 'default', 'what it is'), rows)}"
    )


def _metrics() -> str:
    kinds: dict[Any, str] = {Counter: "counter", Gauge: "gauge", Histogram: "histogram"}
    rows = []
    for one in vars(metrics).values():
        if type(one) in kinds:
            [described] = one.describe()
            name = f"{described.name}_total" if isinstance(one, Counter) else described.name
            labels = ", ".join(f"`{label}`" for label in one._labelnames)  # there is no public name for it
            rows.append((f"`{name}`", kinds[type(one)], labels or "–", described.documentation))
    return (
        "# Metrics\n\nAt `/metrics` of the HTTP door, as Prometheus reads them. What is counted in the bot's database "
        "(gauges) is the same in every replica: take the `max` over them; the others are summed up.\n\n"
        f"{_table(('name', 'kind', 'labels', 'what it is'), rows)}"
    )


def _table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [columns, tuple("---" for _ in columns), *(tuple(cell.replace("|", "\\|") for cell in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
