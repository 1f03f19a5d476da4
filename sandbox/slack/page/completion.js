// Completes slash commands, people and channels while they are typed.
import { avatar } from "./avatar.js";
import { el, fill, freshId } from "./dom.js";
import { openPopup } from "./popup.js";
import { botId, isBot, state } from "./state.js";

function commandsFor(before) {
  const typed = before.toLowerCase();
  const commands = state.workspace.commands;
  const matching = commands.filter((one) => one.command.startsWith(typed));
  const items = (matching.length ? matching : commands.filter((one) => one.command.includes(typed.slice(1))))
    .map((one) => ({ title: one.command, hint: one.usage_hint, description: one.description, insert: `${one.command} ` }));
  return { start: 0, heading: "Commands", items };
}

function peopleFor(before, typed) {
  const wanted = typed.toLowerCase();
  const isMeant = (one) => [one.name, ...(one.real_name ?? "").split(/\s+/)].some((word) => word.toLowerCase().startsWith(wanted));
  const people = state.workspace.people.filter((one) => !one.deleted && isMeant(one));
  people.sort((one, other) => Number(other.id === botId()) - Number(one.id === botId()));
  const items = people.map((one) => ({ title: one.real_name || one.name, hint: `@${one.name}`, description: isBot(one.id) ? "App" : one.title, insert: `@${one.name} `, picture: () => avatar(one.id, "tiny") }));
  const groups = (state.workspace.groups ?? []).filter((one) => one.handle.startsWith(wanted));
  items.push(...groups.map((one) => ({ title: `@${one.handle}`, description: one.name, insert: `@${one.handle} ` })));
  return { start: before.length - typed.length - 1, heading: "People", items };
}

function channelsFor(before, typed) {
  const channels = state.view.channels.filter((one) => !one.is_im && one.name.includes(typed.toLowerCase()));
  return { start: before.length - typed.length - 1, heading: "Channels", items: channels.map((one) => ({ title: `#${one.name}`, insert: `#${one.name} ` })) };
}

function suggestions(before, allowsCommands) {
  let found;
  if (allowsCommands && /^\/\S*$/.test(before)) return commandsFor(before);
  if ((found = /(?:^|\s)@([\w.-]*)$/.exec(before))) return peopleFor(before, found[1]);
  if ((found = /(?:^|\s)#([\w-]*)$/.exec(before))) return channelsFor(before, found[1]);
  return { items: [] };
}

/**
 * Watches a textarea and offers completions above `anchor`. `allowsCommands()` says whether slash commands work here.
 * Returns {onKey(event), refresh(), close()}: `onKey` answers whether it has dealt with a key.
 */
export function completion(textarea, anchor, allowsCommands) {
  const listId = freshId("completion");
  const list = el("div", { class: "completion", role: "listbox", id: listId, "aria-label": "Completions" });
  let popup = null;
  let rows = [];
  let active = 0;
  let dismissed = null;
  textarea.setAttribute("aria-autocomplete", "list");
  textarea.setAttribute("aria-controls", listId);

  const close = () => popup?.close();
  const point = (index) => {
    active = index;
    rows.forEach(({ node }, position) => {
      node.classList.toggle("active", position === index);
      node.setAttribute("aria-selected", String(position === index));
    });
    textarea.setAttribute("aria-activedescendant", rows[index].node.id);
    rows[index].node.scrollIntoView({ block: "nearest" });
  };
  const choose = ({ item, start }) => {
    const end = textarea.selectionStart;
    textarea.setRangeText(item.insert, start, end, "end");
    close();
    textarea.focus();
    textarea.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const draw = ({ items, start, heading }) => {
    rows = items.slice(0, 50).map((item) => {
      const node = el("div", { class: "completion-row", role: "option", id: freshId("completion-row") },
        item.picture?.(),
        el("span", { class: "completion-title" }, item.title),
        item.hint ? el("span", { class: "completion-hint" }, item.hint) : null,
        item.description ? el("span", { class: "completion-description" }, item.description) : null);
      node.addEventListener("pointerdown", (event) => event.preventDefault());
      node.addEventListener("click", () => choose({ item, start }));
      return { node, item, start };
    });
    fill(list, el("div", { class: "completion-heading" }, heading, el("span", { class: "keys" }, "↑ ↓ to move · Tab to take")), ...rows.map((row) => row.node));
    popup ??= openPopup(anchor, list, {
      side: "above",
      isWide: true,
      onClose: () => {
        popup = null;
        rows = [];
        textarea.removeAttribute("aria-activedescendant");
      },
    });
    popup.move();
    point(0);
  };
  const refresh = () => {
    const before = textarea.value.slice(0, textarea.selectionStart);
    const found = before === dismissed ? { items: [] } : suggestions(before, allowsCommands());
    const isComplete = found.items.length === 1 && found.items[0].insert.trim() === before.slice(found.start);
    if (found.items.length && document.activeElement === textarea) draw({ ...found, isComplete });
    else close();
  };
  const onKey = (event) => {
    if (!popup || !rows.length) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = rows[active];
    const isTyped = textarea.value.slice(row.start, textarea.selectionStart) === row.item.insert.trim();
    if (step) point((active + step + rows.length) % rows.length);
    else if (event.key === "Tab" && !event.shiftKey) choose(row);
    else if (event.key === "Enter" && !event.shiftKey && !isTyped) choose(row);
    else if (event.key === "Escape") {
      dismissed = textarea.value.slice(0, textarea.selectionStart);
      close();
    } else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  textarea.addEventListener("blur", close);
  return { onKey, refresh, close };
}
