"""Collects the evidence of an escalation, once for each occasion, and keeps it as the files that are attached."""

import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta

import structlog

from bot.access.access import Access
from bot.approvals import Standing
from bot.catalog import Catalog
from bot.errors import BackstopError
from bot.escalation.evidence import Evidence, read_evidence
from bot.escalation.record import bundle_card, card, event, itself
from bot.escalation.report import as_html, as_markdown, file_of, write_report
from bot.escalation.scrubbing import scrub, scrub_table
from bot.model.diagnosis import Diagnosis
from bot.model.escalation import Bundle, BundleFile, Escalation, Files, Trouble
from bot.model.finding import Table
from bot.model.request import Request
from bot.model.sheet import as_csv
from bot.model.values import Clock, NewId
from bot.store import Store, bundles, diagnoses, drawings, escalations, requests

log = structlog.get_logger()

_LOST = timedelta(seconds=60)  # after that nobody collects any more who began to
_TEXTS = ("text/", "application/json", "application/xml", "application/x-ndjson")
_IMAGES = {"image/png", "image/jpeg", "image/gif", "image/webp"}


class Collecting:
    """`files` is where files come from that people brought along; None where nobody can bring any."""

    def __init__(
        self, standing: Standing, catalog: Catalog, access: Access, store: Store, clock: Clock, new_id: NewId,
        files: Files | None = None,
    ) -> None:  # fmt: skip
        self._standing, self._catalog, self._access, self._store = standing, catalog, access, store
        self._clock, self._new_id, self.files = clock, new_id, files

    async def collect(self, id: str, occasion: str) -> None:
        """Collects what an escalation waits for, and has it attached; the trail records the digest of it."""
        async with self._store.work() as work:
            escalation = await escalations.get(work, id)
            diagnosis = await diagnoses.get(work, occasion.partition(" ")[0])
            tried = await requests.of_diagnosis(work, diagnosis.id) if diagnosis else []
        if escalation is None or diagnosis is None or occasion not in escalation.awaited:
            return
        files, missing = await self._files(escalation, diagnosis, tried, occasion)
        bundle = Bundle(
            id=self._new_id(), escalation=id, occasion=occasion, at=self._clock(), digest=digest_of(files),
            files=tuple(files), missing=tuple(missing),
        )  # fmt: skip
        async with self._store.work() as work:
            before = await escalations.get(work, id, lock=True)
            if before is None or occasion not in before.awaited or not await bundles.add(work, bundle):
                return
            after = before.model_copy(
                update={
                    "awaited": tuple(one for one in before.awaited if one != occasion),
                    "attached": tuple(dict.fromkeys((*before.attached, *(one.name for one in files)))),
                }
            )
            await escalations.save(work, after)
            listed = [{"name": one.name, "sha256": one.digest, "bytes": len(one.content)} for one in files]
            says = f"evidence attached: {len(files)} files, digest {bundle.digest[:12]}"
            work.record(event("escalation.collected", after, itself(after), self._clock, says, self._standing.digest,
                              bundle=bundle.id, digest=bundle.digest, files=listed, missing=missing))  # fmt: skip
            await drawings.add(work, bundle_card(bundle.id), self._clock, thread_of=card(id))
            await work.redraw(bundle_card(bundle.id))
            await work.redraw(card(id))

    async def collect_all(self) -> None:
        """What a stopped process did not collect; and what could not be attached for a while, and is there now."""
        async with self._store.work() as work:
            opened = await escalations.opened(work)
        for escalation in opened:
            if escalation.awaited and escalation.changed < self._clock() - _LOST:
                for occasion in escalation.awaited:
                    await self.collect(escalation.id, occasion)
            for trouble in escalation.troubles:
                if trouble.key.startswith("bundle "):
                    await self._forget(escalation.id, trouble)

    async def _forget(self, id: str, trouble: Trouble) -> None:
        """Takes a trouble from the card when the files have been attached after all."""
        async with self._store.work() as work:
            if await drawings.is_behind(work, bundle_card(trouble.key.removeprefix("bundle "))):
                return
            before = await escalations.get(work, id, lock=True)
            if before is None or trouble not in before.troubles:
                return
            left = tuple(one for one in before.troubles if one != trouble)
            await escalations.save(work, before.model_copy(update={"troubles": left}))
            await work.redraw(card(id))

    async def _files(
        self, escalation: Escalation, diagnosis: Diagnosis, tried: Sequence[Request], occasion: str
    ) -> tuple[list[BundleFile], list[str]]:
        given, missing = await self._given(escalation, occasion)
        if " " in occasion:
            return given, missing
        evidence = await read_evidence(self._access, self._catalog, escalation.system, diagnosis.inputs)
        evidence.missing += missing
        parts = write_report(escalation, diagnosis, tried, evidence)
        title = f"Escalation {escalation.id}: {escalation.found}"
        files = [
            _file("report.html", "Report", as_html(title, parts)),
            _file("report.md", "Report as Markdown", as_markdown(title, parts)),
            _file("diagnosis.json", "Everything for machines", self._json(escalation, diagnosis, tried, evidence)),
        ]
        files += [_file(f"{name}.csv", table.title, as_csv(table)) for name, table in _tables(diagnosis, evidence)]
        if evidence.answers:
            answers = json.dumps(evidence.answers, indent=2, ensure_ascii=False, default=str)
            files.append(_file("api-answers.json", "Answers of the API", answers))
        files += [_file(f"log-{name}.txt", f"End of the log {name}", text) for name, text in evidence.logs.items()]
        return [*files, *given], evidence.missing

    async def _given(self, escalation: Escalation, occasion: str) -> tuple[list[BundleFile], list[str]]:
        """What somebody brought along: texts without secrets, pictures as they are."""
        files: list[BundleFile] = []
        missing: list[str] = []
        for number, one in enumerate((one for one in escalation.given if one.occasion == occasion), 1):
            if self.files is None:
                missing.append("a file that was brought along: it can't be fetched from here")
                continue
            try:
                fetched = await self.files.fetch(one.id)
            except BackstopError as error:
                missing.append(f"a file that was brought along: {error.sentence}")
                continue
            name = f"given-{number}-{_safe(fetched.name)}"
            if fetched.mimetype.startswith(_TEXTS):
                text = str(scrub(fetched.content.decode("utf-8", errors="replace")))
                files.append(_file(name, "Brought along, without secrets", text))
            elif fetched.mimetype in _IMAGES:
                files.append(_file(name, "Brought along, as it is", fetched.content))
            else:
                missing.append(f"{name}: only texts and pictures are passed on")
        return files, missing

    def _json(
        self, escalation: Escalation, diagnosis: Diagnosis, tried: Sequence[Request], evidence: Evidence
    ) -> str:  # fmt: skip
        queries = self._catalog.system(escalation.system).queries.values()
        personal = frozenset(one for query in queries for one in query.personal)
        shown = {"id", "severity", "route", "system", "tenant", "symptom", "found", "tried", "proposed", "why",
                 "created", "runbook", "causes"}  # fmt: skip
        whole = {
            "escalation": {**escalation.model_dump(mode="json", include=shown), "affected": escalation.affected},
            "diagnosis": scrub(diagnosis.model_dump(mode="json"), personal),
            "requests": [scrub(one.model_dump(mode="json"), personal) for one in tried],
            "counts": dict(evidence.counts),
            "tables": {name: one.model_dump(mode="json") for name, one in evidence.tables.items()},
            "answers": evidence.answers, "missing": evidence.missing, "collected": self._clock().isoformat(),
        }  # fmt: skip
        return json.dumps(whole, indent=2, ensure_ascii=False, default=str)


def digest_of(files: Sequence[BundleFile]) -> str:
    """SHA-256 over the digests and names of the files, one in a line as `sha256sum` writes them, sorted."""
    lines = sorted(f"{one.digest}  {one.name}\n" for one in files)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _tables(diagnosis: Diagnosis, evidence: Evidence) -> list[tuple[str, Table]]:
    rows = tuple(
        (one.label, one.status.value, one.code, str(scrub(one.seen)), str(scrub(one.expected)))
        for one in diagnosis.findings
    )
    found = [("checks", Table(title="Checks", columns=("check", "status", "code", "seen", "expected"), rows=rows))]
    if evidence.counts:
        found.append(("counts", Table(title="Counts", columns=("query", "number"), rows=tuple(evidence.counts))))
    found += sorted(evidence.tables.items())
    for finding in diagnosis.findings:
        found += [(file_of(finding.check, number), scrub_table(one)) for number, one in enumerate(finding.tables)]
    return found


def _file(name: str, title: str, content: str | bytes) -> BundleFile:
    raw = content.encode("utf-8", errors="replace") if isinstance(content, str) else content
    return BundleFile(name=name, title=title, content=raw, digest=hashlib.sha256(raw).hexdigest())


def _safe(name: str) -> str:
    """A name of a file that means nothing to any file system."""
    kept = "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in name)
    return kept.lstrip(".")[-60:] or "file"
