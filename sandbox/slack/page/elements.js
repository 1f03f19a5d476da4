// The interactive elements of Block Kit: which function draws which.
import { checkboxes, radioButtons } from "./choices.js";
import { el } from "./dom.js";
import { fileInput } from "./fileinput.js";
import { icon } from "./icons.js";
import { dateInput, textInput } from "./inputs.js";
import { menuButton } from "./menu.js";
import { plain, textObject } from "./mrkdwn.js";
import { press } from "./press.js";
import { select } from "./selects.js";

function button(spec, place) {
  const words = textObject(spec.text);
  const props = { class: `button ${spec.style ?? ""}`, "aria-label": spec.accessibility_label, data: { action: spec.action_id ?? "" } };
  const detail = spec.value === undefined ? {} : { value: spec.value };
  if (spec.url && /^https?:/i.test(spec.url)) {
    const anchor = el("a", { ...props, href: spec.url, target: "_blank", rel: "noopener noreferrer" }, words);
    anchor.addEventListener("click", () => press({ ...spec, confirm: null }, place, anchor, detail));
    return anchor;
  }
  const node = el("button", { ...props, type: "button" }, words);
  node.addEventListener("click", () => press(spec, place, node, detail));
  return node;
}

function overflow(spec, place) {
  const items = () => spec.options.map((option) => ({
    label: plain(option.text.text),
    description: option.description?.text,
    href: option.url && /^https?:/i.test(option.url) ? option.url : undefined,
    target: "_blank",
    onChoose: () => press(spec, place, node, { selected: option }),
  }));
  const node = menuButton({ class: "button overflow", "aria-label": "More choices", title: "More choices", data: { action: spec.action_id ?? "" } },
    items, { label: "More choices", side: "end" }, icon("more"));
  return node;
}

const DRAWERS = {
  button,
  overflow,
  static_select: select,
  external_select: select,
  users_select: select,
  channels_select: select,
  multi_static_select: select,
  multi_external_select: select,
  multi_users_select: select,
  plain_text_input: textInput,
  number_input: textInput,
  email_text_input: textInput,
  url_text_input: textInput,
  datepicker: dateInput,
  timepicker: dateInput,
  datetimepicker: dateInput,
  radio_buttons: radioButtons,
  checkboxes,
  file_input: fileInput,
};

/**
 * Draws an element. `place`: {blockId, surface, values, dispatches (a change is sent at once), labelId, errorId, isOptional}.
 * Pictures are named, not fetched: nothing is loaded from elsewhere.
 */
export function element(spec, place) {
  if (spec.type === "image") return el("span", { class: "picture", title: spec.image_url }, spec.alt_text || "picture");
  const draw = Object.hasOwn(DRAWERS, spec.type) ? DRAWERS[spec.type] : null;
  return draw ? draw(spec, place) : el("span", { class: "unsupported" }, `The local workspace does not draw “${spec.type}”.`);
}
