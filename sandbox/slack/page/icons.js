// The page's own line icons.
import { drawing } from "./dom.js";

const LINES = {
  hash: "M9 4L7.500 20M16.500 4L15 20M4.500 9H20M4 15h15.500",
  lock: "M7 11V8a5 5 0 0 1 10 0v3M5.500 11h13v9h-13z",
  home: "M4 11.500L12 4.500l8 7M6 10v9.500h12V10M10 19.500v-5h4v5",
  reply: "M4 5h16v11.500H11L6.500 20v-3.500H4zM8 9.500h8M8 12.500h5",
  more: "M5.500 12h.01M12 12h.01M18.500 12h.01",
  close: "M6 6l12 12M18 6L6 18",
  back: "M14.500 5.500L8 12l6.500 6.500",
  down: "M6.500 9.500L12 15l5.500-5.500",
  check: "M5 12.500l4.500 4.500L19 7.500",
  send: "M4 12L20 4.500 15 20l-4-6.500zM11 13.500L20 4.500",
  menu: "M4 7h16M4 12h16M4 17h16",
  eye: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 9.200a2.800 2.800 0 1 1 0 5.600 2.800 2.800 0 0 1 0-5.600z",
  file: "M6 3.500h8l4.500 4.500v12.500H6zM14 3.500V8h4.500",
  download: "M12 4v11M7.500 11l4.500 4.500L16.500 11M5 20h14",
  bolt: "M13 3L5 13.500h6L10.500 21 19 10h-6.500z",
  crack: "M12 3.500l-2 5 4 2.500-4 4 3 5.500M4.500 12a7.500 7.500 0 0 1 4-6.600M19.500 12a7.500 7.500 0 0 1-4 6.600M15.500 5.400a7.500 7.500 0 0 1 4 6.600M8.500 18.600A7.500 7.500 0 0 1 4.500 12",
  shortcut: "M12 5v14M5 12h14",
  people: "M9 11.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 19.500c0-3.500 2.900-5.500 6.500-5.500s6.500 2 6.500 5.500M16 5a3.500 3.500 0 0 1 0 6.300M18 14.400c2.200.8 3.500 2.600 3.500 5.100",
  copy: "M8 8V4.500h11.500V16H16M4.500 8H16v11.500H4.500z",
};

/** A line icon by name; decoration only, the words stand beside it or in the control's label. */
export function icon(name) {
  const line = {
    d: LINES[name], fill: "none", stroke: "currentColor", "stroke-width": name === "more" ? "2.600" : "1.700",
    "stroke-linecap": "round", "stroke-linejoin": "round",
  };
  return drawing([["path", line]]);
}

/** The bot's picture: a shield with a tick. */
export function shield() {
  return drawing([
    ["rect", { width: "24", height: "24", rx: "6", fill: "#12324a" }],
    ["path", { d: "M12 4.500l6 2.200v4.600c0 4-2.500 6.800-6 8.200-3.500-1.400-6-4.200-6-8.200V6.700z", fill: "#f0a63a" }],
    ["path", { d: "M9 12l2.200 2.200L15.200 10", fill: "none", stroke: "#12324a", "stroke-width": "1.800", "stroke-linecap": "round", "stroke-linejoin": "round" }],
  ], { className: "shield" });
}
