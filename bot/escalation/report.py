"""The report of an escalation as one document, written once and rendered as Markdown and as HTML."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from bot.escalation.evidence import Evidence
from bot.escalation.scrubbing import scrub, scrub_table
from bot.model.diagnosis import Diagnosis
from bot.model.escalation import Escalation, Trigger
from bot.model.finding import Table
from bot.model.people import Person
from bot.model.request import Request
from bot.model.values import write_duration

_ROWS = 30  # of a table in the report; all of them are in its CSV file


@dataclass(frozen=True)
class Part:
    """A heading with what stands below it."""

    title: str
    texts: tuple[str, ...] = ()
    table: Table | None = None
    file: str = ""  # where the whole table is
    code: str = ""


def write_report(
    escalation: Escalation, diagnosis: Diagnosis, requests: Sequence[Request], evidence: Evidence
) -> list[Part]:
    """Everything that whoever takes over has to know, the most important first."""
    parts = [
        Part("Who is affected", tuple(_affected(escalation))),
        Part("What was found", tuple(_found(diagnosis)), _checks(diagnosis), "checks.csv"),
        Part("What was tried", _tried(requests)),
        Part("What is proposed", (scrub(escalation.proposed) or "Nothing is proposed by the runbook.",)),
    ]
    if escalation.offers:
        lines = (f"{one.title}: {one.says} {one.link}".strip() for one in escalation.offers)
        parts.append(Part("Until it is solved", tuple(lines)))
    if evidence.counts:
        rows = tuple(evidence.counts)
        table = Table(title="Counts in the database", columns=("query", "number"), rows=rows)
        parts.append(Part("Counts in the database", (), table, "counts.csv"))
    parts += [Part(table.title, (), table, f"{name}.csv") for name, table in sorted(evidence.tables.items())]
    for finding in diagnosis.findings:
        for number, table in enumerate(finding.tables):
            parts.append(
                Part(f"{finding.label}: {table.title}", (), scrub_table(table), f"{file_of(finding.check, number)}.csv")
            )
    for answer in evidence.answers:
        said = f"status {answer['status']} after {answer['took_ms']} ms; headers and body are in api-answers.json"
        parts.append(Part(f"Answer of {answer['request']}", (said,)))
    parts += [Part(f"End of the log {name}", (), code=text[-4_000:]) for name, text in sorted(evidence.logs.items())]
    missing = [
        *evidence.missing,
        *(f"{one.label}: {scrub(one.seen)}" for one in diagnosis.unknowns),
        *diagnosis.left_out,
    ]
    if missing:
        parts.append(Part("What could not be seen", tuple(missing)))
    return parts


def file_of(check: str, number: int) -> str:
    """The name of the file that holds a table of a check."""
    name = "".join(letter if letter.isalnum() else "-" for letter in check)
    return f"check-{name}" if number == 0 else f"check-{name}-{number + 1}"


def as_markdown(title: str, parts: Sequence[Part]) -> str:
    """The report as Markdown, in which nothing that came from outside is markup."""
    lines = [f"# {_plain(title)}", ""]
    for part in parts:
        lines += [f"## {_plain(part.title)}", ""]
        lines += [f"- {_plain(text)}" for text in part.texts]
        lines += [""] if part.texts else []
        if part.table is not None:
            lines += _markdown_table(part.table)
            lines += [_more(part), ""]
        if part.code:
            lines += ["````text", part.code.replace("````", "'''").rstrip(), "````", ""]
    return "\n".join(lines)


def as_html(title: str, parts: Sequence[Part]) -> str:
    """The same as one HTML file that needs nothing else."""
    body = [f"<h1>{escape(title)}</h1>"]
    for part in parts:
        body.append(f"<section><h2>{escape(part.title)}</h2>")
        if part.texts:
            body.append("<ul>" + "".join(f"<li>{_lines(text)}</li>" for text in part.texts) + "</ul>")
        if part.table is not None:
            body.append(_html_table(part.table))
            body.append(f"<p class='more'>{escape(_more(part))}</p>")
        if part.code:
            body.append(f"<pre>{escape(part.code)}</pre>")
        body.append("</section>")
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'>{_HEAD}<title>{escape(title)}</title></head>"
        + (f"<body><main>{''.join(body)}</main></body></html>\n")
    )


# No script, nothing from elsewhere: the file is opened by people who downloaded it.
_HEAD = """<meta http-equiv='Content-Security-Policy' content="default-src 'none'; style-src 'unsafe-inline'">
<meta name='viewport' content='width=device-width, initial-scale=1'><style>
:root{color-scheme:light dark;--line:#8884}body{margin:0;font:16px/1.5 system-ui,sans-serif}
main{max-width:70rem;margin:0 auto;padding:1.5rem}h1{font-size:1.6rem;line-height:1.25}
h2{font-size:1.15rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line);padding-bottom:.25rem}
ul{padding-left:1.25rem}.table{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem}
th,td{border:1px solid var(--line);padding:.3rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:#8882}pre{overflow-x:auto;font-size:.85rem;background:#8881;padding:.75rem}
.more{font-size:.85rem;opacity:.75;margin:.25rem 0}@media print{main{max-width:none}}</style>"""


def _affected(escalation: Escalation) -> list[str]:
    lines = [f"System: {escalation.system_title}"]
    lines += [f"Tenant: {escalation.tenant}"] if escalation.tenant else []
    lines += [f"User: {escalation.affected}"] if escalation.affected else []
    lines += [f"What they see: {escalation.symptom}"] if escalation.symptom else []
    why = f" ({escalation.why.value})" if escalation.why is not Trigger.PERSON else ""
    raised = f"{escalation.raised_by.name}, {escalation.created:%Y-%m-%d %H:%M:%S} UTC{why}"
    return [*lines, f"Severity: {escalation.severity.value}", f"Raised by: {raised}"]


def _found(diagnosis: Diagnosis) -> list[str]:
    lines = [f"{diagnosis.title}: {diagnosis.verdict.value} (diagnosis {diagnosis.id})"]
    lines += [str(scrub(f"{cause.title}. {cause.says}")) for cause in diagnosis.causes]
    if diagnosis.healthy_at:
        lines.append(f"Last healthy {diagnosis.healthy_at:%Y-%m-%d %H:%M:%S} UTC; since then: "
                     f"{scrub('; '.join(diagnosis.changes)) or 'nothing that these checks see'}")  # fmt: skip
    return lines


def _checks(diagnosis: Diagnosis) -> Table:
    columns = ("check", "status", "code", "seen", "expected", "took")
    rows = tuple(
        (
            one.label,
            one.status.value,
            one.code,
            str(scrub(one.seen)),
            str(scrub(one.expected)),
            write_duration(one.took),
        )
        for one in diagnosis.findings
    )
    return Table(title="Checks", columns=columns, rows=rows)


def _tried(requests: Sequence[Request]) -> tuple[str, ...]:
    lines = []
    for one in requests:
        votes = ", ".join(f"{vote.choice.value} by {_name(vote.person)}" for vote in one.votes) or "no votes"
        ended = one.verification.helped.value if one.verification else one.state.value
        did = f"; {one.outcome.says}" if one.outcome else ""
        lines.append(str(scrub(f"{one.label}, asked by {_name(one.asker)} ({one.reason}); {votes}{did}; {ended}")))
    return tuple(lines) or ("Nothing yet from here.",)


def _name(person: Person) -> str:
    return person.name


def _more(part: Part) -> str:
    if part.table is None:
        return ""
    count = len(part.table.rows)
    shown = f"{count} rows" if count <= _ROWS else f"the first {_ROWS} of {count} rows"
    cut = "; more exist than were fetched" if part.table.cut else ""
    return f"{shown}{cut}; {part.file}"


def _markdown_table(table: Table) -> list[str]:
    head = [f"| {' | '.join(_cell(one) for one in table.columns)} |", f"|{' --- |' * len(table.columns)}"]
    return [*head, *(f"| {' | '.join(_cell(one) for one in row)} |" for row in table.rows[:_ROWS]), ""]


def _html_table(table: Table) -> str:
    head = "".join(f"<th scope='col'>{escape(one)}</th>" for one in table.columns)
    rows = "".join("<tr>" + "".join(f"<td>{_lines(one)}</td>" for one in row) + "</tr>" for row in table.rows[:_ROWS])
    return f"<div class='table'><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _plain(text: str) -> str:
    """Text that Markdown takes literally, on one line."""
    text = " ".join(text.split())
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#|!" else letter for letter in text)


def _cell(text: str) -> str:
    return _plain(text) or " "
