// A list of messages. Only messages that changed are drawn anew, so that open menus and half-typed choices in the others stay.
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { messageRow } from "./message.js";
import { dayName } from "./time.js";

const CLOSE_TO_END = 80;
const SAME_BREATH_SECONDS = 300;

function dayDivider(epoch) {
  const name = dayName(epoch);
  return el("div", { class: "day", role: "separator", "aria-label": name }, el("span", {}, name));
}

function plan(messages, { channel, inThread }) {
  const rows = [];
  let last = null;
  for (const message of messages) {
    const at = Number(message.ts);
    const day = new Date(at * 1000).toDateString();
    const isNewDay = !last || new Date(Number(last.ts) * 1000).toDateString() !== day;
    if (isNewDay && !inThread) rows.push({ key: `day ${day}`, print: dayName(at), draw: () => dayDivider(at) });
    const isContinued = Boolean(last) && !isNewDay && last.user === message.user && last.username === message.username
      && !message.ephemeral && !last.ephemeral && at - Number(last.ts) < SAME_BREATH_SECONDS && !(inThread && last === messages[0]);
    rows.push({
      key: `message ${message.ts}`,
      // What was chosen in a message is on the screen already where it was chosen.
      print: JSON.stringify([{ ...message, state: null }, isContinued]),
      draw: () => messageRow(message, { channel, inThread, isContinued }),
    });
    last = message;
    if (inThread && message === messages[0] && messages.length > 1) {
      const words = `${messages.length - 1} ${messages.length === 2 ? "reply" : "replies"}`;
      rows.push({ key: "replies", print: words, draw: () => el("div", { class: "reply-line", role: "separator", "aria-label": words }, el("span", {}, words)) });
    }
  }
  return rows;
}

/** The scrolling list inside `root`; `label` names it for screen readers. */
export class MessageList {
  #nodes = new Map();
  #place = null;
  #isAtEnd = true;

  constructor(root, { label, inThread = false }) {
    this.inThread = inThread;
    this.list = el("div", { class: "message-list", role: "log", "aria-live": "polite", "aria-label": label });
    this.scroller = el("div", { class: "scroller", tabindex: "0", "aria-label": label, role: "region" }, this.list);
    this.latest = el("button", { type: "button", class: "latest", hidden: true, on: { click: () => this.scrollToEnd() } }, "Newest messages", icon("down"));
    fill(root, this.scroller, this.latest);
    this.scroller.addEventListener("scroll", () => {
      const { scrollHeight, scrollTop, clientHeight } = this.scroller;
      this.#isAtEnd = scrollHeight - scrollTop - clientHeight < CLOSE_TO_END;
      if (this.#isAtEnd) this.latest.hidden = true;
    });
    const follow = new ResizeObserver(() => this.#isAtEnd && this.scrollToEnd());
    follow.observe(this.scroller);
    follow.observe(this.list);
  }

  scrollToEnd() {
    this.#isAtEnd = true;
    this.latest.hidden = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** Shows the messages of a place (a string that changes with person, channel and thread). */
  show(place, channel, messages, { empty = null } = {}) {
    const isElsewhere = place !== this.#place;
    if (isElsewhere) {
      this.#nodes.clear();
      this.list.replaceChildren();
      this.#place = place;
      this.#isAtEnd = true;
    }
    this.list.querySelector(".empty")?.remove();
    const rows = plan(messages, { channel, inThread: this.inThread });
    const kept = new Map();
    let before = this.list.firstChild;
    let isNew = false;
    for (const row of rows) {
      const old = this.#nodes.get(row.key);
      const node = old?.print === row.print ? old.node : row.draw();
      isNew ||= !old;
      kept.set(row.key, { print: row.print, node });
      if (node === before) before = before.nextSibling;
      else if (old && old.node === before && node !== old.node) {
        before = before.nextSibling;
        old.node.replaceWith(node);
      } else this.list.insertBefore(node, before);
    }
    const nodes = new Set([...kept.values()].map((row) => row.node));
    for (const child of [...this.list.children]) if (!nodes.has(child)) child.remove();
    this.#nodes = kept;
    if (!rows.length && empty) this.list.append(el("div", { class: "empty" }, empty));
    if (this.#isAtEnd) this.scrollToEnd();
    else if (isNew) this.latest.hidden = false;
  }
}
