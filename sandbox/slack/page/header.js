// The line above the messages: where one is, who is there, and the tabs of the app.
import { avatar } from "./avatar.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { menuButton } from "./menu.js";
import { mrkdwn } from "./mrkdwn.js";
import { HOME, addressOf, botChannel, botId, channel, channelName, isBot, nameOf, person, state } from "./state.js";

function members(found) {
  const ids = found.members ?? [];
  if (!ids.length) return null;
  const items = () => ids.map((id) => ({ label: nameOf(id), description: isBot(id) ? "App" : person(id)?.title, picture: avatar(id, "small") }));
  return menuButton({ class: "members", "aria-label": `${ids.length} members`, title: `${ids.length} members` }, items, { label: "Members", side: "end" },
    ids.slice(0, 3).map((id) => avatar(id, "tiny")), el("span", {}, String(ids.length)));
}

function tabs(isHome) {
  const own = botChannel();
  const tab = (words, place, isCurrent) => (place ? el("a", { class: "tab", href: addressOf({ person: state.route.person, place }), "aria-current": isCurrent ? "page" : null }, words) : null);
  return el("nav", { class: "tabs", "aria-label": state.workspace.app.name }, tab("Home", HOME, isHome), tab("Messages", own?.id, !isHome));
}

let drawn = null;

/** Draws the header. `onMenu` opens the sidebar in a narrow window, `onPanel` the panel (null: there is none). */
export function drawHeader(root, { onMenu, onPanel, isPanelOpen, brokenCount }) {
  const { place } = state.route;
  const isHome = place === HOME;
  const found = isHome ? null : channel(place);
  const isApp = isHome || found?.with === botId();
  const print = JSON.stringify([place, found, state.route.person, isPanelOpen, brokenCount, onPanel !== null]);
  if (print === drawn) return;
  drawn = print;
  const picture = isApp ? avatar(botId(), "small") : found?.is_im ? avatar(found.with, "small") : icon(found?.is_private ? "lock" : "hash");
  fill(root,
    el("div", { class: "header-row" },
      el("button", { type: "button", class: "icon-button menu-button", "aria-label": "Open the sidebar", on: { click: onMenu } }, icon("menu")),
      el("span", { class: "header-picture" }, picture),
      el("h2", {}, isHome ? state.workspace.app.name : channelName(place)),
      found?.topic ? el("span", { class: "topic" }, mrkdwn(found.topic)) : null,
      el("span", { class: "gap" }),
      found && !found.is_im ? members(found) : null,
      onPanel ? el("button", { type: "button", class: "panel-button", "aria-label": `Break something${brokenCount ? `, ${brokenCount} broken` : ""}`, "aria-pressed": String(isPanelOpen), on: { click: onPanel } }, icon("crack"), el("span", { class: "panel-button-words" }, "Break something"),
        brokenCount ? el("span", { class: "broken-count" }, String(brokenCount)) : null) : null),
    isApp ? tabs(isHome) : null);
}
