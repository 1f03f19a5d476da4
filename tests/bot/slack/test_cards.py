"""What is drawn: Slack takes it, the verdict comes first, the buttons are right, and nothing typed is markup."""

from datetime import timedelta

import pytest

from bot.model.diagnosis import Verdict
from bot.model.escalation import EscalationState
from bot.model.facts import (
    Asking,
    DeskPage,
    Health,
    Help,
    HelpEntry,
    HomePage,
    Listing,
    RunbookLine,
    RunbookList,
    Sentence,
    Trail,
    Why,
)
from bot.model.finding import Status
from bot.model.inputs import Input, Inputs, InputType
from bot.model.policy import Decision
from bot.model.policy import Verdict as Answer
from bot.model.request import Helped, Outcome, State
from bot.model.runbook import Remedy
from bot.model.talk import ChoiceField, Form, SuggestField, TextField
from bot.slack.cards.diagnosis import draw_details, draw_diagnosis
from bot.slack.cards.escalation import draw_escalation
from bot.slack.cards.fact import draw_fact
from bot.slack.cards.form import draw_closing, draw_form, draw_waiting
from bot.slack.cards.home import draw_home
from bot.slack.cards.request import draw_notice, draw_request
from bot.slack.cards.words import where_plain
from sandbox.slack.blocks import texts_of
from tests.bot.slack.checking import buttons, check, check_home, check_modal, words
from tests.bot.slack.samples import (
    AT,
    CAUSE,
    FINDINGS,
    LABELS,
    diagnosis,
    done,
    escalation,
    finding,
    long_table,
    preview,
    recorded,
    request,
    running,
)

NASTY = "<!channel> <@U0ADA> *bold* & `code` @here <https://evil.example|click>\u202e\x07" + "x" * 5000


def test_what_was_asked_about_stands_in_order_and_with_names_where_it_needs_them() -> None:
    given = {
        "status": Input(type=InputType.TEXT, shown="failed", binds={}),
        "user": Input(type=InputType.USER, shown="vera@example.com", binds={}),
        "tenant": Input(type=InputType.TENANT, shown="tenant-abc", binds={}),
    }
    assert where_plain("AI", Inputs(given=given)) == "AI · tenant-abc · vera@example.com · status=failed"


class TestDiagnosis:
    def test_a_fault_is_said_first_and_its_remedy_is_the_first_button(self) -> None:
        card = check(draw_diagnosis(diagnosis(), LABELS))
        assert card.blocks[0]["text"]["text"] == "✖ Fault found: The cached dashboard never expires"
        assert card.text.startswith("✖ Fault found: The cached dashboard never expires")
        assert buttons(card) == ["Clear cache…", "Look again", "Escalate…"]
        remedy, again, _ = card.blocks[-1]["elements"]
        assert (remedy["action_id"], remedy["value"]) == ("remedy", "01JD.0")
        assert (again["action_id"], again["value"]) == ("look_again", "01JD")
        assert "8 agents cached, 10 stored" in words(card)
        assert "*4 of 5 checks answered:* 1 without anything to judge by (Polling)" in words(card)

    def test_while_it_runs_lines_stay_in_place_and_nothing_can_be_pressed(self) -> None:
        order = [one.check for one in FINDINGS]
        card = check(draw_diagnosis(running(2), LABELS, order=order))
        assert card.blocks[0]["text"]["text"] == "Looking: 2 of 5 checks done"
        table = next(block for block in card.blocks if block["type"] == "table")
        results = [row[1]["text"] for row in table["rows"][1:]]
        assert results == ["… waiting"] * 3 + ["✔ ok: 41 s", "? unknown: cannot be seen from here"]
        assert buttons(card) == []

    def test_when_it_has_ended_faults_come_first_and_many_healthy_checks_are_one_line(self) -> None:
        healthy = tuple(finding(f"fine_{number}", Status.OK, f"{number} s") for number in range(5))
        few = check(draw_diagnosis(diagnosis(findings=(*healthy[:4], *FINDINGS)[:-2]), LABELS))
        table = next(block for block in few.blocks if block["type"] == "table")
        assert [row[1]["text"][:1] for row in table["rows"][1:]] == ["✖", "✖", "▲", "✔", "✔", "✔", "✔"]
        many = diagnosis(findings=(*healthy, *FINDINGS))
        card = check(draw_diagnosis(many, LABELS))
        table = next(block for block in card.blocks if block["type"] == "table")
        assert [row[1]["text"][:1] for row in table["rows"][1:]] == ["✖", "✖", "▲", "?"]
        assert "6 checks are as they should be:* Fine 0, Fine 1, Fine 2, Fine 3, Fine 4 and Agent ttl" in words(card)
        details = draw_details(many)
        assert details is not None and "✔ *Fine 3:* 3 s" in words(check(details))
        away = [finding(f"check_{number}", Status.UNKNOWN, "The cache is away.") for number in range(5)]
        one = check(draw_diagnosis(diagnosis(findings=(*FINDINGS[:1], *away)), LABELS))
        table = next(block for block in one.blocks if block["type"] == "table")
        assert [row[0]["text"] for row in table["rows"][1:]] == ["Dashboard ttl", "5 checks"]
        assert "Check 0; Check 1; Check 2; Check 3; Check 4" in words(one)
        away = [finding(f"check_{number}", Status.UNKNOWN, "GET /api answers 200 without JSON") for number in (1, 2)]
        unclear = draw_diagnosis(diagnosis(verdict=Verdict.UNCLEAR, causes=(), findings=tuple(away)), LABELS)
        assert unclear.blocks[0]["text"]["text"].startswith("? Could not tell: GET /api answers")

    def test_what_was_not_answered_is_counted_by_its_reason_and_never_called_not_looked_at(self) -> None:
        late = [
            finding(f"late_{n}", Status.UNKNOWN, "PostgreSQL did not answer within 3 s", code="too_slow")
            for n in (1, 2)
        ]
        away = finding("away", Status.UNKNOWN, "Redis cannot be reached", code="unreachable")
        shown = diagnosis(
            verdict=Verdict.UNCLEAR, causes=(), findings=(FINDINGS[3], *late, away), left_out=("Role (say user=…)",)
        )
        card = check(draw_diagnosis(shown, LABELS))
        first = "? Could not tell: PostgreSQL did not answer within 3 s; 1 of 4 checks answered"
        assert card.blocks[0]["text"]["text"] == first
        assert "*1 of 4 checks answered:* 2 timed out (Late 1; Late 2) · 1 could not be reached (Away)" in words(card)
        assert "*Not looked at:* Role (say user=…)" in words(card)
        mixed = diagnosis(verdict=Verdict.UNCLEAR, causes=(), findings=(late[0], away))
        said = "? Could not tell: none of 2 checks answered, 1 timed out and 1 could not be reached"
        assert check(draw_diagnosis(mixed, LABELS)).blocks[0]["text"]["text"] == said
        # What answers nothing answers another runbook nothing either.
        card = check(draw_diagnosis(mixed.model_copy(update={"next": ("slow-api",)}), LABELS))
        assert "still there:* look again when everything answers" in words(card)
        assert buttons(card) == ["Look again", "Escalate…"]

    def test_no_fault_is_no_bare_ok_when_something_could_not_be_seen(self) -> None:
        unsure = diagnosis(
            verdict=Verdict.NO_FAULT, causes=(), findings=FINDINGS[3:], next=("slow-api", "missing-data")
        )
        card = check(draw_diagnosis(unsure, LABELS))
        assert card.blocks[0]["text"]["text"].startswith("? No fault found in what was answered; 1 of 2 checks")
        assert "try slow-api or missing-data, look again when everything answers, or escalate" in words(card)
        assert buttons(card) == ["Look again", "Escalate…", "Try slow-api", "Try missing-data"]
        more = check(draw_diagnosis(unsure.model_copy(update={"next": ("a", "b", "c")}), LABELS))
        assert buttons(more) == ["Look again", "Escalate…", "Try a", "Try b", "Try c"]
        sure = diagnosis(verdict=Verdict.NO_FAULT, causes=(), findings=FINDINGS[3:4])
        assert draw_diagnosis(sure, LABELS).blocks[0]["text"]["text"] == "✔ No fault found"

    def test_other_ends_say_what_they_are(self) -> None:
        unclear = check(draw_diagnosis(diagnosis(verdict=Verdict.UNCLEAR, causes=(), findings=FINDINGS[4:]), LABELS))
        assert unclear.blocks[0]["text"]["text"] == (
            "? Could not tell: none of 1 check answered, 1 without anything to judge by"
        )
        cut_off = check(draw_diagnosis(diagnosis(verdict=Verdict.CUT_OFF, causes=(), findings=()), LABELS))
        assert "the bot stopped while it looked" in cut_off.text
        strange = diagnosis(causes=(), unexplained=("dashboard_ttl", "cached_content"))
        assert "Dashboard ttl and Cached content: at fault" in words(check(draw_diagnosis(strange, LABELS)))

    def test_what_is_dangerous_comes_last_and_more_than_five_go_into_a_menu(self) -> None:
        remedies = [Remedy(action=name, params={"n": n}) for n, name in enumerate(["restart", *["clear_cache"] * 4])]
        many = CAUSE.model_copy(update={"remedies": tuple(remedies)})
        card = check(draw_diagnosis(diagnosis(causes=(many,), next=("slow-api",)), LABELS, {"restart"}))
        shown = ["Clear cache (1)…", "Clear cache (2)…", "Look again", "Escalate…"]  # what they differ in
        assert buttons(card) == [*shown, "|", "Restart…", "Clear cache (3)…", "Clear cache (4)…", "Try slow-api"]
        elements = card.blocks[-1]["elements"]
        assert [one["value"] for one in elements[:2]] == ["01JD.1", "01JD.2"]
        assert elements[0]["action_id"] != elements[1]["action_id"]
        assert elements[-1]["options"][0]["value"] == "remedy 01JD.0"
        alone = CAUSE.model_copy(update={"remedies": tuple(remedies[:1])})
        last = check(draw_diagnosis(diagnosis(causes=(alone,)), LABELS, {"restart"})).blocks[-1]["elements"][-1]
        assert (last["text"]["text"], last["style"]) == ("Restart…", "danger")

    def test_without_record_nothing_can_be_changed(self) -> None:
        card = check(draw_diagnosis(diagnosis(recorded=False), LABELS))
        assert "Not recorded" in words(card)
        assert buttons(card) == ["Look again"]

    def test_how_a_fault_moves_is_said(self) -> None:
        moved = diagnosis(last_at=AT - timedelta(hours=1), trend=("Backlog: 1,400 waiting → 2,100 waiting",))
        assert "Backlog: 1,400 waiting → 2,100 waiting" in words(check(draw_diagnosis(moved, LABELS)))

    def test_what_changed_since_it_was_healthy_is_said_with_the_day(self) -> None:
        card = check(
            draw_diagnosis(diagnosis(healthy_at=AT - timedelta(days=2), changes=("TTL: 30 s → none",)), LABELS)
        )
        assert "TTL: 30 s → none" in words(card)
        assert "<!date^1763" not in words(card) and "2026-11-22 14:03:20 UTC>" in words(card)

    def test_details_are_guidance_and_evidence_and_long_tables_are_files(self) -> None:
        tables = (long_table(250), long_table(30))
        whole = diagnosis(findings=(finding("agents", Status.FAIL, "many", tables=tables, says="Too many."),))
        card = check(draw_details(whole))  # type: ignore[arg-type]  # it is not None, or check fails
        assert "Set the time to live where the key is written." in words(card)
        assert [file.name for file in card.attachments] == ["agents-1.csv", "agents-2.csv"]
        lines = str(card.attachments[0].content).splitlines()
        assert len(lines) == 251
        assert lines[1].split(",")[1] == "'=SUM(A1)"
        assert draw_details(diagnosis(causes=(), findings=FINDINGS[3:])) is None


class TestRequest:
    @pytest.mark.parametrize("state", State)
    def test_every_state_is_drawn(self, state: State) -> None:
        card = check(draw_request(request(state, state_reason="a reason of the bot")))
        assert "Clear cache" in card.text
        assert "customer sees numbers of this morning" in words(card)

    def test_pending_shows_the_effect_and_who_decides(self) -> None:
        card = check(draw_request(request()))
        assert card.blocks[0]["text"]["text"] == "Approval needed: Clear cache"
        assert "metrics:0:tenant-abc  no expiry  1.2 kB" in words(card)
        assert "*Needs 1 approval* by operator, tenant_admin or super_admin · approved so far by nobody" in words(card)
        expected = ["Approve", "Deny…", "Refresh preview", "Who decides?", "|", "Take back (asker)", "Show the trail"]
        assert buttons(card) == expected
        approve = card.blocks[-1]["elements"][0]
        assert (approve["action_id"], approve["value"], approve["style"]) == ("approve", "01JR", "primary")
        assert "confirm" not in approve
        risky = check(draw_request(request(), is_dangerous=True)).blocks[-1]["elements"][0]
        assert risky["confirm"]["text"]["text"] == "Removes 2 keys. It runs as soon as you approve."

    def test_a_large_effect_is_a_file(self) -> None:
        card = check(draw_request(request(preview=preview(4812))))
        assert "4,802 more lines, all in the file" in words(card)
        assert len(card.attachments[0].content.splitlines()) == 4813

    def test_done_says_whether_it_helped(self) -> None:
        assert draw_request(done(Helped.YES)).text.startswith("✔ Done, and it helped: 2 keys removed")
        once = words(draw_request(done(Helped.YES, state_reason="2 keys removed")))
        assert once.count("2 keys removed") == 1
        failed = check(draw_request(done(Helped.NO)))
        assert failed.text.startswith("▲ Done, but it did not help: 2 keys removed")
        assert buttons(failed) == ["Escalate…", "Show the trail"]
        assert "✖ fault: no expiry" in words(failed)
        unsure = check(draw_request(done(Helped.UNCLEAR)))
        assert unsure.text.startswith("? Done, but whether it helped could not be told")

    def test_what_failed_says_what_can_be_done_next(self) -> None:
        assert "Look again before you ask anew, or escalate." in words(draw_request(request(State.FAILED)))
        by_name = check(draw_request(request(State.FAILED, diagnosis="")))
        assert "or escalate: Backstop looks first" in words(by_name)
        escalate = next(one for one in by_name.blocks[-1]["elements"] if one["action_id"] == "escalate")
        assert escalate["value"] == "01JR"  # of the request, which gets its diagnosis then

    def test_undo_is_offered_while_it_can_be_undone(self) -> None:
        outcome = Outcome(says="role changed", undo={"role": "viewer"})
        card = check(draw_request(request(State.DONE, outcome=outcome, undo_until=AT)))
        assert "Undo…" in buttons(card) and "It can be undone until <!date^" in words(card)
        undone = request(State.DONE, outcome=outcome, undone_by="01JX")
        assert "Undo…" not in buttons(check(draw_request(undone)))

    def test_an_unknown_outcome_is_settled_by_people(self) -> None:
        card = check(draw_request(request(State.UNKNOWN, settlers=("operator", "super_admin"))))
        assert "*Who may say it:* operator or super_admin for tenant-abc; not Sam, who asked." in words(card)
        favoured = request(State.UNKNOWN, settlers=("operator",), beneficiary="vera@example.com")
        assert "not Sam, who asked, nor vera@example.com, whom it is about." in words(check(draw_request(favoured)))
        assert buttons(card) == ["It was done…", "It was not done…", "Escalate…", "Show the trail"]
        actions = ["settle_done", "settle_failed", "escalate", "trail"]
        assert [one["action_id"] for one in card.blocks[-1]["elements"]] == actions

    def test_who_decided_is_said_plainly(self) -> None:
        assert draw_request(request(State.APPROVED)).text.startswith("✔ Approved by Olga: Clear cache")
        assert draw_request(request(State.DENIED)).text.startswith("✖ Denied by Olga")
        assert "<@" not in words(draw_request(request(State.DENIED)))
        assert "30 min" in draw_request(request(State.EXPIRED)).text
        assert "needs a decision by operator" in check(draw_notice(request())).text


class TestFacts:
    def test_sentence(self) -> None:
        card = check(draw_fact(Sentence(text="No <b>.", tone="refusal", next=(("help", "x", "Help"),))))
        assert card.text == "✖ No &lt;b&gt;."
        assert buttons(card) == ["Help"]

    def test_help(self) -> None:
        entry = HelpEntry(usage="/backstop diagnose <runbook> [tenant=…]", says="Look into a problem.")
        card = check(draw_fact(Help(entries=(entry,) * 25, notes=("In threads, mention the bot.",))))
        assert "`/backstop diagnose &lt;runbook&gt; [tenant=…]`" in words(card)

    def test_runbooks(self) -> None:
        line = RunbookLine(
            name="stale-data", title="Old data", system="aiops", inputs=("tenant=…",), symptoms=("Old",),
            expected_minutes=10,
        )  # fmt: skip
        offers = check(draw_fact(RunbookList(words="old numbers", lines=(line, line.model_copy(update={"name": "b"})))))
        assert [one["value"] for one in offers.blocks[-1]["elements"]] == ["stale-data", "b"]
        whole = check(draw_fact(RunbookList(lines=(line,) * 60)))
        assert "What can be looked into: 60 runbooks" in words(whole)
        assert "`stale-data tenant=…`" in words(whole)

    def test_asking_is_exact_and_fits_a_modal(self) -> None:
        decision = Decision(
            verdict=Answer.APPROVALS, reason="Harmless.", rule="clear-cache", approvals=1, by=("operator",)
        )
        fact = Asking(
            label="Clear cache", says="Clears.", where="aiops · tenant-abc", preview=preview(30), decision=decision,
            deciders=("Olga", "Tom"),
        )  # fmt: skip
        reason = TextField(name="reason", label="Reason", multiline=True)
        view = check_modal(draw_form(Form(name="ask", title="Clear cache", submit="Ask", about=fact, fields=(reason,)),
                                     draw_fact(fact), {}))  # fmt: skip
        text = "\n".join(texts_of(view["blocks"]))
        assert "10 more lines" in text
        assert "*Needs 1 approval* by operator: Olga or Tom. Expires after 30 min." in text

    def test_trail(self) -> None:
        card = check(draw_fact(Trail(title="Request 01JR", rows=tuple(recorded(n) for n in range(80)), more=12)))
        assert "before=12" in words(card) and "All of it in aiops · tenant-abc" in words(card)
        assert len(card.attachments[0].content.splitlines()) == 81
        assert "Nothing is on record" in words(check(draw_fact(Trail(title="Trail", rows=()))))

    def test_why_and_listing(self) -> None:
        no = Decision(verdict=Answer.NO, reason="it is your own request", rule="clear-cache")
        why = check(draw_fact(Why(title="Clear cache", decision=no, roles=("viewer",), deciders=("Olga", "Tom"))))
        assert why.text == "✖ You may not: it is your own request"
        assert "Olga or Tom" in words(why)
        unread = Why(
            title="Clear cache", decision=no, roles=(), doubts=("the roles in S could not be read (it is away)",)
        )
        said = words(check(draw_fact(unread)))
        assert "The roles in S could not be read (it is away), so more may count" in said and "no role" not in said
        listing = check(draw_fact(Listing(says="250 keys", table=long_table(250))))
        assert listing.attachments[0].name == "list.csv"
        assert draw_fact(HomePage()).blocks

    def test_home(self) -> None:
        health = Health(system="aiops", title="AI agents", state="down", says="cache", at=AT)
        waiting = tuple(request(id=f"01J{number}") for number in range(12))
        page = HomePage(
            desk=DeskPage(waiting=waiting, mine=(done(Helped.NO),)), lately=(recorded(1),), systems=(health,)
        )
        text = "\n".join(texts_of(check_home(draw_home(page))["blocks"]))
        assert text.count("customer sees numbers of this morning") == 12
        assert "✖ down · cache · seen" in text
        check_home(draw_home(HomePage()))

    @pytest.mark.parametrize("state", EscalationState)
    def test_escalation(self, state: EscalationState) -> None:
        card = check(draw_escalation(escalation(state)))
        assert "database team" in card.text
        waiting = ["I take it", "Add note…", "Look again", "Resolve…", "|", "Hand over…", "Change severity…"]
        taken = ["Add note…", "Look again", "Hand over…", "Resolve…", "|", "Take over", "Change severity…"]
        pressable = {"open": waiting, "handed over": waiting, "acknowledged": taken}
        assert buttons(card) == pressable.get(state.value, ["Look again", "Add note…"])


class TestForms:
    def test_fields_carry_what_they_are_about(self) -> None:
        form = Form(
            name="diagnose", title="A title that is much longer than Slack", submit="Diagnose", memo="stale-data",
            fields=(
                SuggestField(name="tenant", label="Tenant", source="tenant", about="aiops", value="tenant-abc"),
                ChoiceField(name="system", label="System", options=(("a", "A"), ("b", "B")), value="b"),
                TextField(name="text", label="Text", value="so far", hint="A hint", optional=True, longest=9000),
            ),
        )  # fmt: skip
        view = check_modal(draw_form(form, None, {"channel": "C1"}))
        assert view["private_metadata"] == '{"memo":"stale-data","channel":"C1"}'
        assert [block["block_id"] for block in view["blocks"]] == ["tenant|aiops", "system", "text"]
        assert view["blocks"][0]["element"]["action_id"] == "tenant"
        assert len(view["title"]["text"]) <= 24
        with pytest.raises(ValueError, match="too long"):
            draw_form(form.model_copy(update={"memo": "x" * 3000}), None, {})

    def test_waiting_and_closing_take_tables_too(self) -> None:
        check_modal(draw_waiting("Clear cache"))
        check_modal(draw_closing("Trail", draw_fact(Trail(title="T", rows=(recorded(1),)))))
        check_modal(draw_closing("Diagnosis", draw_diagnosis(diagnosis(), LABELS)))


class TestNothingTypedIsMarkup:
    def test_in_any_card(self) -> None:
        bad = diagnosis(
            title=NASTY,
            findings=(finding("a", Status.FAIL, NASTY, expected=NASTY, says=NASTY, tables=(long_table(3),)),),
            causes=(CAUSE.model_copy(update={"title": NASTY, "says": NASTY, "guidance": NASTY}),), changes=(NASTY,),
            healthy_at=AT, left_out=(NASTY,), guidance=NASTY,
        )  # fmt: skip
        details = draw_details(bad)
        assert details is not None
        cards = [
            draw_diagnosis(bad, {"clear_cache": NASTY}), details,
            draw_request(request(reason=NASTY, ticket=NASTY, why=NASTY, label=NASTY)),
            draw_request(request(State.DENIED, state_reason=NASTY)),
            draw_escalation(escalation(symptom=NASTY, found=NASTY, tried=(NASTY,), affected=NASTY)),
            draw_fact(Sentence(text=NASTY)), draw_fact(Trail(title=NASTY, rows=(recorded(1, reason=NASTY),))),
            draw_fact(RunbookList(words=NASTY, lines=())),
        ]  # fmt: skip
        for card in cards[:-1]:
            check(card)
        for card in cards:
            marked = [part for block in card.blocks for part in _marked(block)]
            for text in (*marked, card.text):
                assert "<!channel" not in text and "<@" not in text and "<https" not in text
                assert "@here" not in text and "\u202e" not in text and "\x07" not in text


def _marked(part: object) -> list[str]:
    if isinstance(part, dict):
        inside = [text for value in part.values() for text in _marked(value)]
        return [*inside, str(part["text"])] if part.get("type") == "mrkdwn" else inside
    return [text for value in part for text in _marked(value)] if isinstance(part, list) else []
