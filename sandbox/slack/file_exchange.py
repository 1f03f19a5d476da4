"""Takes the bytes of uploads, and gives the bytes of files: to the app by its token, to a browser by the file's key."""

import hmac
import urllib.parse

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sandbox.slack.records import StoredFile
from sandbox.slack.switchboard import Switchboard

# What a browser shows by itself without running anything; all else is offered as a download.
SHOWN_IN_BROWSER = ("image/png", "image/jpeg", "image/gif", "text/plain", "text/csv", "application/json")


async def take_upload(request: Request) -> Response:
    """Second step of an upload: the bytes."""
    file = _file(request)
    if file is None or not _has_key(request, file):
        return PlainTextResponse("upload address is unknown", 404)
    content = _content(await request.body(), request.headers.get("content-type", ""))
    if len(content) != file.size:
        return PlainTextResponse(f"expected {file.size} bytes, got {len(content)}", 400)
    file.content, file.is_uploaded = content, True
    return PlainTextResponse(f"OK - {file.size}")


async def give_file(request: Request) -> Response:
    """The bytes of a file."""
    board: Switchboard = request.app.state.board
    file = _file(request)
    if file is None or not file.is_uploaded:
        return PlainTextResponse("file not found", 404)
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(bearer.encode(), board.workspace.bot_token.encode()) and not _has_key(request, file):
        return PlainTextResponse("not for you", 403)
    name = urllib.parse.quote(file.name)
    disposition = "inline" if file.mimetype in SHOWN_IN_BROWSER else "attachment"
    headers = {
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{name}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(file.content, media_type=file.mimetype, headers=headers)


def _file(request: Request) -> StoredFile | None:
    board: Switchboard = request.app.state.board
    return board.workspace.files.get(request.path_params["file_id"])


def _has_key(request: Request, file: StoredFile) -> bool:
    return hmac.compare_digest(request.query_params.get("key", "").encode(), file.key.encode())


def _content(body: bytes, content_type: str) -> bytes:
    """The bytes of the file, out of the form they may have been packed in."""
    if not content_type.startswith("multipart/form-data"):
        return body
    boundary = b"--" + content_type.partition("boundary=")[2].strip('"').encode()
    for part in body.split(boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        if b"filename=" in head:
            return content.removesuffix(b"\r\n")
    return b""
