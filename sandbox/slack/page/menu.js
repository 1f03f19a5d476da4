// A menu that opens from a button: arrow keys, Enter, Escape; the focus goes back to the button.
import { el } from "./dom.js";
import { icon } from "./icons.js";
import { openPopup } from "./popup.js";

function row(item, choose) {
  const inside = [
    item.picture ?? (item.icon ? icon(item.icon) : null),
    el("span", { class: "menu-words" }, el("span", { class: "menu-label" }, item.label), item.description ? el("span", { class: "menu-description" }, item.description) : null),
    item.isCurrent ? icon("check") : null,
  ];
  const role = item.isCurrent === undefined ? "menuitem" : "menuitemradio";
  const props = { class: `menu-item${item.isDanger ? " danger" : ""}`, role, tabindex: "-1", "aria-checked": item.isCurrent === undefined ? null : String(item.isCurrent) };
  // Real links, so that they can be opened in another window as well.
  if (item.href) return el("a", { ...props, href: item.href, target: item.target, on: { click: choose } }, inside);
  return el("button", { ...props, type: "button", on: { click: choose } }, inside);
}

/** Opens a menu of `items` ({label, description?, icon?, picture?, href?, isCurrent?, isDanger?, onChoose?}) beside `button`. */
export function openMenu(button, items, { label, side = "below", heading = null } = {}) {
  if (button.getAttribute("aria-expanded") === "true") return;
  const list = el("div", { class: "menu", role: "menu", "aria-label": label });
  let popup = null;
  const close = () => {
    popup.close();
    button.focus();
  };
  const rows = items.map((item) => row(item, (event) => {
    // A link that is opened in another window is the browser's matter.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    close();
    item.onChoose?.();
  }));
  list.append(...(heading ? [el("div", { class: "menu-heading" }, heading)] : []), ...rows);
  popup = openPopup(button, list, { side, onClose: () => button.setAttribute("aria-expanded", "false") });
  list.addEventListener("keydown", (event) => {
    const index = rows.indexOf(document.activeElement);
    const next = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: -1 }[event.key];
    if (next !== undefined) rows.at(next % rows.length)?.focus();
    else if (event.key === "Escape" || event.key === "Tab") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  button.setAttribute("aria-expanded", "true");
  (rows.find((_, index) => items[index].isCurrent) ?? rows[0])?.focus();
}

/** A button that opens a menu; `items` is called when it opens. */
export function menuButton(props, items, options, ...children) {
  const button = el("button", { type: "button", "aria-haspopup": "menu", "aria-expanded": "false", ...props }, ...children);
  button.addEventListener("click", () => openMenu(button, items(), options));
  return button;
}
