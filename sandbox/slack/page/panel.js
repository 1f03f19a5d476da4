// The panel "Break something": faults of the systems that the app looks after, in the words of those who suffer from them.
import { api } from "./api.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { whileBusy } from "./press.js";
import { report } from "./toast.js";

/** The command inside a hint such as "Try /diagnose stale-data tenant=tenant-abc", or null. */
const commandIn = (hint) => /\/[a-z][\w-]*.*$/i.exec(hint ?? "")?.[0].replace(/[.`]+$/, "") ?? null;

const wordsOf = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);
const keyOf = (group) => `${group.system} ${group.name}`;

/** The faults of a group that have every word in their title or hint, or in the name of the group or its system. */
function fitting(group, words) {
  return group.faults.filter((fault) => {
    const text = `${group.system} ${group.name} ${fault.title} ${fault.hint}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** The panel inside `root`; `onTry` gets the text that a person wants to try, `onClose` is called to close it. */
export class Panel {
  #print = null;
  #groups = [];
  #opened = new Map(); // by the group's key: whether somebody opened or closed it

  constructor(root, { onTry, onClose }) {
    this.root = root;
    this.onTry = onTry;
    this.list = el("div", { class: "panel-list" });
    this.search = el("input", { type: "search", class: "text-input panel-search", placeholder: "Find a fault", "aria-label": "Find a fault", on: { input: () => this.#draw() } });
    this.healAll = el("button", { type: "button", class: "button small heal-all", disabled: true, on: { click: () => this.#do(this.healAll, () => api.healAll()) } }, "Heal all");
    fill(root,
      el("div", { class: "panel-head" },
        el("h2", {}, "Break something"),
        el("button", { type: "button", class: "icon-button", "aria-label": "Close panel", on: { click: onClose } }, icon("close"))),
      el("p", { class: "panel-intro" }, "Break one of the supported systems, then ask in the channel what is wrong. Heal puts it back."),
      el("div", { class: "panel-tools" }, this.search, this.healAll),
      this.list);
  }

  /** Shows groups of faults. */
  show(groups) {
    const print = JSON.stringify(groups);
    if (print === this.#print) return;
    this.#print = print;
    this.#groups = groups;
    this.healAll.disabled = !groups.some((group) => group.faults.some((fault) => fault.broken));
    this.#draw();
  }

  #draw() {
    const words = wordsOf(this.search.value);
    const focused = document.activeElement?.closest("[data-fault]")?.dataset.fault;
    const found = this.#groups.map((group) => ({ group, faults: fitting(group, words) })).filter(({ faults }) => faults.length);
    const systems = [...new Set(found.map(({ group }) => group.system))];
    fill(this.list, systems.map((system) => el("section", { class: "fault-system", "aria-label": system || null },
      system ? el("h3", {}, system) : null,
      found.filter(({ group }) => group.system === system).map(({ group, faults }) => this.#group(group, faults, words.length > 0)))),
    found.length ? null : el("p", { class: "panel-intro", role: "status" }, "No fault has these words."));
    if (focused) [...this.list.querySelectorAll("[data-fault]")].find((node) => node.dataset.fault === focused)?.querySelector(".toggle")?.focus();
  }

  #group(group, faults, isSearched) {
    const key = keyOf(group);
    const broken = faults.filter((fault) => fault.broken).length;
    const isFirst = group === this.#groups[0];
    const details = el("details", { class: "fault-group", open: isSearched || (this.#opened.get(key) ?? isFirst) },
      el("summary", {}, el("span", { class: "fault-group-name" }, group.name),
        broken ? el("span", { class: "broken-mark" }, `${broken} broken`) : null,
        el("span", { class: "fault-count" }, String(faults.length))),
      el("ul", {}, faults.map((fault) => this.#fault(fault))));
    details.querySelector("summary").addEventListener("click", () => {
      if (!isSearched) this.#opened.set(key, !details.open);
    });
    return details;
  }

  #fault(fault) {
    const command = commandIn(fault.hint);
    const toggle = el("button", {
      type: "button", class: `button small toggle ${fault.broken ? "" : "danger"}`, "aria-label": `${fault.broken ? "Heal" : "Break"}: ${fault.title}`,
    }, fault.broken ? "Heal" : "Break");
    toggle.addEventListener("click", () => this.#do(toggle, () => api.setFault(fault.name, !fault.broken)));
    return el("li", { class: `fault${fault.broken ? " broken" : ""}`, data: { fault: fault.name } },
      el("div", { class: "fault-title" }, fault.title, fault.broken ? el("span", { class: "broken-mark" }, "broken") : null),
      toggle,
      command ? el("button", { type: "button", class: "try", title: "Put this into the message field", on: { click: () => this.onTry(command) } }, el("span", {}, "try:"), el("code", {}, command))
        : fault.hint ? el("span", { class: "try-text" }, fault.hint) : null);
  }

  async #do(button, work) {
    try {
      await whileBusy(button, work);
      this.show((await api.panel()).groups);
    } catch (error) {
      report(error);
    }
  }
}
