"""Who is in the demo workspace, in which channels, in which user groups."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoPerson:
    """Somebody of the demo; their user id is `U0` and their name in capitals."""

    name: str
    real_name: str
    title: str
    color: str

    @property
    def id(self) -> str:
        """The Slack user id."""
        return f"U0{self.name.upper()}"

    @property
    def email(self) -> str:
        """The address by which systems know them."""
        return f"{self.name}@example.com"


@dataclass(frozen=True)
class DemoChannel:
    """A channel of the demo; `members` are names of people, `has_bot` says whether the app was invited."""

    name: str
    topic: str
    members: tuple[str, ...]
    has_bot: bool = True


PEOPLE = (
    DemoPerson("sam", "Sam Rivera", "Support", "2b6cb0"),
    DemoPerson("dana", "Dana Okafor", "Developer; operator of ZenaManage", "2f855a"),
    DemoPerson("olga", "Olga Lindt", "Operator", "b7791f"),
    DemoPerson("tom", "Tom Haddad", "Tenant admin of tenant-abc; super admin of ZenaManage", "9b2c2c"),
    DemoPerson("ada", "Ada Moreau", "Super admin", "6b46c1"),
    DemoPerson("rosa", "Rosa Keller", "Super admin; viewer of ZenaManage", "b83280"),
    DemoPerson("oscar", "Oscar Blom", "No role", "4a5568"),
)

EVERYBODY = tuple(person.name for person in PEOPLE)

CHANNELS = (
    DemoChannel("backend-support", "Something is broken? Ask here.", EVERYBODY),
    DemoChannel("database-support", "Escalations to the database team", ("olga", "ada", "dana")),
    DemoChannel("security", "Escalations that touch security", ("ada", "olga")),
    DemoChannel("random", "Everything else", EVERYBODY, has_bot=False),
)

GROUPS = {"backend-oncall": ("olga", "ada")}
