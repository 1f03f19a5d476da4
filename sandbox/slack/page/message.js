// One message: who, when, what, files, reactions, its thread, and what can be done with it.
import { api } from "./api.js";
import { avatar } from "./avatar.js";
import { drawBlocks } from "./blocks.js";
import { el } from "./dom.js";
import { emoji } from "./emoji.js";
import { icon } from "./icons.js";
import { menuButton } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";
import { goTo, isBot, nameOf, state } from "./state.js";
import { messageSurface } from "./surfaces.js";
import { clock, exactly, moment } from "./time.js";
import { report, toast } from "./toast.js";
import { FormValues } from "./values.js";

function sizeInWords(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function fileCard(file) {
  const kind = file.name.includes(".") ? file.name.split(".").at(-1).slice(0, 5) : "file";
  const facts = [kind.toUpperCase(), sizeInWords(file.size)].join(" · ");
  return el("a", { class: "file", href: file.url, download: file.name, "aria-label": `Download ${file.name}, ${facts}` },
    el("span", { class: "file-icon" }, icon("file")),
    el("span", { class: "file-words" }, el("span", { class: "file-name" }, file.title || file.name), el("span", { class: "file-facts" }, facts)),
    icon("download"));
}

const reaction = ({ name, count, users }) => el("span", { class: "reaction", title: (users ?? []).map(nameOf).join(", ") },
  emoji(name) ?? `:${name}:`, el("span", {}, String(count ?? users?.length ?? 1)));

async function runShortcut(callbackId, channel, ts) {
  try {
    const answer = await api.shortcut({ person: state.route.person, callback_id: callbackId, channel, ts });
    if (answer.acknowledged === false) toast(`${state.workspace.app.name} did not answer within three seconds.`);
  } catch (error) {
    report(error);
  }
}

async function copyText(message) {
  try {
    await navigator.clipboard.writeText(message.text);
    toast("The text was copied.", "note");
  } catch {
    toast("The browser did not allow copying.");
  }
}

function tools(message, { channel, inThread }) {
  const reply = () => goTo({ thread: message.thread_ts ?? message.ts });
  const items = () => [
    ...(inThread ? [] : [{ label: "Reply in thread", icon: "reply", onChoose: reply }]),
    { label: "Copy text", icon: "copy", onChoose: () => copyText(message) },
    ...state.workspace.shortcuts.filter((one) => one.type === "message").map((one) => ({
      label: one.name, description: state.workspace.app.name, icon: "bolt", onChoose: () => runShortcut(one.callback_id, channel, message.ts),
    })),
  ];
  return el("div", { class: "tools" },
    inThread ? null : el("button", { type: "button", class: "icon-button", "aria-label": "Reply in thread", title: "Reply in thread", on: { click: reply } }, icon("reply")),
    menuButton({ class: "icon-button", "aria-label": "More actions", title: "More actions" }, items, { label: "Message actions", side: "end" }, icon("more")));
}

function replyBar(message) {
  const words = `${message.reply_count} ${message.reply_count === 1 ? "reply" : "replies"}`;
  return el("button", { type: "button", class: "reply-bar", on: { click: () => goTo({ thread: message.ts }) } },
    icon("reply"),
    el("strong", {}, words),
    message.latest_reply ? el("span", {}, "Last reply ", moment(Number(message.latest_reply), "{ago}")) : null);
}

function content(message, channel) {
  const edited = message.edited ? el("span", { class: "edited" }, " (edited)") : null;
  if (message.blocks?.length) {
    const values = new FormValues(message.state?.values);
    return el("div", { class: "content" }, drawBlocks(message.blocks, { surface: messageSurface(channel, message.ts), values }), edited);
  }
  return el("div", { class: "content text" }, message.text ? mrkdwn(message.text) : null, edited);
}

/** Draws a message. `isContinued`: it follows one by the same person closely, so the name is not repeated. */
export function messageRow(message, { channel, inThread, isContinued }) {
  const at = Number(message.ts);
  const name = message.username || nameOf(message.user);
  const isApp = isBot(message.user);
  const time = el("time", { class: "message-time", datetime: new Date(at * 1000).toISOString(), title: exactly(at) }, clock(at));
  const head = el("div", { class: "message-head" },
    el("span", { class: "author" }, name),
    isApp ? el("span", { class: "badge" }, "APP") : null,
    time);
  const classes = ["message", isContinued ? "continued" : "", message.ephemeral ? "ephemeral" : ""].join(" ").trim();
  return el("article", { class: classes, "aria-label": `${name} at ${clock(at)}`, data: { ts: message.ts } },
    message.ephemeral ? el("div", { class: "only-you" }, icon("eye"), "Only visible to you") : null,
    el("div", { class: "message-side" }, isContinued ? time : avatar(message.user)),
    el("div", { class: "message-body" },
      isContinued ? null : head,
      content(message, channel),
      message.files?.length ? el("div", { class: "files" }, message.files.map(fileCard)) : null,
      message.reactions?.length ? el("div", { class: "reactions" }, message.reactions.map(reaction)) : null,
      !inThread && message.reply_count ? replyBar(message) : null),
    message.ephemeral ? null : tools(message, { channel, inThread }));
}
