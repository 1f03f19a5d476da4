// People's pictures: their initials in a circle of their colour; the bot's shield.
import { el } from "./dom.js";
import { shield } from "./icons.js";
import { isBot, nameOf, person } from "./state.js";

const COLOURS = ["#2f6fb3", "#8a4fa3", "#2e7d5b", "#b0562b", "#a33d5c", "#4a5a9e", "#6b6f1f", "#1f7a8c"];

function colourOf(id) {
  const given = person(id)?.color;
  if (given && /^#?[0-9a-f]{6}$/i.test(given)) return given.startsWith("#") ? given : `#${given}`;
  const sum = [...String(id)].reduce((total, character) => total + character.charCodeAt(0), 0);
  return COLOURS[sum % COLOURS.length];
}

function initials(id) {
  const words = nameOf(id).split(/\s+/).filter(Boolean);
  return (words.length > 1 ? words[0][0] + words.at(-1)[0] : words[0]?.slice(0, 2) ?? "?").toUpperCase();
}

/** The picture of a person; `size` is "tiny", "small" or "" (as beside a message). Decoration: the name stands beside it. */
export function avatar(id, size = "") {
  if (isBot(id)) return el("span", { class: `avatar bot ${size}`, "aria-hidden": "true" }, shield());
  return el("span", { class: `avatar ${size}`, "aria-hidden": "true", style: { "background-color": colourOf(id) } }, initials(id));
}
