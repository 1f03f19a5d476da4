"""Carries out one delivery: who is it, what does the handler say, and what is to happen then."""

import json
from collections.abc import Callable

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot import metrics
from bot.errors import BackstopError, NotAPerson, Refused, Stale
from bot.model.facts import HomePage, Sentence
from bot.model.people import Directory, Person
from bot.model.talk import Answer, Answers, Ask, Form, Kind, Place, Show, SubjectKind, Tell
from bot.registry import Handler
from bot.slack import limits
from bot.slack.blocks import Press, actions, section
from bot.slack.calling import call
from bot.slack.cards.fact import draw_fact
from bot.slack.cards.home import draw_empty_home
from bot.slack.cards.sentence import draw_sentence
from bot.slack.heard import Heard
from bot.slack.homes import Homes
from bot.slack.modal import Modal
from bot.slack.needs import Services
from bot.slack.paper import Message
from bot.slack.post import Poster
from bot.slack.repeats import Repeats
from bot.slack.reply import Reply
from bot.slack.telling import Teller
from bot.slack.text import Markup, mark

log = structlog.get_logger()

OPEN_FORM = "open_form"  # the button that a form is reached by where no modal can be opened
_SHOWN = {
    SubjectKind.DIAGNOSIS: "The diagnosis has begun; its card is in the channel.",
    SubjectKind.REQUEST: "The card is in the thread.",
    SubjectKind.ESCALATION: "The card is in the channel of those who take over.",
    SubjectKind.BUNDLE: "The evidence is in the thread.",
    SubjectKind.WATCH: "It is in the channel where the watch posts.",
}


class Serving:
    """Stands between the door and the handlers. `new_incident` gives the short ids of what went wrong."""

    def __init__(
        self, client: AsyncWebClient, bot: Services, directory: Directory, poster: Poster, repeats: Repeats,
        new_incident: Callable[[], str],
    ) -> None:  # fmt: skip
        self._client, self._bot, self._directory, self._poster = client, bot, directory, poster
        self._repeats, self._new_incident = repeats, new_incident
        self.teller, self.homes = Teller(poster.sender), Homes(client, bot, directory)

    async def serve(self, heard: Heard, handler: Handler, reply: Reply | None = None) -> None:
        """Does what was asked, and says so; whatever goes wrong is told to the person, in one sentence.

        `reply` is the acknowledgement of a form, as long as Slack waits for it.
        """
        with structlog.contextvars.bound_contextvars(delivery=heard.delivery, handler=heard.name, user=heard.user):
            metrics.deliveries_waiting.inc()
            try:
                outcome = await self._serve(heard, handler, Modal(self._client, heard, reply))
            finally:
                if reply is not None:
                    reply.take()  # what is not answered is closed, such as a form that was delivered twice
                metrics.deliveries_waiting.dec()
            metrics.deliveries.labels(heard.kind.value, outcome).inc()
            log.info("door.served", kind=heard.kind.value, outcome=outcome)

    async def _serve(self, heard: Heard, handler: Handler, modal: Modal) -> str:
        person = Person(id=heard.user, name=heard.user)  # as long as no more is known
        try:
            if handler.opens_form or heard.opens_form or (heard.modal and heard.kind is Kind.PRESS):
                await modal.open_waiting(_title(handler))
            if not await self._repeats.is_new(heard.delivery):
                return "repeated"
            person = await self._directory.person(heard.user)
            answers = await handler.call(self._bot, heard.call(person))
            await self._answer(heard, modal, answers)
            if heard.is_home and heard.kind is not Kind.HOME and not isinstance(answers, Ask | HomePage):
                await self._publish_home(heard, person)
        except Exception as error:  # the last place where the person can still be told
            if isinstance(error, Refused | Stale) and not error.is_recorded:
                await self._note_refusal(heard, handler, person, error)
            await self._tell_error(heard, modal, error)
            return "refused" if isinstance(error, BackstopError) else "failed"
        return "done"

    async def _answer(self, heard: Heard, modal: Modal, answers: Answers | HomePage) -> None:
        if isinstance(answers, HomePage):
            await self.homes.show(heard.user, answers)
            return
        some: tuple[Answer, ...] = answers if isinstance(answers, tuple) else (answers,) if answers else ()
        said: list[Message] = []
        link = ""
        for answer in some:
            match answer:
                case Show():
                    link = await self._show(heard, answer) or link
                case Tell(fact=fact, openly=True):
                    await self.teller.openly(heard, draw_fact(fact))
                case Tell(fact=fact):
                    said.append(draw_fact(fact))
                case Ask():
                    pass  # after everything else, so that the form stays on top
        # Who asks to be shown something must see where it is; who asked for something else is told that it is done.
        if link and (heard.kind in {Kind.COMMAND, Kind.MENTION} or not said):
            said.append(_already_there(link))
        asked = next((answer.form for answer in some if isinstance(answer, Ask)), None)
        if asked is not None:
            if not await modal.ask(asked):
                await self._offer_form(heard, asked)
        else:
            said = await _ended(heard, modal, some, said)
        for message in said:
            await self.teller.privately(heard, message)

    async def _show(self, heard: Heard, show: Show) -> str:
        # A direct message is the person's own place: what was sent to them there already is found by the person.
        here = heard.place if heard.place.channel and not heard.place.channel.startswith("D") else None
        place = show.place or here
        person = heard.user if place is None else ""
        return await self._poster.show(show.subject, place, thread_of=show.thread_of, person=person)

    async def _offer_form(self, heard: Heard, form: Form) -> None:
        """Without a trigger no modal can be opened: a button gives one, and the same words are understood again."""
        again = json.dumps({"command": heard.name, "text": heard.text}, separators=(",", ":"))
        if heard.kind not in {Kind.COMMAND, Kind.MENTION} or len(again) > limits.BUTTON_VALUE:
            text = (
                "Slack did not open the form in time; press again." if heard.trigger else "This needs a form; say less."
            )
            await self.teller.privately(heard, draw_sentence(Sentence(text=text)))
            return
        text = mark("*{title}*: some things are still missing.", title=form.title)
        buttons = actions("form", [Press(OPEN_FORM, again, "Fill in…", "primary")])
        await self.teller.privately(heard, Message(text, [section(text), *([buttons] if buttons else [])]))

    async def _publish_home(self, heard: Heard, person: Person) -> None:
        handler = self._bot.registry.handlers.get(("home", "home"))
        if handler is not None:
            opened = Heard(Kind.HOME, "home", heard.user, Place(channel=""), heard.delivery, is_home=True).call(person)
            page = await handler.call(self._bot, opened)
            await self.homes.show(heard.user, page)

    async def _tell_error(self, heard: Heard, modal: Modal, error: Exception) -> None:
        if isinstance(error, BackstopError):
            sentence = error.sentence
            log.info("door.answered_no", kind=type(error).__name__)
        else:
            incident = self._new_incident()
            log.error("door.failed", incident=incident, exc_info=error)
            sentence = f"Something went wrong here, and it is in the log as {incident}; tell those who run this bot."
        message = draw_sentence(Sentence(text=sentence, tone="refusal"))
        try:
            if heard.kind is Kind.HOME:
                await call(self._client.views_publish(user_id=heard.user, view=draw_empty_home(message.text)))
            elif not await modal.say(message):
                await self.teller.privately(heard, message)
        except BackstopError as failure:
            log.warning("door.could_not_tell", exc_info=failure)

    async def _note_refusal(self, heard: Heard, handler: Handler, person: Person, refusal: Refused | Stale) -> None:
        if isinstance(refusal, NotAPerson) and refusal.name and person.name == heard.user:
            person = person.model_copy(update={"name": refusal.name})
        try:
            await self._bot.note_refusal(person, f"{handler.kind} {handler.name}", refusal.sentence, heard.place)
        except BackstopError as error:
            log.warning("door.refusal_not_recorded", sentence=error.sentence)


def _title(handler: Handler) -> str:
    """Of the modal that waits; a command is said again by a button that opens its form."""
    return handler.opens_form or (handler.name.capitalize() if handler.kind == "command" else "Backstop")


async def _ended(heard: Heard, modal: Modal, answers: tuple[Answer, ...], said: list[Message]) -> list[Message]:
    """Closes the modal, or says in it what is to be said; returns what is still to be told elsewhere."""
    if not modal.is_open:
        return said
    if _is_seen(heard, answers) and modal.close():
        # Whoever works in a direct message, or in App Home, sees it there: it is drawn again.
        return [] if heard.is_home or heard.place.channel.startswith("D") else said
    first, *rest = said or [_closing(answers)]
    return rest if await modal.say(first) else [first, *rest]


def _is_seen(heard: Heard, answers: tuple[Answer, ...]) -> bool:
    """Whether what came of a form is seen where the person is, so that nothing but a word about it has to be said."""
    told = [answer.fact for answer in answers if isinstance(answer, Tell) and not answer.openly]
    is_shown = any(isinstance(answer, Show) for answer in answers)
    if heard.is_home and is_shown:
        return False  # what is shown is elsewhere
    return bool(answers) and all(isinstance(fact, Sentence) and fact.tone == "good" for fact in told)


def _closing(answers: tuple[Answer, ...]) -> Message:
    shown = next((answer.subject.kind for answer in answers if isinstance(answer, Show)), None)
    openly = any(isinstance(answer, Tell) for answer in answers)
    text = _SHOWN[shown] if shown else "Done; everybody in the thread sees it." if openly else "Done."
    return draw_sentence(Sentence(text=text, tone="good"))


def _already_there(link: str) -> Message:
    text = Markup(f"This is shown here already: <{link}|look at it>.")
    return Message(text, [section(text)])


def busy() -> Markup:
    """What is said when there is too much to do."""
    return Markup("Too much is going on right now; nothing was done. Try again in a moment.")
