"""auth.*, api.*, apps.*: who the app is, and where its WebSocket is."""

from sandbox.slack.records import Json
from sandbox.slack.refusals import SlackRefusal
from sandbox.slack.switchboard import Switchboard
from sandbox.slack.web_api.methods import Arguments, method


@method("auth.test")
async def test_authentication(board: Switchboard, _: Arguments) -> Json:
    """Who the token belongs to."""
    workspace = board.workspace
    return {
        "url": f"{workspace.address}/",
        "team": workspace.team_name,
        "user": workspace.manifest.bot_name,
        "team_id": workspace.team_id,
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


@method("api.test")
async def test_api(_: Switchboard, arguments: Arguments) -> Json:
    """Whether the API answers at all."""
    return {"args": arguments.values}


@method("apps.connections.open", takes_app_token=True)
async def open_connection(board: Switchboard, _: Arguments) -> Json:
    """An address for one WebSocket. Refused when the app is reached over HTTP."""
    workspace = board.workspace
    if workspace.request_url is not None:
        raise SlackRefusal("socket_mode_not_enabled")
    address = workspace.address.replace("http://", "ws://", 1)
    return {"url": f"{address}/socket/{board.sockets.hand_out_ticket()}"}
