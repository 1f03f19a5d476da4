// What the page knows: the workspace, what the person sees, and where they are (kept in the address: #/person/place/thread).

export const state = {
  workspace: null,
  view: { channels: [], home: null, modal_stack: [], now: Date.now() / 1000 },
  route: { person: null, place: null, thread: null },
  clockOffset: 0,
};

export const HOME = "home";

/** Reads person, place (a channel id or "home") and thread from the address. */
export function readRoute() {
  const [person, place, thread] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  return { person: person || null, place: place || null, thread: thread || null };
}

/** The address of a place, for links and for `goTo`. */
export function addressOf({ person, place, thread }) {
  return `#/${[person, place, thread].filter(Boolean).map(encodeURIComponent).join("/")}`;
}

/** Goes somewhere; what is not named stays, but a thread is left when the place changes. */
export function goTo(change) {
  const next = { ...state.route, ...change };
  if ("place" in change && !("thread" in change)) next.thread = null;
  const address = addressOf(next);
  if (location.hash !== address) location.hash = address;
}

/** Seconds since 1970 by the workspace's clock, which a test may have set. */
export const now = () => Date.now() / 1000 + state.clockOffset;

export const botId = () => state.workspace?.app.bot_user_id ?? null;
export const person = (id) => state.workspace?.people.find((one) => one.id === id) ?? null;
export const isBot = (id) => id === botId() || Boolean(person(id)?.is_bot);

/** The name that is shown for a user id. */
export function nameOf(id) {
  const known = person(id);
  if (known) return known.real_name || known.name;
  return id === botId() ? state.workspace.app.name : id ?? "Somebody";
}

/** The handle of a user group, with its sign. */
export const groupName = (id) => `@${state.workspace?.groups?.find((one) => one.id === id)?.handle ?? id}`;

/** The channel with this id as the person sees it: {id, name, topic, members, is_private, unread, is_im, with}. */
export function channel(id) {
  const seen = state.view.channels.find((one) => one.id === id);
  const known = state.workspace?.channels.find((one) => one.id === id);
  return seen || known ? { topic: "", members: [], unread: 0, is_im: false, ...known, ...seen } : null;
}

/** The name of a channel without its sign; of a direct message, the other person's name. */
export function channelName(id) {
  const found = channel(id);
  if (!found) return id;
  return found.is_im ? nameOf(found.with) : found.name;
}

/** The person's direct messages with the bot, or null while there are none. */
export const botChannel = () => state.view.channels.find((one) => one.is_im && one.with === botId()) ?? null;

/** The channel whose messages are on screen: none on the Home tab. */
export const shownChannel = () => (state.route.place === HOME ? null : state.route.place);
