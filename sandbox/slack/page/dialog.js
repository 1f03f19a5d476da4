// Windows over the page: the browser's own <dialog>, with the Tab key kept inside.
import { el, focusable, freshId } from "./dom.js";
import { textObject } from "./mrkdwn.js";

function keepTabInside(dialog, event) {
  if (event.key !== "Tab") return;
  const stops = focusable(dialog);
  if (!stops.length) return;
  const [first, last] = [stops[0], stops.at(-1)];
  const isLeaving = event.shiftKey ? document.activeElement === first || document.activeElement === dialog : document.activeElement === last;
  if (!isLeaving) return;
  event.preventDefault();
  (event.shiftKey ? last : first).focus();
}

/** Shows `children` as a modal dialog named by the element with id `titleId`; Escape calls `onCancel`. Returns the dialog. */
export function showDialog({ titleId, className, role = "dialog", onCancel }, ...children) {
  const dialog = el("dialog", { class: `dialog ${className}`, role, "aria-modal": "true", "aria-labelledby": titleId, tabindex: "-1" }, ...children);
  dialog.addEventListener("keydown", (event) => keepTabInside(dialog, event));
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    onCancel();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Closes a dialog and gives the focus back to where it was. */
export function hideDialog(dialog, returnTo = null) {
  dialog.close();
  dialog.remove();
  if (returnTo?.isConnected) returnTo.focus();
}

/** Asks a Block Kit confirm object's question; answers whether the person agreed. */
export function isConfirmed(confirm) {
  return new Promise((resolve) => {
    const titleId = freshId("confirm");
    const asker = document.activeElement;
    const answer = (isAgreed) => {
      hideDialog(dialog, asker);
      resolve(isAgreed);
    };
    const deny = el("button", { type: "button", class: "button", on: { click: () => answer(false) } }, textObject(confirm.deny ?? { type: "plain_text", text: "Cancel" }));
    const agree = el("button", { type: "button", class: `button ${confirm.style === "danger" ? "danger" : "primary"} solid`, on: { click: () => answer(true) } },
      textObject(confirm.confirm ?? { type: "plain_text", text: "Yes" }));
    const dialog = showDialog(
      { titleId, className: "confirm", role: "alertdialog", onCancel: () => answer(false) },
      el("h2", { id: titleId }, textObject(confirm.title ?? { type: "plain_text", text: "Are you sure?" })),
      el("div", { class: "confirm-text" }, textObject(confirm.text)),
      el("div", { class: "dialog-foot" }, deny, agree),
    );
    deny.focus();
  });
}
