"""What came of the same question from another card, so that no card stays with a fault that is long over."""

from bot.app.following import follow_request
from bot.app.tracing import Link, find_links
from bot.model.diagnosis import Diagnosis, Followed, Verdict
from bot.model.request import Request
from bot.store import Store, diagnoses, requests

_SHOWN = 3  # of them, the newest ones
_OPEN = frozenset({Verdict.FAULT, Verdict.UNCLEAR})


async def follow_elsewhere(store: Store, link: Link, diagnosis: Diagnosis) -> tuple[Followed, ...]:
    """What other diagnoses of the same question led to, where the fault was looked at after this one looked.

    It counts for this one as well where both found the same causes; else it is only told.
    """
    if diagnosis.verdict not in _OPEN:
        return ()
    async with store.work() as work:
        alike = await diagnoses.alike(work, diagnosis)
        done = await requests.judged_since(work, list(alike), diagnosis.started)
    links = await find_links(link, (_subject(one) for one in done[-_SHOWN:]))
    causes = frozenset(one.id for one in diagnosis.causes)
    return tuple(
        followed.model_copy(
            update={
                "says": f"{followed.says}, from another card of this question",
                "link": links.get(_subject(one), ""),
                "is_fix": followed.is_fix and alike[one.diagnosis] == causes,
                "is_gone": followed.is_gone and alike[one.diagnosis] == causes,
            }
        )
        for one in done[-_SHOWN:]
        for followed in (follow_request(one),)
    )


def _subject(request: Request) -> str:
    return f"request {request.id}"
