// The thread beside the channel: the first message, its replies, and a composer of its own.
import { Composer } from "./composer.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { MessageList } from "./messages.js";
import { channel, channelName, goTo, state } from "./state.js";

/** The thread pane inside `root`; `onSent` is called after a reply was sent. */
export class Thread {
  constructor(root, { onSent }) {
    this.root = root;
    this.place = el("span", { class: "thread-place" });
    const close = el("button", { type: "button", class: "icon-button", "aria-label": "Close thread", on: { click: () => this.close() } }, icon("close"));
    const messages = el("div", { class: "messages" });
    const composer = el("div", { class: "composer-area" });
    fill(root, el("div", { class: "thread-head" }, el("h2", {}, "Thread"), this.place, el("span", { class: "gap" }), close), messages, composer);
    this.messages = new MessageList(messages, { label: "Thread", inThread: true });
    this.composer = new Composer(composer, { label: "Reply", onSent });
    root.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      this.close();
    });
  }

  close() {
    const from = state.route.thread;
    goTo({ thread: null });
    document.querySelector(`#messages [data-ts="${CSS.escape(from ?? "")}"] button`)?.focus();
  }

  /** Shows the thread that the address names, or nothing. */
  show(messages) {
    const { place, thread, person } = state.route;
    const wasHidden = this.root.hidden;
    this.root.hidden = !thread;
    if (!thread) return;
    const found = channel(place);
    this.place.textContent = found?.is_im ? channelName(place) : `#${channelName(place)}`;
    this.messages.show([person, place, thread].join("/"), place, messages, { empty: "This message is not there any more." });
    this.composer.show(place, thread, "Reply …");
    if (wasHidden) this.composer.input.focus();
  }
}
