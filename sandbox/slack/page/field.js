// The input block: label, hint, element, and the error beside it.
import { el, freshId } from "./dom.js";
import { element } from "./elements.js";
import { textObject } from "./mrkdwn.js";
import { isEmpty } from "./values.js";

/** Draws an input block. */
export function inputBlock(block, place) {
  const labelId = freshId("label");
  const errorId = freshId("error");
  const inside = element(block.element, { ...place, labelId, errorId, isOptional: Boolean(block.optional), dispatches: Boolean(block.dispatch_action) });
  const label = el("div", { class: "field-label", id: labelId }, textObject(block.label), block.optional ? el("span", { class: "optional" }, " (optional)") : null);
  label.addEventListener("click", () => inside.querySelector("input, textarea")?.focus() ?? inside.focus());
  return el("div", { class: "block field", data: { block: place.blockId } },
    label,
    inside,
    el("p", { class: "field-error", id: errorId, role: "alert" }),
    block.hint ? el("p", { class: "field-hint" }, textObject(block.hint)) : null);
}

/** Shows `errors` ({block_id: sentence}) beside their fields and goes to the first; returns those that have no field. */
export function showErrors(root, errors) {
  const missing = { ...errors };
  let first = null;
  for (const field of root.querySelectorAll(".field")) {
    const message = errors[field.dataset.block] ?? "";
    delete missing[field.dataset.block];
    field.querySelector(".field-error").textContent = message;
    field.classList.toggle("wrong", message !== "");
    const control = field.querySelector("input, textarea, [role=radiogroup], [role=group]");
    if (message) control?.setAttribute("aria-invalid", "true");
    else control?.removeAttribute("aria-invalid");
    if (message && !first) first = field.querySelector("input, textarea");
  }
  first?.focus();
  return missing;
}

function problemOf(block, state) {
  const spec = block.element;
  if (!state || isEmpty(state)) return block.optional ? null : "Please fill this in.";
  const text = typeof state.value === "string" ? state.value : "";
  if (spec.min_length && text.length < spec.min_length) return `Please write at least ${spec.min_length} characters.`;
  if (spec.max_length && text.length > spec.max_length) return `Please write at most ${spec.max_length} characters.`;
  if (spec.type === "email_text_input" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)) return "This is not an e-mail address.";
  if (spec.type === "number_input") {
    const number = Number(text);
    if (!Number.isFinite(number) || (!spec.is_decimal_allowed && !Number.isInteger(number))) return spec.is_decimal_allowed ? "This is not a number." : "This is not a whole number.";
    if (spec.min_value !== undefined && number < Number(spec.min_value)) return `Please give ${spec.min_value} or more.`;
    if (spec.max_value !== undefined && number > Number(spec.max_value)) return `Please give ${spec.max_value} or less.`;
  }
  return null;
}

/** What Slack's own client refuses before it sends a view: {block_id: sentence}. */
export function checkFields(blocks, values) {
  const errors = {};
  (blocks ?? []).forEach((block, index) => {
    if (block.type !== "input") return;
    const blockId = block.block_id ?? `block-${index}`;
    const problem = problemOf(block, values.get(blockId, block.element.action_id, block.element.type));
    if (problem) errors[blockId] = problem;
  });
  return errors;
}
