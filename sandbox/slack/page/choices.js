// Radio buttons and checkboxes.
import { el, freshId } from "./dom.js";
import { textObject } from "./mrkdwn.js";
import { press } from "./press.js";
import { contentOf, initialState } from "./values.js";

function choices(spec, place, kind) {
  const isMany = kind === "checkbox";
  const name = freshId(kind);
  const state = place.values.get(place.blockId, spec.action_id, spec.type) ?? initialState(spec);
  place.values.set(place.blockId, spec.action_id, state);
  const chosen = new Set([contentOf(state)].flat().map((option) => option?.value));
  const group = el("div", { class: "choices", role: isMany ? "group" : "radiogroup", "aria-labelledby": place.labelId, "aria-describedby": place.errorId, data: { action: spec.action_id ?? "" } });
  const changed = () => {
    const ticked = [...group.querySelectorAll("input:checked")].map((input) => spec.options[Number(input.dataset.index)]);
    const next = isMany ? { type: spec.type, selected_options: ticked } : { type: spec.type, selected_option: ticked[0] ?? null };
    place.values.set(place.blockId, spec.action_id, next);
    if (place.dispatches) press(spec, place, group, { selected: contentOf(next) });
  };
  group.append(...spec.options.map((option, index) => {
    const input = el("input", { type: kind, name, data: { index: String(index) }, checked: chosen.has(option.value), on: { change: changed } });
    return el("label", { class: "choice" }, input, el("span", {},
      el("span", { class: "choice-label" }, textObject(option.text)),
      option.description ? el("span", { class: "choice-description" }, textObject(option.description)) : null));
  }));
  return group;
}

/** Draws `radio_buttons`. */
export const radioButtons = (spec, place) => choices(spec, place, "radio");

/** Draws `checkboxes`. */
export const checkboxes = (spec, place) => choices(spec, place, "checkbox");
