"""Every limit of Slack's blocks and views in one place: what is allowed where, and how long, how many.

Only the blocks and elements that this product has decided to use are known here; all others are refused.
"""

from sandbox.slack.rules import Anything, Flag, Items, Number, OneOf, Rule, Shape, Text

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
VIEW_BYTES = 250_000
VIEW_STACK = 3
MESSAGE_TEXT_CUT_AT = 40_000
UPDATE_TEXT = 4_000
BLOCK_CHARACTERS = 13_000
TABLE_CHARACTERS = 10_000
TABLES = 1

ID = Text(255)
VALUE = Text(2000)
URL = Text(3000, pattern=r"(https?|mailto|slack):\S+")
DATE = Text(pattern=r"\d{4}-\d{2}-\d{2}")


def plain(longest: int, shortest: int = 1) -> Rule:
    """A text object without markup."""
    return OneOf({"plain_text": Shape({"text": Text(longest, shortest), "emoji": Flag()}, ["text"])})


def text(longest: int) -> Rule:
    """A text object with or without markup."""
    return OneOf(
        {
            "plain_text": Shape({"text": Text(longest), "emoji": Flag()}, ["text"]),
            "mrkdwn": Shape({"text": Text(longest), "verbatim": Flag()}, ["text"]),
        }
    )


CONFIRM = Shape(
    {
        "title": plain(100),
        "text": text(300),
        "confirm": plain(30),
        "deny": plain(30),
        "style": Text(choices=("primary", "danger")),
    },
    ["title", "text", "confirm", "deny"],
)
DISPATCH = Shape(
    {"trigger_actions_on": Items(Text(choices=("on_enter_pressed", "on_character_entered")), 2)},
    ["trigger_actions_on"],
)

OPTION = Shape({"text": plain(75), "value": Text(150), "description": plain(75)}, ["text", "value"])
MARKED_OPTION = Shape({"text": text(75), "value": Text(150), "description": text(75)}, ["text", "value"])
OVERFLOW_OPTION = Shape(
    {"text": plain(75), "value": Text(150), "description": plain(75), "url": URL}, ["text", "value"]
)
OPTIONS = Items(OPTION, 100)
OPTION_GROUPS = Items(Shape({"label": plain(75), "options": OPTIONS}, ["label", "options"]), 100)
SUGGESTIONS = Shape(
    {"options": Items(OPTION, 100, 0), "option_groups": Items(Shape({"label": plain(75), "options": OPTIONS}), 100, 0)},
    either=["options", "option_groups"],
)

SELECT = {"action_id": ID, "placeholder": plain(150), "confirm": CONFIRM, "focus_on_load": Flag()}
TYPED = {
    "action_id": ID,
    "placeholder": plain(150),
    "focus_on_load": Flag(),
    "dispatch_action_config": DISPATCH,
}

BUTTON = Shape(
    {
        "action_id": ID,
        "text": plain(75),
        "value": VALUE,
        "url": URL,
        "style": Text(choices=("primary", "danger")),
        "confirm": CONFIRM,
        "accessibility_label": Text(75),
    },
    ["text"],
)
OVERFLOW = Shape({"action_id": ID, "options": Items(OVERFLOW_OPTION, 5), "confirm": CONFIRM}, ["options"])
STATIC_SELECT = Shape(
    {**SELECT, "options": OPTIONS, "option_groups": OPTION_GROUPS, "initial_option": OPTION},
    either=["options", "option_groups"],
)
MULTI_STATIC_SELECT = Shape(
    {
        **SELECT,
        "options": OPTIONS,
        "option_groups": OPTION_GROUPS,
        "initial_options": Items(OPTION, 100),
        "max_selected_items": Number(1),
    },
    either=["options", "option_groups"],
)
EXTERNAL_SELECT = Shape({**SELECT, "initial_option": OPTION, "min_query_length": Number(0)})
USERS_SELECT = Shape({**SELECT, "initial_user": Text(pattern=r"[UW][A-Z0-9]+")})
RADIO_BUTTONS = Shape(
    {
        "action_id": ID,
        "options": Items(MARKED_OPTION, 10),
        "initial_option": MARKED_OPTION,
        "confirm": CONFIRM,
        "focus_on_load": Flag(),
    },
    ["options"],
)
CHECKBOXES = Shape(
    {
        "action_id": ID,
        "options": Items(MARKED_OPTION, 10),
        "initial_options": Items(MARKED_OPTION, 10),
        "confirm": CONFIRM,
        "focus_on_load": Flag(),
    },
    ["options"],
)
DATEPICKER = Shape({**SELECT, "initial_date": DATE})
DATETIMEPICKER = Shape(
    {
        "action_id": ID,
        "initial_date_time": Number(1_000_000_000, 9_999_999_999),
        "confirm": CONFIRM,
        "focus_on_load": Flag(),
    }
)
PLAIN_TEXT_INPUT = Shape(
    {
        **TYPED,
        "initial_value": Text(3000, 0),
        "multiline": Flag(),
        "min_length": Number(0, 3000),
        "max_length": Number(1, 3000),
    }
)
NUMBER_INPUT = Shape(
    {**TYPED, "is_decimal_allowed": Flag(), "initial_value": Text(), "min_value": Text(), "max_value": Text()},
    ["is_decimal_allowed"],
)
EMAIL_TEXT_INPUT = Shape({**TYPED, "initial_value": Text()})
FILE_INPUT = Shape({"action_id": ID, "filetypes": Items(Text(), 100), "max_files": Number(1, 10)})

CHOOSERS: dict[str, Rule] = {
    "static_select": STATIC_SELECT,
    "external_select": EXTERNAL_SELECT,
    "multi_static_select": MULTI_STATIC_SELECT,
    "users_select": USERS_SELECT,
    "radio_buttons": RADIO_BUTTONS,
    "checkboxes": CHECKBOXES,
    "datepicker": DATEPICKER,
}
PRESSABLE: dict[str, Rule] = {"button": BUTTON, "overflow": OVERFLOW}
# Slack takes a multi-select beside a section, but not among actions.
IN_ACTIONS: dict[str, Rule] = {
    **{kind: rule for kind, rule in CHOOSERS.items() if not kind.startswith("multi_")},
    **PRESSABLE,
    "datetimepicker": DATETIMEPICKER,
}
IN_SECTIONS: dict[str, Rule] = {**CHOOSERS, **PRESSABLE}
IN_INPUTS: dict[str, Rule] = {
    **CHOOSERS,
    "datetimepicker": DATETIMEPICKER,
    "plain_text_input": PLAIN_TEXT_INPUT,
    "number_input": NUMBER_INPUT,
    "email_text_input": EMAIL_TEXT_INPUT,
}

STYLE = Shape({"bold": Flag(), "italic": Flag(), "strike": Flag(), "code": Flag(), "underline": Flag()})
INLINE = OneOf(
    {
        "text": Shape({"text": Text(), "style": STYLE}, ["text"]),
        "link": Shape({"url": URL, "text": Text(), "unsafe": Flag(), "style": STYLE}, ["url"]),
        "emoji": Shape({"name": Text(), "unicode": Text(), "style": STYLE}, ["name"]),
        "user": Shape({"user_id": Text(), "style": STYLE}, ["user_id"]),
        "usergroup": Shape({"usergroup_id": Text(), "style": STYLE}, ["usergroup_id"]),
        "channel": Shape({"channel_id": Text(), "style": STYLE}, ["channel_id"]),
        "broadcast": Shape({"range": Text(choices=("here", "channel", "everyone")), "style": STYLE}, ["range"]),
        "color": Shape({"value": Text(pattern=r"#[0-9A-Fa-f]{6}"), "style": STYLE}, ["value"]),
        "date": Shape(
            {"timestamp": Number(1), "format": Text(), "url": URL, "fallback": Text(), "style": STYLE},
            ["timestamp", "format"],
        ),
    }
)
RICH_SECTION = Shape({"elements": Items(INLINE, 1000, 0)}, ["elements"])
BORDER = Number(0, 1)
RICH_PARTS: dict[str, Rule] = {
    "rich_text_section": RICH_SECTION,
    "rich_text_preformatted": Shape({"elements": Items(INLINE, 1000, 0), "border": BORDER}, ["elements"]),
    "rich_text_quote": Shape({"elements": Items(INLINE, 1000, 0), "border": BORDER}, ["elements"]),
    "rich_text_list": Shape(
        {
            "elements": Items(OneOf({"rich_text_section": RICH_SECTION}), 1000, 0),
            "style": Text(choices=("bullet", "ordered")),
            "indent": Number(0, 8),
            "offset": Number(0),
            "border": BORDER,
        },
        ["elements", "style"],
    ),
}
RICH_TEXT = Shape({"block_id": ID, "elements": Items(OneOf(RICH_PARTS, "element type"), 1000, 0)}, ["elements"])
CELL = OneOf(
    {
        "raw_text": Shape({"text": Text()}, ["text"]),
        "rich_text": Shape({"elements": Items(OneOf(RICH_PARTS, "element type"), 1000)}, ["elements"]),
    },
    "cell type",
)
COLUMN = Shape({"align": Text(choices=("left", "center", "right")), "is_wrapped": Flag()})

EVERYWHERE: dict[str, Rule] = {
    "header": Shape({"block_id": ID, "text": plain(150)}, ["text"]),
    "divider": Shape({"block_id": ID}),
    "section": Shape(
        {
            "block_id": ID,
            "text": text(3000),
            "fields": Items(text(2000), 10),
            "accessory": OneOf(IN_SECTIONS, "accessory"),
            "expand": Flag(),
        },
        either=["text", "fields"],
    ),
    "context": Shape({"block_id": ID, "elements": Items(text(3000), 10)}, ["elements"]),
    "actions": Shape({"block_id": ID, "elements": Items(OneOf(IN_ACTIONS, "element"), 25)}, ["elements"]),
    "rich_text": RICH_TEXT,
}


def input_block(elements: dict[str, Rule]) -> Rule:
    """An input block that takes these elements."""
    return Shape(
        {
            "block_id": ID,
            "label": plain(2000),
            "element": OneOf(elements, "element"),
            "hint": plain(2000),
            "optional": Flag(),
            "dispatch_action": Flag(),
        },
        ["label", "element"],
    )


IN_MESSAGES = OneOf(
    {
        **EVERYWHERE,
        "input": input_block(IN_INPUTS),
        "table": Shape(
            {"block_id": ID, "rows": Items(Items(CELL, 20), 100), "column_settings": Items(COLUMN, 20, 0)}, ["rows"]
        ),
    }
)
IN_MODALS = OneOf({**EVERYWHERE, "input": input_block({**IN_INPUTS, "file_input": FILE_INPUT})})
IN_HOMES = OneOf({**EVERYWHERE, "input": input_block(IN_INPUTS)})

MODAL = Shape(
    {
        "title": plain(24),
        "blocks": Items(IN_MODALS, VIEW_BLOCKS, 0),
        "close": plain(24),
        "submit": plain(24),
        "private_metadata": Text(3000, 0),
        "callback_id": Text(255, 0),
        "external_id": Text(255, 0),
        "clear_on_close": Flag(),
        "notify_on_close": Flag(),
        "submit_disabled": Flag(),
    },
    ["title", "blocks"],
)
HOME = Shape(
    {
        "blocks": Items(IN_HOMES, VIEW_BLOCKS, 0),
        "private_metadata": Text(3000, 0),
        "callback_id": Text(255, 0),
        "external_id": Text(255, 0),
    },
    ["blocks"],
)
METADATA = Shape({"event_type": Text(255), "event_payload": Anything()}, ["event_type", "event_payload"])
