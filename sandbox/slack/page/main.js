// Joins the parts: reads what the person sees, draws it, and reads again what changed.
import { api } from "./api.js";
import { Composer } from "./composer.js";
import { el, fill } from "./dom.js";
import { drawHeader } from "./header.js";
import { Home } from "./home.js";
import { follow, oneAtATime } from "./live.js";
import { MessageList } from "./messages.js";
import { Modals } from "./modal.js";
import { Drawers } from "./drawers.js";
import { Panel } from "./panel.js";
import { drawSidebar } from "./sidebar.js";
import { HOME, addressOf, botId, channel, channelName, goTo, isBot, readRoute, shownChannel, state } from "./state.js";
import { Thread } from "./thread.js";
import { renewMoments } from "./time.js";
import { report } from "./toast.js";

const RENEW_MS = 15_000;
const PANEL_MS = 1_000;
const root = (id) => document.getElementById(id);
const shown = { messages: [], replies: [], groups: [], hasPanel: false };
let parts = null;
let unfollow = () => {};

const isKnown = (place) => place === HOME || state.view.channels.some((one) => one.id === place);
const isStill = (before) => addressOf(before) === addressOf(state.route);

function draw() {
  const { place, person, thread } = state.route;
  const isHome = place === HOME;
  const brokenCount = shown.groups.flatMap((group) => group.faults).filter((fault) => fault.broken).length;
  parts.drawers.setThread(Boolean(thread));
  drawSidebar(root("sidebar"));
  drawHeader(root("channel-header"), {
    onMenu: () => parts.drawers.openSidebar(),
    onPanel: shown.hasPanel ? () => parts.drawers.togglePanel() : null,
    isPanelOpen: parts.drawers.isPanelOpen,
    brokenCount,
  });
  root("home").hidden = !isHome;
  root("messages").hidden = isHome;
  root("composer").hidden = isHome;
  if (isHome) parts.home.show(state.view.home);
  else {
    const found = channel(place);
    const sign = found?.is_im ? "" : "#";
    parts.messages.show([person, place].join("/"), place, shown.messages, {
      empty: el("span", {}, el("strong", {}, `${sign}${channelName(place)}`), isBot(found?.with) ? "Say hello, or mention what is wrong." : "Nothing was said here yet. Break something at the right, then type /diagnose and what a customer would say."),
    });
    parts.composer.show(place, null, `Message ${sign}${channelName(place)}`);
  }
  parts.thread.show(shown.replies);
  root("app").classList.toggle("with-thread", Boolean(thread));
  const unread = state.view.channels.reduce((total, one) => total + (one.id === place ? 0 : one.unread), 0);
  document.title = `${unread ? `(${unread}) ` : ""}${isHome ? state.workspace.app.name : channelName(place)} · ${state.workspace.team.name}`;
}

const readView = oneAtATime(async () => {
  const { person } = state.route;
  const view = await api.view(person);
  if (person !== state.route.person) return;
  state.view = view;
  state.clockOffset = view.now - Date.now() / 1000;
  draw();
  parts.modals.show(view.modal_stack);
});

const readMessages = oneAtATime(async () => {
  const before = { ...state.route };
  if (!shownChannel()) return;
  const [{ messages }, replies] = await Promise.all([
    api.messages(before.person, before.place),
    before.thread ? api.messages(before.person, before.place, before.thread) : { messages: [] },
  ]);
  if (!isStill(before)) return;
  Object.assign(shown, { messages, replies: replies.messages });
  draw();
});

const readPanel = oneAtATime(async () => {
  const { groups } = await api.panel();
  shown.groups = groups;
  shown.hasPanel = groups.length > 0;
  parts.drawers.allowPanel(shown.hasPanel);
  parts.panel.show(groups);
  draw();
});

const readWorkspace = oneAtATime(async () => {
  state.workspace = await api.workspace();
});

// What an app does may heal or break something, and its messages are the sign that it did something.
let panelTimer = 0;
function readPanelSoon() {
  if (!shown.hasPanel) return;
  clearTimeout(panelTimer);
  panelTimer = setTimeout(() => readPanel().catch(report), PANEL_MS);
}

async function onChanges(events) {
  const kinds = new Set(events.map((event) => event.type));
  const isAll = kinds.has("everything");
  const isHere = events.some((event) => event.type === "changed" && event.channel === shownChannel());
  try {
    if (isAll || kinds.has("workspace")) await readWorkspace();
    if (isAll) {
      // The workspace may have been started anew: the channel of before need not exist any more.
      state.view = await api.view(state.route.person);
      if (!isKnown(state.route.place)) {
        await enter();
        return;
      }
    }
    if (isAll || isHere) await readMessages();
    if (isAll || ["changed", "modal", "home", "workspace"].some((kind) => kinds.has(kind))) await readView();
    if (isAll || kinds.has("panel")) await readPanel();
    else if (kinds.has("changed")) readPanelSoon();
  } catch (error) {
    if (error.code !== "unreachable") report(error); // a lost connection is told beside the banner, once
  }
}

function onStatus(isConnected) {
  root("connection").textContent = isConnected ? "" : "Connection lost, trying again …";
  document.body.classList.toggle("offline", !isConnected);
}

async function enter() {
  const before = state.route;
  const route = readRoute();
  const people = state.workspace.people.filter((one) => !isBot(one.id));
  if (!people.some((one) => one.id === route.person)) route.person = people[0].id;
  const isOther = route.person !== before.person;
  if (isOther) {
    unfollow();
    state.view = await api.view(route.person);
    state.clockOffset = state.view.now - Date.now() / 1000;
    parts.modals.show([]);
  }
  if (!isKnown(route.place)) Object.assign(route, { place: state.view.channels.find((one) => !one.is_im)?.id ?? state.view.channels[0]?.id ?? HOME, thread: null });
  state.route = route;
  if (location.hash !== addressOf(route)) history.replaceState(null, "", addressOf(route));
  const isElsewhere = isOther || route.place !== before.place;
  if (isElsewhere) Object.assign(shown, { messages: [], replies: [] });
  else if (route.thread !== before.thread) shown.replies = shown.messages.filter((message) => message.ts === route.thread);
  parts.drawers.closeSidebar();
  draw();
  if (isOther) unfollow = follow(route.person, onChanges, onStatus);
  const isApp = route.place === HOME || channel(route.place)?.with === botId();
  if (isElsewhere && isApp) await api.home(route.person, route.place === HOME ? "home" : "messages");
  await readMessages();
  await readView();
  if (isElsewhere && route.place !== HOME && window.matchMedia("(min-width: 761px)").matches) parts.composer.input.focus();
}

const enterOrSay = () => enter().catch(report);

async function start() {
  await readWorkspace();
  const again = () => Promise.all([readMessages(), readView()]).catch(report);
  parts = {
    messages: new MessageList(root("messages"), { label: "Messages" }),
    composer: new Composer(root("composer"), { label: "Message", onSent: () => { parts.messages.scrollToEnd(); again(); } }),
    thread: new Thread(root("thread"), { onSent: () => { parts.thread.messages.scrollToEnd(); again(); } }),
    home: new Home(root("home")),
    modals: new Modals({ onAnswered: () => readView().catch(report) }),
    drawers: new Drawers({ app: root("app"), sidebar: root("sidebar"), panel: root("panel"), scrim: root("scrim"), onChange: () => draw() }),
    panel: new Panel(root("panel"), { onClose: () => parts.drawers.togglePanel(), onTry: propose }),
  };
  window.addEventListener("hashchange", enterOrSay);
  window.addEventListener("focus", () => draw());
  setInterval(renewMoments, RENEW_MS);
  await enter();
  await readPanel();
}

/** Puts a text into the channel's composer; from App Home, into the first channel's. */
async function propose(text) {
  if (!shownChannel()) {
    goTo({ place: state.view.channels.find((one) => !one.is_im)?.id });
    await new Promise((resolve) => setTimeout(resolve, 0));
    await enter();
  }
  parts.drawers.closeIfNarrow();
  parts.composer.propose(text);
}

start().catch((error) => {
  fill(root("main"), el("div", { class: "failure", role: "alert" }, el("h2", {}, "The workspace could not be shown"), el("p", {}, error.message),
    el("button", { type: "button", class: "button primary solid", on: { click: () => location.reload() } }, "Try again")));
});
