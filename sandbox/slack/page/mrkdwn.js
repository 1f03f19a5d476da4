// Slack's mrkdwn as DOM nodes. Only text nodes are made out of what was typed; what is no known token stays as text.
import { el } from "./dom.js";
import { emoji } from "./emoji.js";
import { channelName, goTo, groupName, isBot, nameOf, person, state } from "./state.js";
import { moment } from "./time.js";

const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const MARKS = { "*": "strong", _: "em", "~": "s" };
const EVERYONE = { here: "@here", channel: "@channel", everyone: "@everyone" };
const TOKEN = /^<([@#!][^<>\n]+|(?:https?:\/\/|mailto:|tel:)[^<>\n]+)>/;
const EMOJI = /^:([a-z0-9_+-]+(?:::skin-tone-\d)?):/;
const BARE_LINK = /^https?:\/\/[^\s<>|]+[^\s<>|.,;:!?'")\]}*_~`]/;
const LONGEST_TOKEN = 3000;
const WORD = /[\p{L}\p{N}]/u;

/** Slack's three entities as characters. */
export const decode = (text) => text.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity]);

/** A link that opens elsewhere; addresses that are not web, mail or telephone are shown as text. */
export function link(address, ...label) {
  if (!/^(https?:|mailto:|tel:)/i.test(address)) return el("span", {}, ...label);
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer", title: address }, ...label);
}

/** A person's name as a mention, set off when it is the one who reads. */
export function userMention(id, given = null) {
  const known = person(id) || isBot(id);
  const me = id === state.route.person ? " mention-me" : "";
  return el("span", { class: `mention${me}`, title: person(id)?.title }, `@${known ? nameOf(id) : given ?? id}`);
}

/** A channel's name that leads there when the person may see it. */
export function channelMention(id, given = null) {
  const isSeen = state.view.channels.some((one) => one.id === id);
  const name = `#${isSeen ? channelName(id) : given ?? channelName(id) ?? id}`;
  if (!isSeen) return el("span", { class: "mention" }, name);
  return el("button", { type: "button", class: "mention", on: { click: () => goTo({ place: id }) } }, name);
}

function special(content) {
  const [command, ...labels] = content.split("|");
  const label = labels.length ? decode(labels.join("|")) : null;
  const [kind, ...rest] = command.split("^");
  if (kind === "date") {
    const [epoch, format, address] = rest;
    const shown = moment(Number(epoch), decode(format ?? ""), label ?? "");
    return address ? link(decode(address), shown) : shown;
  }
  const name = kind === "subteam" ? label ?? groupName(rest[0]) : EVERYONE[kind] ?? label ?? `@${kind}`;
  return el("span", { class: kind in EVERYONE ? "mention mention-me" : "mention" }, name);
}

function token(content) {
  const [target, ...labels] = content.slice(1).split("|");
  const label = labels.length ? decode(labels.join("|")) : null;
  if (content[0] === "@") return userMention(target, label);
  if (content[0] === "#") return channelMention(target, label);
  if (content[0] === "!") return special(content.slice(1));
  const [address, ...words] = content.split("|");
  return link(decode(address), words.length ? plain(words.join("|")) : decode(address).replace(/^(mailto|tel):/, ""));
}

/** Text in which only entities and shortcodes mean something. */
export function plain(text, { withEmoji = true } = {}) {
  const parts = document.createDocumentFragment();
  for (const piece of withEmoji ? text.split(/(:[a-z0-9_+-]+(?:::skin-tone-\d)?:)/) : [text]) {
    const sign = withEmoji && EMOJI.test(piece) ? emoji(piece.slice(1, -1)) : null;
    parts.append(sign ?? decode(piece));
  }
  return parts;
}

/** Where the mark that opens at `start` closes, or -1 when it is only a character. */
function closing(text, start, mark) {
  const opensWell = !(start > 0 && (WORD.test(text[start - 1]) || text[start - 1] === mark)) && text[start + 1] && !/\s/.test(text[start + 1]);
  if (!opensWell || text[start + 1] === mark) return -1;
  for (let index = start + 1; index < text.length; index += 1) {
    if (text[index] === "\n") return -1;
    if (text[index] === "<") {
      const found = TOKEN.exec(text.slice(index));
      if (found) index += found[0].length - 1;
    } else if (text[index] === mark && !/\s/.test(text[index - 1]) && !(text[index + 1] && WORD.test(text[index + 1]))) return index;
  }
  return -1;
}

function inline(text) {
  const parts = document.createDocumentFragment();
  let literal = "";
  const add = (node) => {
    if (literal) parts.append(decode(literal));
    literal = "";
    parts.append(node);
  };
  for (let index = 0; index < text.length; ) {
    const character = text[index];
    const rest = text.slice(index, index + LONGEST_TOKEN);
    let found = null;
    let sign = null;
    if (character === "<" && (found = TOKEN.exec(rest))) add(token(found[1]));
    else if (character === "`" && (found = /^`([^`\n]+)`/.exec(rest))) add(el("code", {}, decode(found[1])));
    else if (character === ":") {
      found = EMOJI.exec(rest);
      sign = found && emoji(found[1]);
      // An unknown shortcode is no shortcode: "14:03:20" is a time.
      if (sign) add(sign);
      else found = null;
    } else if (character === "h" && !WORD.test(text[index - 1] ?? " ") && (found = BARE_LINK.exec(rest))) add(link(decode(found[0]), decode(found[0])));
    else if (character in MARKS) {
      const end = closing(text, index, character);
      found = end > 0 ? [text.slice(index, end + 1)] : null;
      if (found) add(el(MARKS[character], {}, inline(text.slice(index + 1, end))));
    }
    if (!found) literal += character;
    index += found ? found[0].length : 1;
  }
  if (literal) parts.append(decode(literal));
  return parts;
}

function lines(text) {
  const parts = document.createDocumentFragment();
  let quoted = [];
  let open = [];
  const flush = () => {
    if (quoted.length) parts.append(el("blockquote", {}, inline(quoted.join("\n"))));
    if (open.length) parts.append(el("span", { class: "lines" }, inline(open.join("\n"))));
    quoted = [];
    open = [];
  };
  for (const line of text.split("\n")) {
    const quote = /^(?:>|&gt;) ?(.*)$/.exec(line);
    if (Boolean(quote) !== quoted.length > 0) flush();
    (quote ? quoted : open).push(quote ? quote[1] : line);
  }
  flush();
  return parts;
}

/** A whole mrkdwn text: code blocks, quotes, marks, links, mentions, dates, shortcodes. */
export function mrkdwn(text) {
  const parts = document.createDocumentFragment();
  text.split(/```/).forEach((piece, index, all) => {
    const isCode = index % 2 === 1 && index < all.length - 1;
    if (isCode) parts.append(el("pre", {}, el("code", {}, decode(piece.replace(/^\n|\n$/g, "")))));
    else {
      const isUnclosed = index % 2 === 1;
      const around = piece.replace(index > 0 && !isUnclosed ? /^\n/ : /^(?!)/, "").replace(index < all.length - 1 ? /\n$/ : /^(?!)/, "");
      if (around || isUnclosed) parts.append(lines(isUnclosed ? `\`\`\`${around}` : around));
    }
  });
  return parts;
}

/** A text object of Block Kit ({type: plain_text | mrkdwn, text}), or nothing. */
export function textObject(object) {
  if (!object) return document.createDocumentFragment();
  return object.type === "mrkdwn" ? mrkdwn(object.text) : plain(object.text, { withEmoji: object.emoji !== false });
}
