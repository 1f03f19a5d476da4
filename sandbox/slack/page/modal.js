// The stack of modals: the newest on top. An open modal is drawn anew only when its view changed, and keeps what was typed.
import { api } from "./api.js";
import { drawBlocks } from "./blocks.js";
import { hideDialog, showDialog } from "./dialog.js";
import { el, fill, focusable, freshId } from "./dom.js";
import { checkFields, showErrors } from "./field.js";
import { icon, shield } from "./icons.js";
import { textObject } from "./mrkdwn.js";
import { whileBusy } from "./press.js";
import { state } from "./state.js";
import { modalSurface } from "./surfaces.js";
import { FormValues } from "./values.js";

const NOT_TEXT = new Set(["checkbox", "radio", "button"]);

/** Shows the person's modals; `onAnswered` is called when the workspace has answered, to read again what is open. */
export class Modals {
  #dialog = null;
  #shown = null;
  #values = new Map();
  #returnTo = null;

  constructor({ onAnswered }) {
    this.onAnswered = onAnswered;
  }

  /** Shows `stack` (views, the last on top). */
  show(stack) {
    const top = stack.at(-1) ?? null;
    for (const id of this.#values.keys()) if (!stack.some((view) => view.id === id)) this.#values.delete(id);
    if (!top) {
      this.#hide();
      return;
    }
    const print = JSON.stringify([top.id, top.hash ?? top, stack.length]);
    if (print === this.#shown?.print) return;
    const isSame = this.#shown?.id === top.id;
    this.#shown = { id: top.id, print, view: top };
    this.#draw(top, stack.length > 1, isSame);
  }

  #hide() {
    if (this.#dialog) hideDialog(this.#dialog, this.#returnTo);
    this.#dialog = null;
    this.#shown = null;
  }

  #frame() {
    const titleId = freshId("modal");
    this.#returnTo = document.activeElement;
    this.title = el("h2", { id: titleId });
    this.back = el("button", { type: "button", class: "icon-button", on: { click: () => this.#close() } });
    this.notice = el("p", { class: "modal-notice", role: "alert", hidden: true });
    this.body = el("div", { class: "modal-body", tabindex: "-1" });
    this.foot = el("div", { class: "dialog-foot" });
    this.form = el("form", { class: "modal-form", novalidate: true }, el("div", { class: "modal-head" }, shield(), this.title, this.back), this.notice, this.body, this.foot);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.form.addEventListener("keydown", (event) => {
      const isLine = event.target instanceof HTMLInputElement && !NOT_TEXT.has(event.target.type);
      const wantsSubmit = event.key === "Enter" && (isLine || event.ctrlKey || event.metaKey);
      if (!wantsSubmit || event.isComposing) return;
      event.preventDefault();
      if (this.#shown.view.submit) this.#submit();
    });
    this.#dialog = showDialog({ titleId, className: "modal", onCancel: () => this.#close() }, this.form);
  }

  #draw(view, isNested, isSame) {
    if (!this.#dialog) this.#frame();
    const action = isSame ? document.activeElement?.closest("[data-action]")?.dataset.action : undefined;
    const scrolled = isSame ? this.body.scrollTop : 0;
    if (!this.#values.has(view.id)) this.#values.set(view.id, new FormValues(view.state?.values));
    const values = this.#values.get(view.id);
    fill(this.title, textObject(view.title));
    this.back.setAttribute("aria-label", isNested ? "Back" : "Close");
    fill(this.back, icon(isNested ? "back" : "close"));
    this.#say("");
    fill(this.body, values.redraw(() => drawBlocks(view.blocks, { surface: modalSurface(view.id, values), values })));
    if (!isSame) showErrors(this.body, view.errors ?? {});
    this.submit = view.submit ? el("button", { type: "submit", class: "button primary solid", disabled: view.submit_disabled }, textObject(view.submit)) : null;
    const close = el("button", { type: "button", class: "button", on: { click: () => this.#close() } }, textObject(view.close ?? { type: "plain_text", text: view.submit ? "Cancel" : "Close" }));
    fill(this.foot, close, this.submit);
    this.body.scrollTop = scrolled;
    this.#focus(action, isSame);
  }

  #focus(action, isSame) {
    const kept = action && [...this.body.querySelectorAll("[data-action]")].find((node) => node.dataset.action === action);
    const target = kept ? (kept.matches("input, textarea, button, a") ? kept : kept.querySelector("input, button")) : null;
    if (target) target.focus();
    else if (!isSame || !this.#dialog.contains(document.activeElement)) {
      const field = focusable(this.body).find((node) => node.matches("input, textarea"));
      (field ?? this.submit ?? this.back).focus();
    }
  }

  #say(words) {
    this.notice.hidden = words === "";
    this.notice.textContent = words;
  }

  async #submit() {
    const { view } = this.#shown;
    const values = this.#values.get(view.id);
    const missing = checkFields(view.blocks, values);
    showErrors(this.body, missing);
    if (!this.submit || this.submit.disabled || Object.keys(missing).length) return;
    this.#say("");
    try {
      const answer = await whileBusy(this.submit, () => api.submit(state.route.person, view.id, values.toJSON()));
      if (answer?.response_action === "errors") {
        const homeless = showErrors(this.body, answer.errors ?? {});
        this.#say(Object.values(homeless).join(" "));
      } else if (answer?.ok === false || answer?.acknowledged === false) this.#say(answer.error ?? "We had some trouble connecting. Try again?");
    } catch (error) {
      this.#say(error.message);
    }
    await this.onAnswered();
  }

  async #close() {
    try {
      await api.close(state.route.person, this.#shown.view.id);
    } catch (error) {
      this.#say(error.message);
    }
    await this.onAnswered();
  }
}
