// The left side: the workspace, who one is, channels, direct messages, the app.
import { avatar } from "./avatar.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { menuButton } from "./menu.js";
import { HOME, addressOf, botId, channelName, isBot, nameOf, person, state } from "./state.js";

function personItems() {
  return state.workspace.people.filter((one) => !isBot(one.id)).map((one) => ({
    label: nameOf(one.id),
    description: [one.title, one.deleted ? "deactivated" : null, one.is_restricted ? "guest" : null].filter(Boolean).join(" · "),
    picture: avatar(one.id, "small"),
    href: addressOf({ person: one.id, place: state.route.place, thread: null }),
    isCurrent: one.id === state.route.person,
  }));
}

function personSwitch() {
  const id = state.route.person;
  return menuButton(
    { class: "person-switch", "aria-label": `You are ${nameOf(id)}, ${person(id)?.title ?? ""}. Switch person` },
    personItems,
    { label: "People", heading: "Be somebody else. Open one in a second window to be both." },
    avatar(id, "small"),
    el("span", { class: "person-words" }, el("span", { class: "person-name" }, nameOf(id)), el("span", { class: "person-title" }, person(id)?.title ?? "")),
    icon("down"));
}

function row({ place, picture, words, unread, isCurrent }) {
  const href = addressOf({ person: state.route.person, place });
  return el("li", {}, el("a", { class: `place${unread ? " unread" : ""}`, href, "aria-current": isCurrent ? "page" : null },
    picture, el("span", { class: "place-name" }, words),
    unread ? el("span", { class: "unread-count", "aria-label": `${unread} unread` }, unread > 99 ? "99+" : String(unread)) : null));
}

const section = (title, rows) => (rows.length ? el("section", { class: "places" }, el("h2", {}, title), el("ul", {}, rows)) : null);

function channelRow(one) {
  const isCurrent = state.route.place === one.id;
  const known = state.workspace.channels.find((other) => other.id === one.id);
  const picture = one.is_im ? avatar(one.with, "tiny") : icon(known?.is_private ? "lock" : "hash");
  return row({ place: one.id, picture, words: channelName(one.id), unread: isCurrent && document.hasFocus() ? 0 : one.unread, isCurrent });
}

let drawn = null;

/** Draws the sidebar for the person, the place and the unread counts of now. */
export function drawSidebar(root) {
  const { workspace, view, route } = state;
  const print = JSON.stringify([workspace, view.channels, route, document.hasFocus()]);
  if (print === drawn) return;
  drawn = print;
  const active = root.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const channels = view.channels.filter((one) => !one.is_im);
  const conversations = view.channels.filter((one) => one.is_im);
  fill(root,
    el("div", { class: "workspace-name" }, el("span", { class: "workspace-mark", "aria-hidden": "true" }, workspace.team.name.slice(0, 1).toUpperCase()), el("h1", {}, workspace.team.name)),
    personSwitch(),
    el("div", { class: "sidebar-scroll" },
      section("Channels", channels.map(channelRow)),
      section("Direct messages", conversations.map(channelRow)),
      section("Apps", [row({ place: HOME, picture: avatar(botId(), "tiny"), words: `${workspace.app.name} Home`, unread: 0, isCurrent: route.place === HOME })])));
  if (active) [...root.querySelectorAll("a")].find((node) => node.getAttribute("href") === active)?.focus();
}
