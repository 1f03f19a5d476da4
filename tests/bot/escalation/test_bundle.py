"""What is attached: complete, without secrets, without markup of others, and with a digest that anybody can check."""

import hashlib

from bot.escalation.collecting import digest_of
from bot.escalation.report import Part, as_html, as_markdown
from bot.escalation.scrubbing import scrub
from bot.model.escalation import Bundle, Fetched, GivenFile
from bot.model.finding import Table
from bot.model.runbook import Severity
from tests.bot.escalation.conftest import Scene
from tests.bot.test_path import SAM, diagnosed

NASTY = "</td><script>alert(1)</script> | `x` \n# heading [a](http://b) <!here>"


class Shelf:
    """Files that somebody brought along."""

    async def fetch(self, id: str) -> Fetched:
        kinds = {
            "F1": ("../con sole.txt", "text/plain"),
            "F2": ("s.png", "image/png"),
            "F3": ("x.exe", "application/x-exe"),
        }
        name, mimetype = kinds[id]
        return Fetched(name=name, mimetype=mimetype, content=b"token=abcdef1234567890 vera@example.com")


async def collected(scene: Scene, text: str, *files: str) -> Bundle:
    """What is collected for an escalation of a diagnosis."""
    scene.built.escalating.collecting.files = Shelf()
    diagnosis = await diagnosed(scene.built, SAM, text)
    given = tuple(GivenFile(id=one) for one in files)
    escalation, _ = await scene.bot.escalations.open(SAM, diagnosis, severity=Severity.HIGH, symptom=NASTY, given=given)
    await scene.built.escalating.collecting.collect(escalation.id, diagnosis.id)
    await scene.built.escalating.collecting.collect(escalation.id, diagnosis.id)  # delivered twice
    (event,) = await scene.events("escalation.collected")
    return await scene.bot.escalations.bundle(str(event.detail["bundle"]))


async def test_everything_that_the_runbook_asks_to_collect(scene: Scene) -> None:
    await scene.system.faults.break_("wrong-role")
    text = 'permission-denied tenant=tenant-abc user=vera@example.com action="edit agents"'
    bundle = await collected(scene, text, "F1", "F2", "F3")
    held = {one.name: one.content.decode("utf-8", "replace") for one in bundle.files}
    assert "vera@example.com (viewer)" in held["report.html"]
    assert "agent_count," in held["counts.csv"] and "execution_count," in held["counts.csv"]
    assert "role_at_api" in held["api-answers.json"]
    assert "lock:tenant-abc:sync,locks,2" in held["cache-keys.csv"]  # with its time to live, without its value
    assert "agents-per-tenant.csv" in held and "log-api.txt" in held
    assert "x.exe" in " ".join(bundle.missing)
    assert held["given-1--con-sole.txt"] == "token=[removed] v•••@example.com"
    assert held["given-2-s.png"].startswith("token=")  # pictures are passed on as they are
    assert scene.system.environment["AIOPS_API_TOKEN"] not in "".join(held.values())


async def test_the_digest_is_what_the_files_say(scene: Scene) -> None:
    bundle = await collected(scene, "stale-data tenant=tenant-abc")
    for one in bundle.files:
        assert hashlib.sha256(one.content).hexdigest() == one.digest
    assert bundle.digest == digest_of(bundle.files)
    changed = bundle.files[0].model_copy(update={"digest": "0" * 64})
    assert digest_of([changed, *bundle.files[1:]]) != bundle.digest
    (event,) = await scene.events("escalation.collected")
    assert event.detail["digest"] == bundle.digest


async def test_a_system_that_is_down_leaves_its_place_and_not_the_rest(scene: Scene) -> None:
    await scene.system.faults.break_("cache-down")
    bundle = await collected(scene, "stale-data tenant=tenant-abc")
    names = {one.name for one in bundle.files}
    assert {"report.html", "counts.csv"} <= names and "cache-keys.csv" not in names
    assert any(one.startswith("cache keys: ") for one in bundle.missing)
    assert "What could not be seen" in bundle.files[0].content.decode()


def test_nothing_in_a_report_is_markup() -> None:
    parts = [Part(NASTY, (NASTY,), Table(title="T", columns=(NASTY,), rows=((NASTY,),)), "t.csv", code=NASTY)]
    page = as_html(NASTY, parts)
    assert "<script" not in page and "default-src 'none'" in page
    text = as_markdown(NASTY, parts)
    outside = text.split("````text")[0]
    assert "<script" not in outside.replace("\\<script", "") and "\n# heading" not in outside
    assert all(line.count("|") - line.count("\\|") == 2 for line in outside.splitlines() if line.startswith("| "))


def test_scrubbing_goes_all_the_way_down() -> None:
    given = {"a": [{"password": "hunter2", "mail": "vera@example.com", "name": "Vera Vos"}]}
    assert scrub(given, frozenset({"name"})) == {
        "a": [{"password": "[removed]", "mail": "v•••@example.com", "name": "V•••"}]
    }
