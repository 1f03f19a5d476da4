// The panel "Break something": faults of the systems that the app looks after, in the words of those who suffer from them.
import { api } from "./api.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { whileBusy } from "./press.js";
import { report } from "./toast.js";

/** The command inside a hint such as "Try /diagnose stale-data tenant=tenant-abc", or null. */
const commandIn = (hint) => /\/[a-z][\w-]*.*$/i.exec(hint ?? "")?.[0].replace(/[.`]+$/, "") ?? null;

/** The panel inside `root`; `onTry` gets the text that a person wants to try, `onToggle` is called to open or close it. */
export class Panel {
  #print = null;

  constructor(root, { onTry, onClose }) {
    this.root = root;
    this.onTry = onTry;
    this.list = el("div", { class: "panel-list" });
    fill(root,
      el("div", { class: "panel-head" },
        el("h2", {}, "Break something"),
        el("button", { type: "button", class: "icon-button", "aria-label": "Close panel", on: { click: onClose } }, icon("close"))),
      el("p", { class: "panel-intro" }, "Break one of the supported systems, then ask in the channel what is wrong. Heal puts it back."),
      this.list);
  }

  /** Shows groups of faults. */
  show(groups) {
    const print = JSON.stringify(groups);
    if (print === this.#print) return;
    this.#print = print;
    const focused = document.activeElement?.closest("[data-fault]")?.dataset.fault;
    fill(this.list, groups.map((group) => el("section", { class: "fault-group", "aria-label": group.name },
      el("h3", {}, group.name), el("ul", {}, group.faults.map((fault) => this.#fault(fault))))));
    if (focused) [...this.list.querySelectorAll("[data-fault]")].find((node) => node.dataset.fault === focused)?.querySelector(".toggle")?.focus();
  }

  #fault(fault) {
    const command = commandIn(fault.hint);
    const toggle = el("button", {
      type: "button", class: `button small toggle ${fault.broken ? "" : "danger"}`, "aria-label": `${fault.broken ? "Heal" : "Break"}: ${fault.title}`,
    }, fault.broken ? "Heal" : "Break");
    toggle.addEventListener("click", async () => {
      try {
        await whileBusy(toggle, () => api.setFault(fault.name, !fault.broken));
        this.show((await api.panel()).groups);
      } catch (error) {
        report(error);
      }
    });
    return el("li", { class: `fault${fault.broken ? " broken" : ""}`, data: { fault: fault.name } },
      el("div", { class: "fault-title" }, fault.title, fault.broken ? el("span", { class: "broken-mark" }, "broken") : null),
      toggle,
      command ? el("button", { type: "button", class: "try", title: "Put this into the message field", on: { click: () => this.onTry(command) } }, el("span", {}, "try:"), el("code", {}, command))
        : fault.hint ? el("span", { class: "try-text" }, fault.hint) : null);
  }
}
