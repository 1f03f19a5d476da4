// Short notices in words, above everything else.
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { layer } from "./popup.js";

const SHOWN_MS = 7000;
const tray = el("div", { class: "toasts", role: "status", "aria-live": "polite", popover: "manual" });

/** Tells the person something for a few seconds; `kind` is "problem" or "note". */
export function toast(message, kind = "problem") {
  const here = layer();
  if (tray.parentNode !== here) here.append(tray);
  if (tray.matches(":popover-open")) tray.hidePopover();
  tray.showPopover();
  const leave = () => {
    note.remove();
    if (!tray.children.length && tray.matches(":popover-open")) tray.hidePopover();
  };
  const note = el("div", { class: `toast ${kind}` }, el("span", {}, message),
    el("button", { type: "button", class: "icon-button", "aria-label": "Dismiss", on: { click: leave } }, icon("close")));
  tray.append(note);
  setTimeout(leave, SHOWN_MS);
}

/** Says in words why something went wrong. */
export const report = (error) => toast(error?.message ?? String(error));
