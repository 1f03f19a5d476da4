// The page's own line icons.
import { drawing } from "./dom.js";

const LINES = {
  hash: "M9 4L7.5 20M16.5 4L15 20M4.5 9H20M4 15h15.5",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5.5 11h13v9h-13z",
  home: "M4 11.5L12 4.5l8 7M6 10v9.5h12V10M10 19.5v-5h4v5",
  reply: "M4 5h16v11.5H11L6.5 20v-3.5H4zM8 9.5h8M8 12.5h5",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  close: "M6 6l12 12M18 6L6 18",
  back: "M14.5 5.5L8 12l6.5 6.5",
  down: "M6.5 9.5L12 15l5.5-5.5",
  check: "M5 12.5l4.5 4.5L19 7.5",
  send: "M4 12L20 4.5 15 20l-4-6.5zM11 13.5L20 4.5",
  menu: "M4 7h16M4 12h16M4 17h16",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6z",
  file: "M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5",
  download: "M12 4v11M7.5 11l4.5 4.5L16.5 11M5 20h14",
  bolt: "M13 3L5 13.5h6L10.5 21 19 10h-6.5z",
  crack: "M12 3.5l-2 5 4 2.5-4 4 3 5.5M4.5 12a7.5 7.5 0 0 1 4-6.6M19.5 12a7.5 7.5 0 0 1-4 6.6M15.5 5.4a7.5 7.5 0 0 1 4 6.6M8.5 18.6A7.5 7.5 0 0 1 4.5 12",
  shortcut: "M12 5v14M5 12h14",
  people: "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5c0-3.5 2.9-5.5 6.5-5.5s6.5 2 6.5 5.5M16 5a3.5 3.5 0 0 1 0 6.3M18 14.4c2.200.8 3.5 2.6 3.5 5.1",
  copy: "M8 8V4.5h11.5V16H16M4.5 8H16v11.5H4.5z",
};

/** A line icon by name; decoration only, the words stand beside it or in the control's label. */
export function icon(name) {
  const line = {
    d: LINES[name], fill: "none", stroke: "currentColor", "stroke-width": name === "more" ? "2.6" : "1.7",
    "stroke-linecap": "round", "stroke-linejoin": "round",
  };
  return drawing([["path", line]]);
}

/** The bot's picture: a shield with a tick. */
export function shield() {
  return drawing([
    ["rect", { width: "24", height: "24", rx: "6", fill: "#12324a" }],
    ["path", { d: "M12 4.5l6 2.2v4.6c0 4-2.5 6.8-6 8.2-3.5-1.4-6-4.2-6-8.2V6.7z", fill: "#f0a63a" }],
    ["path", { d: "M9 12l2.2 2.2L15.2 10", fill: "none", stroke: "#12324a", "stroke-width": "1.8", "stroke-linecap": "round", "stroke-linejoin": "round" }],
  ], { className: "shield" });
}
