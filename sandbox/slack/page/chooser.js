// A field in which one or several options are chosen by typing a part of them: a combobox with a list.
import { el, fill, freshId } from "./dom.js";
import { icon } from "./icons.js";
import { openPopup } from "./popup.js";

const PAUSE_MS = 180;

/**
 * Draws a chooser. `find(text)` gives [{label?, options: [{value, text, description?, label?, picture?}]}]; `chosen` is what is
 * chosen at first; `onChange` gets the list of chosen options. `isRemote`: `find` asks the app, so it waits for a pause in typing.
 */
export function chooser({ isMulti, most, placeholder, find, isRemote, shortest, chosen, isClearable, labelId, errorId, onChange }) {
  const listId = freshId("list");
  let picked = chosen;
  let popup = null;
  let shown = [];
  let active = -1;
  let asked = 0;
  let timer = null;
  const list = el("div", { class: "option-list", role: "listbox", id: listId, "aria-multiselectable": isMulti ? "true" : null });
  const input = el("input", {
    class: "chooser-input", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false",
    "aria-expanded": "false", "aria-controls": listId, "aria-autocomplete": "list", "aria-haspopup": "listbox",
    "aria-labelledby": labelId, "aria-label": labelId ? null : placeholder, "aria-describedby": errorId,
  });
  const chips = el("span", { class: "chips" });
  const clear = el("button", { type: "button", class: "icon-button chooser-clear", "aria-label": "Clear", tabindex: "-1" }, icon("close"));
  const box = el("div", { class: `chooser${isMulti ? " multi" : ""}` }, chips, input, clear, el("span", { class: "chooser-arrow" }, icon("down")));

  const drawPicked = () => {
    clear.hidden = isMulti || !isClearable || picked.length === 0;
    input.placeholder = isMulti && picked.length ? "" : placeholder;
    if (!isMulti) {
      input.value = picked[0]?.text ?? "";
      return;
    }
    fill(chips, picked.map((option) => el("span", { class: "chip" }, option.text,
      el("button", { type: "button", class: "chip-remove", "aria-label": `Remove ${option.text}`, on: { click: () => change(picked.filter((one) => one !== option)) } }, icon("close")))));
  };
  const change = (next) => {
    picked = next;
    drawPicked();
    onChange(picked);
  };
  const close = () => popup?.close();
  const choose = (option) => {
    if (!isMulti) {
      change([option]);
      close();
      return;
    }
    const isIn = picked.some((one) => one.value === option.value);
    if (isIn) change(picked.filter((one) => one.value !== option.value));
    else if (picked.length < most) change([...picked, option]);
    const stay = input.value === "" ? active : 0;
    input.value = "";
    search("", stay);
  };
  const point = (index) => {
    active = index;
    shown.forEach(({ node }, position) => node.classList.toggle("active", position === index));
    const node = shown[index]?.node;
    if (node) {
      input.setAttribute("aria-activedescendant", node.id);
      node.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  const say = (words) => {
    shown = [];
    fill(list, el("div", { class: "option-note" }, words));
    popup?.move();
  };
  const drawGroups = (groups, at) => {
    shown = [];
    const nodes = groups.filter((group) => group.options.length).flatMap((group) => [
      group.label ? el("div", { class: "option-group" }, group.label) : null,
      ...group.options.map((option) => {
        const isPicked = picked.some((one) => one.value === option.value);
        const node = el("div", { class: "option", role: "option", id: freshId("option"), "aria-selected": String(isPicked) },
          option.picture?.(),
          el("span", { class: "option-words" }, el("span", {}, option.label?.() ?? option.text), option.description ? el("span", { class: "option-description" }, option.description) : null),
          isPicked ? icon("check") : null);
        // pointerdown would take the focus out of the field
        node.addEventListener("pointerdown", (event) => event.preventDefault());
        node.addEventListener("click", () => choose(option));
        shown.push({ node, option });
        return node;
      }),
    ]);
    if (!shown.length) say("Nothing matches.");
    else fill(list, nodes);
    popup?.move();
    point(Math.min(at, shown.length - 1));
  };
  const search = async (text, at = 0) => {
    asked += 1;
    const mine = asked;
    if (text.trim().length < shortest) {
      say(`Type at least ${shortest} ${shortest === 1 ? "letter" : "letters"}.`);
      return;
    }
    if (isRemote && !isMulti) say("Looking…");
    try {
      const groups = await find(text);
      if (mine === asked && popup) drawGroups(groups, at);
    } catch (error) {
      if (mine === asked && popup) say(error.message);
    }
  };
  const open = () => {
    if (popup) return;
    popup = openPopup(box, list, {
      isWide: true,
      onClose: () => {
        popup = null;
        asked += 1;
        input.setAttribute("aria-expanded", "false");
        input.removeAttribute("aria-activedescendant");
        if (isMulti) input.value = "";
        else drawPicked();
      },
    });
    input.setAttribute("aria-expanded", "true");
    input.select();
    search("");
  };
  input.addEventListener("click", open);
  input.addEventListener("blur", close);
  input.addEventListener("input", () => {
    open();
    clearTimeout(timer);
    timer = setTimeout(() => search(input.value), isRemote ? PAUSE_MS : 0);
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      if (popup && shown.length) point((active + step + shown.length) % shown.length);
      else open();
    } else if (event.key === "Enter" && popup) {
      if (shown[active]) choose(shown[active].option);
    } else if (event.key === "Escape" && popup) close();
    else if (event.key === "Backspace" && isMulti && input.value === "" && picked.length) {
      change(picked.slice(0, -1));
      return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  });
  clear.addEventListener("click", () => {
    change([]);
    input.focus();
  });
  box.addEventListener("pointerdown", (event) => {
    if (event.target === input || event.target.closest("button")) return;
    event.preventDefault();
    input.focus();
    open();
  });
  drawPicked();
  return box;
}
