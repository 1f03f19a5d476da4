"""Cards as one person alone sees them: who is offered what, on their desk, in messages to them, and in notices."""

from typing import Any

import pytest

from bot.model.facts import DeskPage, HomePage
from bot.model.people import Person
from bot.model.request import Choice, Helped, Outcome, Preview, Request, Review, State, Vote
from bot.slack.cards.fact import draw_fact
from bot.slack.cards.home import draw_home
from bot.slack.cards.request import draw_notice, draw_reminder, draw_request
from bot.slack.paper import texts_of
from tests.bot.slack.checking import buttons, check, check_home, words
from tests.bot.slack.samples import AT, OLGA, SAM, done, request

ADA = Person(id="U0ADA", name="Ada Moreau", email="ada@example.com")


def half(**fields: Any) -> Request:
    """A request that Olga has approved, and one more has to."""
    vote = Vote(person=OLGA, roles=("operator",), choice=Choice.APPROVE, at=AT)
    return request(approvals=2, votes=(vote,), **fields)


def glass(**fields: Any) -> Request:
    """What Sam ran by break-glass."""
    return request(State.DONE, id="01JG", votes=(), approvals=0, review=Review(due=AT), **fields)


def home_texts(page: DeskPage) -> list[str]:
    """Every text of App Home."""
    return list(texts_of(check_home(draw_home(HomePage(desk=page)))["blocks"]))


def test_who_has_approved_is_offered_to_take_it_back_and_not_to_approve_again() -> None:
    assert buttons(check(draw_request(half(), person=OLGA.id)))[0] == "Take my approval back"
    assert buttons(check(draw_request(half(), person=ADA.id)))[0] == "Approve"
    assert "Take my approval back" not in buttons(check(draw_request(half(), person=ADA.id)))
    assert "Take my approval back" in buttons(check(draw_request(half())))  # in the thread, where everybody sees it


def test_the_asker_is_offered_nothing_that_is_refused_to_them() -> None:
    assert buttons(check(draw_request(half(), person=SAM.id))) == [
        "Take back", "Refresh preview", "Who decides?", "Show the trail"]  # fmt: skip
    unknown = buttons(check(draw_request(request(State.UNKNOWN), person=SAM.id)))
    assert unknown == ["Escalate…", "Show the trail"]  # settling it is for others
    assert buttons(check(draw_request(glass(), person=SAM.id))) == ["Show the trail"]
    assert "Sign off…" not in buttons(check(draw_request(glass())))  # in the channel, where the asker is as well
    assert buttons(check(draw_request(glass(), person=ADA.id)))[0] == "Sign off…"
    assert "somebody else signs it off, in App Home" in words(check(draw_request(glass())))


def test_a_reason_is_said_once() -> None:
    vote = Vote(person=OLGA, roles=("operator",), choice=Choice.DENY, reason="the nightly job runs", at=AT)
    card = words(check(draw_request(request(State.DENIED, votes=(vote,), state_reason="the nightly job runs"))))
    assert card.count("the nightly job runs") == 1 and "denied by Olga" in card
    comment = Vote(person=OLGA, roles=("operator",), choice=Choice.APPROVE, reason="seen on the graph", at=AT)
    assert "seen on the graph" in words(check(draw_request(request(State.APPROVED, votes=(comment,)))))


def test_what_was_asked_for_stands_on_the_card_of_what_was_not_done() -> None:
    asked = "*Asked for:* Removes 2 keys"
    for state in (State.DENIED, State.EXPIRED, State.CANCELLED, State.OUTDATED, State.FAILED):
        assert asked in words(check(draw_request(request(state)))), state
    gone = Outcome(says="nothing to do: the fault that this was for is gone", needless=True)
    assert asked in words(check(draw_request(request(State.DONE, outcome=gone))))
    emptied = Preview(says="Nothing is cached, so there is nothing to remove.", items=(), at=AT)  # by a refresh
    # The others say what was done, or would be.
    for shown in (done(Helped.YES), request(), request(State.RUNNING), request(State.DENIED, preview=emptied)):
        assert "Asked for" not in words(check(draw_request(shown)))


def test_in_whose_place_somebody_decided_is_said() -> None:
    vote = Vote(person=ADA, roles=("operator",), choice=Choice.APPROVE, at=AT, stands_for=OLGA.email)
    assert f"Ada Moreau (operator) in place of {OLGA.email}" in words(check(draw_request(request(votes=(vote,)))))


def test_a_notice_mentions_people_and_groups_while_there_is_something_to_decide() -> None:
    mentions = {"notice": (OLGA.id, "S0ONCALL"), "notice reminder 1": (ADA.id,), "notice review 1": (ADA.id,)}
    first = check(draw_notice(request(mentions=mentions), "notice"))
    assert first.text.startswith(f"<@{OLGA.id}> <!subteam^S0ONCALL>: *Clear cache* needs a decision")
    again = check(draw_notice(request(mentions=mentions), "notice reminder 1"))
    assert again.text.startswith(f"<@{ADA.id}>: *Clear cache* still waits for a decision; it expires at")
    assert "<@" not in check(draw_notice(request(State.DENIED, mentions=mentions), "notice")).text
    review = check(draw_notice(glass(mentions=mentions), "notice review 1"))
    assert review.text.startswith(f"<@{ADA.id}>") and "has not been signed off yet" in review.text
    signed = glass(mentions=mentions).model_copy(
        update={"review": Review(due=AT, signed_by=ADA, signed_at=AT, says="fine")}
    )
    assert "<@" not in check(draw_notice(signed, "notice review 1")).text


@pytest.mark.parametrize("state", [State.PENDING, State.DONE, State.EXPIRED])
def test_a_reminder_is_true_in_each_state(state: State) -> None:
    card = check(draw_reminder(request(state)))
    assert ("Approve" in buttons(card)) is (state is State.PENDING)


class TestDesk:
    PAGE = DeskPage(
        person=SAM.id, waiting=(half(id="01JA"),), half_approved=(half(id="01JB"),),
        to_settle=(request(State.UNKNOWN),),
        reviews=(glass(), glass(asker=ADA).model_copy(update={"id": "01JH"})), mine=(half(id="01JC"),),
        ended=(request(State.DONE),), deputies=("olga@example.com decides in your place until 2026-12-31.",),
        dangerous=frozenset({"clear_cache"}), page=2, pages=3,
    )  # fmt: skip

    def test_everything_stands_there_with_its_buttons(self) -> None:
        texts = home_texts(self.PAGE)
        headers = ["Waiting for you", "Approved by you, others are still to decide",
                   "Outcome unknown: say how it ended", "After-reviews due", "Your requests", "Lately in your systems",
                   "Deputies"]  # fmt: skip
        assert [one for one in texts if one in headers] == headers
        whole = "\n".join(texts)
        assert "*Needs 2 approvals* by operator, tenant_admin or super_admin · approved so far by Olga" in whole
        assert "1 of 2 approved" in whole and "Page 2 of 3" in whole
        assert {"Approve", "Deny…", "Take my approval back", "It was done…", "Previous page", "Next page"} <= set(texts)
        assert "Others are to approve it as well." not in whole  # Sam's would be the last one
        assert texts.count("Sign off…") == 1  # not for what they ran themselves

    def test_the_same_fits_into_a_message(self) -> None:
        some = tuple(half(id=f"01J{number}", reason="x" * 500) for number in range(3))
        page = self.PAGE.model_copy(update={"waiting": some, "half_approved": some, "mine": some, "ended": some,
                                            "to_settle": (request(State.UNKNOWN),) * 3, "reviews": (glass(),) * 3,
                                            "pager": "approvals_page"})  # fmt: skip
        card = check(draw_fact(page))
        assert card.attachments == () and "Next page" in buttons(card)
        assert card.text == "3 waiting for your decision"

    def test_an_empty_desk_says_so(self) -> None:
        assert "Nothing waits for your decision." in words(check(draw_fact(DeskPage())))
        assert check(draw_fact(DeskPage())).text == "Nothing waits."
