"""Uploads by the SDK's files_upload_v2 and by people, and who may download."""

import httpx
import pytest
from slack_sdk.errors import SlackApiError

from sandbox.slack.acting import Person
from tests.sandbox.slack.conftest import Scene
from tests.sandbox.slack.parrot import FORM, plain


async def download(scene: Scene, address: str, token: str = "") -> httpx.Response:
    """Get a file's bytes."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(base_url=scene.served.address, trust_env=False) as http:
        return await http.get(address, headers=headers)


async def test_upload_of_the_sdk_appears_in_the_thread(scene: Scene, sam: Person) -> None:
    said = await sam.says("the list, please")
    uploaded = await scene.web.files_upload_v2(
        channel=said.channel,
        thread_ts=said.ts,
        initial_comment="Here it is",
        file_uploads=[
            {"content": "a,b\n1,2\n", "filename": "list.csv", "title": "The list"},
            {"content": "{}", "filename": "list.json"},
        ],
    )
    message = await sam.sees(thread=said, containing=["Here it is", "The list"])
    assert [(file["name"], file["size"], file["mimetype"]) for file in message.files] == [
        ("list.csv", 8, "text/csv"),
        ("list.json", 2, "application/json"),
    ]
    seen = await download(scene, message.files[0]["url"])
    assert (seen.status_code, seen.text) == (200, "a,b\n1,2\n")
    assert seen.headers["content-security-policy"] == "sandbox; default-src 'none'"

    private = uploaded["files"][0]["url_private"]
    assert (await download(scene, private)).status_code == 403
    assert (await download(scene, private, scene.served.bot_token)).text == "a,b\n1,2\n"
    info = await scene.web.files_info(file=uploaded["files"][0]["id"])
    assert (info["file"]["title"], info["file"]["channels"]) == ("The list", [said.channel])


async def test_page_that_was_uploaded_is_not_shown_in_the_browser(scene: Scene) -> None:
    uploaded = await scene.web.files_upload_v2(
        channel=scene.workspace.direct_messages_of("U0SAM").id, content="<script>", filename="report.html"
    )
    answer = await download(scene, uploaded["file"]["url_private"], scene.served.bot_token)
    assert answer.headers["content-disposition"].startswith("attachment")


async def test_incomplete_uploads_are_refused(scene: Scene) -> None:
    started = await scene.web.files_getUploadURLExternal(filename="x.txt", length=5)
    with pytest.raises(SlackApiError, match="file_not_found"):
        await scene.web.files_completeUploadExternal(files=[{"id": started["file_id"], "title": "x"}])
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.post(started["upload_url"], content=b"too long")).status_code == 400
        assert (await http.post(started["upload_url"].partition("?")[0], content=b"12345")).status_code == 404
        form = {"file": ("x.txt", b"12345")}
        assert (await http.post(started["upload_url"], files=form)).text == "OK - 5"
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await scene.web.files_getUploadURLExternal(filename="x.txt", length=0)


async def test_person_hands_in_a_file(scene: Scene, sam: Person) -> None:
    element = {"type": "file_input", "action_id": "log", "max_files": 1}
    block = {"type": "input", "block_id": "log", "label": plain("Log"), "element": element}
    await sam.says("/echo form")
    trigger = (await scene.heard.until("command"))[-1]["trigger_id"]
    await scene.web.views_open(trigger_id=trigger, view={**FORM, "blocks": [FORM["blocks"][0], block]})
    form = await sam.modal(title="A form")
    files = [await sam.uploads(name, "it broke") for name in ("a.log", "b.log")]
    refused = await sam.submits(form, {"Reason": "broken", "Log": files})
    assert refused.errors == {"Log": "Must be at most 1 files."}
    await sam.submits(form, {"Reason": "broken", "Log": files[:1]})
    (body,) = scene.heard.of("form")
    (file,) = body["view"]["state"]["values"]["log"]["log"]["files"]
    assert (file["name"], file["user"]) == ("a.log", "U0SAM")
    assert (await download(scene, file["url_private"], scene.served.bot_token)).text == "it broke"


async def test_person_shares_a_file_in_a_channel(scene: Scene, sam: Person) -> None:
    file = await sam.uploads("shot.txt", "…")
    said = await sam.says("look at this", files=[file])
    olga = await scene.client.person("olga")
    message = await olga.sees(containing="look at this")
    assert (message.ts, [one["id"] for one in message.files]) == (said.ts, [file])
