// The field in which a message or a slash command is typed; one below the channel, one below the thread.
import { api } from "./api.js";
import { completion } from "./completion.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { menuButton } from "./menu.js";
import { state } from "./state.js";
import { report } from "./toast.js";

const drafts = new Map();

function globalShortcuts() {
  return state.workspace.shortcuts.filter((one) => one.type === "global").map((one) => ({
    label: one.name,
    description: state.workspace.app.name,
    icon: "bolt",
    onChoose: () => api.shortcut({ person: state.route.person, callback_id: one.callback_id }).catch(report),
  }));
}

/** A composer inside `root`. `onSent` is called after something was said. */
export class Composer {
  #where = { channel: null, thread: null };
  #key = "";

  constructor(root, { label, onSent }) {
    this.onSent = onSent;
    this.usage = el("div", { class: "usage", "aria-live": "polite" });
    this.input = el("textarea", { class: "composer-input", rows: "1", "aria-label": label, maxlength: "12000" });
    this.send = el("button", { type: "submit", class: "send", "aria-label": "Send", title: "Send (Enter)" }, icon("send"));
    this.shortcuts = menuButton({ class: "icon-button", "aria-label": "Shortcuts", title: "Shortcuts" }, globalShortcuts, { label: "Shortcuts", side: "above" }, icon("shortcut"));
    this.status = el("div", { class: "composer-status", role: "status" });
    this.form = el("form", { class: "composer" }, this.input, el("div", { class: "composer-foot" }, this.shortcuts, el("span", { class: "composer-keys" }, "Enter sends · Shift + Enter for a new line"), this.send));
    fill(root, this.usage, this.form, this.status);
    this.completion = completion(this.input, this.form, () => !this.#where.thread);
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("keydown", (event) => {
      if (this.completion.onKey(event)) return;
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#say();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say();
    });
  }

  /** Shows the draft of a place. */
  show(channel, thread, placeholder) {
    const key = [state.route.person, channel, thread].join("/");
    this.#where = { channel, thread };
    this.input.placeholder = placeholder;
    this.shortcuts.hidden = Boolean(thread) || globalShortcuts().length === 0;
    if (key === this.#key) return;
    this.#key = key;
    this.input.value = drafts.get(key) ?? "";
    this.status.textContent = "";
    this.#typed({ isQuiet: true });
  }

  /** Puts a text in, ready to be sent. */
  propose(text) {
    this.input.value = text;
    this.input.focus();
    this.#typed({ isQuiet: true });
  }

  #typed({ isQuiet = false } = {}) {
    const text = this.input.value;
    drafts.set(this.#key, text);
    this.input.style.setProperty("height", "auto");
    this.input.style.setProperty("height", `${Math.min(this.input.scrollHeight, 200)}px`);
    this.send.disabled = text.trim() === "";
    const command = /^\/\S+/.exec(text)?.[0];
    const known = state.workspace.commands.find((one) => one.command === command);
    if (command && this.#where.thread) fill(this.usage, "Slash commands do not work in threads. Mention the app instead, or write in the channel.");
    else if (known && /^\S+\s/.test(text)) fill(this.usage, el("code", {}, known.command), known.usage_hint ? el("span", { class: "usage-hint" }, known.usage_hint) : null, el("span", {}, known.description));
    else fill(this.usage);
    if (isQuiet) this.completion.close();
    else this.completion.refresh();
  }

  async #say() {
    const typed = this.input.value.trim();
    if (!typed) return;
    const { channel, thread } = this.#where;
    const key = this.#key;
    const isCommand = typed.startsWith("/") && !thread;
    this.input.value = "";
    this.#typed({ isQuiet: true });
    const waiting = setTimeout(() => {
      this.status.textContent = isCommand ? `Waiting for ${state.workspace.app.name} …` : "Sending …";
    }, 400);
    try {
      // A command that fails is answered in the channel, by Slackbot.
      await api.say(state.route.person, channel, typed, thread);
      this.onSent();
    } catch (error) {
      report(error);
      // What could not be sent is given back, unless something else was typed meanwhile.
      if (!drafts.get(key)) drafts.set(key, typed);
      if (this.#key === key && this.input.value === "") this.propose(typed);
    } finally {
      clearTimeout(waiting);
      this.status.textContent = "";
    }
  }
}
