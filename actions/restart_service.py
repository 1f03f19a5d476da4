"""Restarts one service of the system, and waits until it answers again."""

from datetime import timedelta

from bot.access.readers import Look
from bot.access.writers import Change
from bot.errors import ActionFailed, BackstopError
from bot.model.commands import Service
from bot.model.policy import Scope
from bot.model.request import Item, Outcome, Preview
from bot.registry import Params, ServiceName, action

_BEFORE, _AFTER = "as it is", "restarted"
_PAUSE = timedelta(seconds=1)


@action(
    label="Restart service",
    source="zenamanage, Database connection errors, Cache not working, WebSocket not connecting, System Down",
    about=("service",),
    scope=Scope.SYSTEM,
    unit="service",
    danger=True,
    asks={"service": "Which service"},
    limit=timedelta(seconds=120),
)
class RestartService(Params):
    """Restarts a database, cache, web or other server of the system; who uses it is cut off for a moment."""

    service: ServiceName

    @classmethod
    async def choices(cls, look: Look) -> dict[str, tuple[tuple[str, str], ...]]:
        """The services of the system's file."""
        return {"service": tuple((name, one.title) for name, one in look.system.services.items())}

    async def preview(self, look: Look) -> Preview:
        """Says whether it answers now, and what people feel."""
        service = look.service(self.service)
        return Preview(
            says=f"Restarts 1 service: {service.title}",
            items=(Item(name=self.service, before=_BEFORE, after=_AFTER),),
            circumstances={
                self.service: {
                    "now": await _state(look, service),
                    "runs": " ".join(look.command(service.restart).run),
                }
            },
            notes=(service.says,) if service.says else (),
            at=look.now(),
        )

    async def apply(self, change: Change) -> Outcome:
        """Restarts it, and looks until it answers."""
        approved = Item(name=self.service, before=_BEFORE, after=_AFTER)
        if approved not in change.items:
            raise ActionFailed("Nothing was changed: another service was approved.")
        look, service = change.look, change.look.service(self.service)
        await change.run(service.restart)
        if not service.check:
            return Outcome(
                says=f"{service.title} was restarted; whether it answers is not looked at", changed=(approved,)
            )
        waited, says = timedelta(), ""
        while waited <= service.up_within:
            try:
                says = await look.answers(service.check)
            except BackstopError as problem:
                says = problem.sentence
            else:
                return Outcome(says=f"{service.title} was restarted, and {says}", changed=(approved,))
            await look.sleep(_PAUSE)
            waited += _PAUSE
        raise ActionFailed(f"{service.title} was restarted, and is not up again: {says}")


async def _state(look: Look, service: Service) -> str:
    if not service.check:
        return "not looked at"
    try:
        return await look.answers(service.check)
    except BackstopError as problem:
        return problem.sentence
