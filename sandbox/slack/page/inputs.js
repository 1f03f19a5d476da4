// Text, number and date inputs.
import { el } from "./dom.js";
import { press } from "./press.js";
import { contentOf, initialState } from "./values.js";

const KINDS = { number_input: "number", email_text_input: "email", url_text_input: "url", datepicker: "date", timepicker: "time", datetimepicker: "datetime-local" };
const STATE_KEYS = { datepicker: "selected_date", timepicker: "selected_time", datetimepicker: "selected_date_time" };

function remembered(spec, place) {
  const state = place.values.get(place.blockId, spec.action_id, spec.type) ?? initialState(spec);
  place.values.set(place.blockId, spec.action_id, state);
  return contentOf(state);
}

const naming = (spec, place) => ({
  class: "text-input", "aria-labelledby": place.labelId, "aria-describedby": place.errorId, data: { action: spec.action_id ?? "" },
  "aria-label": place.labelId ? null : spec.placeholder?.text ?? "Input", "aria-required": place.labelId && !place.isOptional ? "true" : null,
});

/** Draws `plain_text_input`, `number_input`, `email_text_input` and `url_text_input`. */
export function textInput(spec, place) {
  const isLong = spec.type === "plain_text_input" && spec.multiline;
  const node = el(isLong ? "textarea" : "input", {
    ...naming(spec, place),
    type: isLong ? null : KINDS[spec.type] ?? "text",
    rows: isLong ? 4 : null,
    placeholder: spec.placeholder?.text,
    maxlength: spec.max_length,
    min: spec.min_value,
    max: spec.max_value,
    step: spec.type === "number_input" && spec.is_decimal_allowed ? "any" : null,
    autocomplete: "off",
  });
  node.value = remembered(spec, place) ?? "";
  const on = spec.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const tell = () => press(spec, place, node, { value: node.value });
  node.addEventListener("input", () => {
    place.values.set(place.blockId, spec.action_id, { type: spec.type, value: node.value === "" ? null : node.value });
    if (place.dispatches && on.includes("on_character_entered")) tell();
  });
  node.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !isLong && place.dispatches && on.includes("on_enter_pressed")) {
      event.preventDefault();
      event.stopPropagation();
      tell();
    }
  });
  return node;
}

function localMoment(epoch) {
  const day = new Date(epoch * 1000);
  return new Date(day.getTime() - day.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Draws `datepicker`, `timepicker` and `datetimepicker`. */
export function dateInput(spec, place) {
  const isMoment = spec.type === "datetimepicker";
  const node = el("input", { ...naming(spec, place), type: KINDS[spec.type] });
  node.classList.add("date-input");
  const current = remembered(spec, place);
  node.value = current === null ? "" : isMoment ? localMoment(current) : current;
  node.addEventListener("change", () => {
    const chosen = node.value === "" ? null : isMoment ? Math.floor(new Date(node.value).getTime() / 1000) : node.value;
    place.values.set(place.blockId, spec.action_id, { type: spec.type, [STATE_KEYS[spec.type]]: chosen });
    if (place.dispatches) press(spec, place, node, { selected: chosen });
  });
  return node;
}

