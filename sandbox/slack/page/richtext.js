// The rich_text block as DOM nodes.
import { el } from "./dom.js";
import { emoji } from "./emoji.js";
import { channelMention, link, userMention } from "./mrkdwn.js";
import { groupName } from "./state.js";
import { moment } from "./time.js";

const STYLES = { bold: "strong", italic: "em", strike: "s", code: "code", underline: "u" };

function bare(element) {
  switch (element.type) {
    case "text":
      return document.createTextNode(element.text);
    case "link":
      return link(element.url, element.text ?? element.url);
    case "user":
      return userMention(element.user_id);
    case "channel":
      return channelMention(element.channel_id);
    case "usergroup":
      return el("span", { class: "mention" }, groupName(element.usergroup_id));
    case "broadcast":
      return el("span", { class: "mention mention-me" }, `@${element.range}`);
    case "emoji":
      return emoji(element.name) ?? document.createTextNode(`:${element.name}:`);
    case "date": {
      const shown = moment(Number(element.timestamp), element.format, element.fallback ?? "");
      return element.url ? link(element.url, shown) : shown;
    }
    case "color":
      return el("code", {}, element.value);
    default:
      return document.createTextNode(element.text ?? "");
  }
}

function styled(element) {
  let node = bare(element);
  for (const [style, tag] of Object.entries(STYLES)) if (element.style?.[style]) node = el(tag, {}, node);
  return node;
}

const inline = (elements) => (elements ?? []).map(styled);

function list(element) {
  const tag = element.style === "ordered" ? "ol" : "ul";
  const start = tag === "ol" && element.offset ? { start: element.offset + 1 } : {};
  return el(tag, { class: `rich-list indent-${Math.min(element.indent ?? 0, 5)}`, ...start },
    (element.elements ?? []).map((item) => el("li", {}, inline(item.elements))));
}

function part(element) {
  switch (element.type) {
    case "rich_text_list":
      return list(element);
    case "rich_text_preformatted":
      return el("pre", {}, el("code", {}, inline(element.elements)));
    case "rich_text_quote":
      return el("blockquote", {}, inline(element.elements));
    default:
      return el("div", { class: "lines" }, inline(element.elements));
  }
}

/** The parts of a rich_text block (or of a table's cell of that type). */
export const richText = (block) => (block.elements ?? []).map(part);
