// Times in words. The day and the time of day are those of the browser; "now" is the workspace's.
import { el } from "./dom.js";
import { now } from "./state.js";

const LANGUAGE = "en";
const at = (epoch) => new Date(epoch * 1000);
const say = (epoch, options) => new Intl.DateTimeFormat(LANGUAGE, options).format(at(epoch));

const time = (epoch) => say(epoch, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const timeWithSeconds = (epoch) => say(epoch, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const shortDate = (epoch) => say(epoch, { month: "short", day: "numeric", year: "numeric" });
const plainDate = (epoch) => say(epoch, { month: "long", day: "numeric", year: "numeric" });
const longDate = (epoch) => say(epoch, { weekday: "long", month: "long", day: "numeric", year: "numeric" });

function numericDate(epoch) {
  const day = at(epoch);
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

function neighbour(epoch) {
  const midnight = (moment) => new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime();
  const days = Math.round((midnight(at(epoch)) - midnight(at(now()))) / 86_400_000);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days] ?? null;
}

/** How long ago, or in how long: "just now", "3 minutes ago", "in 2 hours". */
export function ago(epoch) {
  const seconds = epoch - now();
  const size = Math.abs(seconds);
  if (size < 45) return seconds > 5 ? "in less than a minute" : "just now";
  const [unit, length] = size < 3570 ? ["minute", 60] : size < 85_000 ? ["hour", 3600] : ["day", 86_400];
  return new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "always" }).format(Math.round(seconds / length), unit);
}

const TOKENS = {
  date_num: numericDate,
  date: plainDate,
  date_slash: (epoch) => say(epoch, { day: "2-digit", month: "2-digit", year: "numeric" }),
  date_short: shortDate,
  date_long: longDate,
  date_pretty: (epoch) => neighbour(epoch) ?? plainDate(epoch),
  date_short_pretty: (epoch) => neighbour(epoch) ?? shortDate(epoch),
  date_long_pretty: (epoch) => neighbour(epoch) ?? longDate(epoch),
  day_divider_pretty: (epoch) => neighbour(epoch) ?? longDate(epoch),
  time,
  time_secs: timeWithSeconds,
  ago,
};

const words = (format, epoch) => format.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(TOKENS, name) ? TOKENS[name](epoch) : whole));

/** The exact moment, for titles. */
export const exactly = (epoch) => `${longDate(epoch)} at ${timeWithSeconds(epoch)}`;

/** "14:05". */
export const clock = time;

/** "Today", "Yesterday" or the date, for the line between days. */
export function dayName(epoch) {
  const text = neighbour(epoch) ?? say(epoch, { weekday: "long", month: "long", day: "numeric" });
  return text[0].toUpperCase() + text.slice(1);
}

/** A <time> for one of Slack's date formats, with the exact moment as its title; the fallback where there is no number. */
export function moment(epoch, format, fallback = "") {
  if (!Number.isFinite(epoch)) return el("span", {}, fallback);
  const text = words(format, epoch);
  const data = format.includes("{ago}") ? { ago: format, epoch: String(epoch) } : {};
  return el("time", { class: "moment", datetime: at(epoch).toISOString(), title: exactly(epoch), data }, text);
}

/** Says again how long ago, for everything on the page that says so. */
export function renewMoments() {
  for (const node of document.querySelectorAll("time[data-ago]")) {
    const text = words(node.dataset.ago, Number(node.dataset.epoch));
    if (node.textContent !== text) node.textContent = text;
  }
}
