"""One POST to a pager; whatever goes wrong is PagerFailed, with one sentence and nothing secret in it."""

from collections.abc import Mapping

from bot.errors import PagerFailed
from bot.redaction import redact_text

_SECONDS = 10.0


async def post(title: str, url: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
    """Sends JSON. Raises PagerFailed unless the answer says that it was taken."""
    # Most installations page nobody by HTTP; the others have the client from when they were connected (see `run`).
    import httpx  # noqa: PLC0415

    sent = {"Content-Type": "application/json", "User-Agent": "backstop", **(headers or {})}
    try:
        async with httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False) as client:
            answer = await client.post(url, content=body, headers=sent)
    except httpx.TimeoutException as error:
        raise PagerFailed(f"{title} did not answer within {_SECONDS:g} s.") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PagerFailed(f"{title} cannot be reached ({type(error).__name__}).") from error
    if not answer.is_success:
        why = redact_text(" ".join(answer.text.split()))[:200]
        raise PagerFailed(f"{title} answered {answer.status_code}{f': {why}' if why else ''}.")
