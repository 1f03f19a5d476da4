// Shortcodes such as :warning:. The signs that carry a verdict are drawn, so that they look the same on a machine
// without an emoji font; the others are the character itself; unknown ones stay as they were typed.
import { drawing, el } from "./dom.js";

const stroke = (d, color, width = "2.6") => [
  "path",
  { d, fill: "none", stroke: color, "stroke-width": width, "stroke-linecap": "round", "stroke-linejoin": "round" },
];
const disc = (fill, edge) => [["circle", { cx: "12", cy: "12", r: "9.5", fill, stroke: edge, "stroke-width": "1" }]];
const tile = (fill) => ["rect", { x: "2", y: "2", width: "20", height: "20", rx: "5", fill }];
const shape = (d, fill) => ["path", { d, fill }];

const TICK = "M6.8 12.5l3.6 3.6L17.4 8.8";
const CROSS = "M6 6l12 12M18 6L6 18";
const TRIANGLE = "M12 2.6c.7 0 1.300.3 1.7 1l8.3 14.9c.8 1.4-.1 3-1.7 3H3.7c-1.6 0-2.5-1.6-1.7-3L10.3 3.6c.4-.7 1-1 1.7-1z";
const MARK = "M8.3 8.6a3.8 3.8 0 1 1 5.6 3.4c-1.300.7-1.9 1.4-1.9 2.7M12 18.6v.1";
const LOCK = "M4.5 11h15v9.5h-15z";

const DRAWN = {
  white_check_mark: [tile("#2e9e5b"), stroke(TICK, "#ffffff")],
  heavy_check_mark: [stroke(TICK, "#2e9e5b", "3.4")],
  x: [stroke(CROSS, "#d93f4c", "3.8")],
  negative_squared_cross_mark: [tile("#d93f4c"), stroke("M8 8l8 8M16 8l-8 8", "#ffffff")],
  warning: [shape(TRIANGLE, "#f5b83d"), stroke("M12 9v5M12 17.6v.1", "#4a3200")],
  question: [stroke(MARK, "#d93f4c", "3.2")],
  grey_question: [stroke(MARK, "#8b94a3", "3.2")],
  exclamation: [stroke("M12 4.5v9.5M12 18.8v.1", "#d93f4c", "3.6")],
  information_source: [tile("#3b7ddd"), stroke("M12 11v6M12 7.3v.1", "#ffffff")],
  hourglass_flowing_sand: [stroke("M6 3.5h12M6 20.5h12M7.5 3.5c0 5 3.5 6 4.5 8.5 1-2.5 4.5-3.5 4.5-8.5M7.5 20.5c0-5 3.5-6 4.5-8.5 1 2.5 4.5 3.5 4.5 8.5", "#a9712c", "1.9"), shape("M9 19.5c.4-2 1.8-3 3-3.8 1.200.8 2.6 1.8 3 3.8zM9.3 7h5.4L12 10.3z", "#e8b45a")],
  rotating_light: [shape("M6.5 17v-4.5a5.5 5.5 0 0 1 11 0V17z", "#e04452"), shape("M4.5 17h15v3.5h-15z", "#6b7280"), stroke("M12 2v1.8M4.3 5l1.3 1.3M19.7 5l-1.3 1.3M2.3 11.5h1.6M20.1 11.5h1.6", "#e04452", "1.7")],
  lock: [stroke("M7.5 11V8a4.5 4.5 0 0 1 9 0v3", "#8b94a3", "2.4"), shape(LOCK, "#eab244")],
  unlock: [stroke("M7.5 11V7a4.5 4.5 0 0 1 8.7-1.5", "#8b94a3", "2.4"), shape(LOCK, "#eab244")],
  mag: [["circle", { cx: "10", cy: "10", r: "6.3", fill: "#bfe0f5", stroke: "#58708a", "stroke-width": "2.2" }], stroke("M15 15l5.5 5.5", "#58708a", "3.2")],
  arrows_counterclockwise: [tile("#3b7ddd"), stroke("M7 10.5a5.3 5.3 0 0 1 9.7-1.2M17 13.5a5.3 5.3 0 0 1-9.7 1.2M17.2 6v3.5h-3.5M6.8 18v-3.5h3.5", "#ffffff", "1.9")],
  eyes: [["ellipse", { cx: "7", cy: "12", rx: "4.6", ry: "6.5", fill: "#ffffff", stroke: "#5b6675", "stroke-width": "1.3" }], ["ellipse", { cx: "17", cy: "12", rx: "4.6", ry: "6.5", fill: "#ffffff", stroke: "#5b6675", "stroke-width": "1.3" }], ["circle", { cx: "8.6", cy: "13", r: "2.3", fill: "#2b3340" }], ["circle", { cx: "18.6", cy: "13", r: "2.3", fill: "#2b3340" }]],
  no_entry: [...disc("#d93f4c", "#b42c3a"), ["rect", { x: "6", y: "10.3", width: "12", height: "3.4", rx: "1", fill: "#ffffff" }]],
  no_entry_sign: [["circle", { cx: "12", cy: "12", r: "8.5", fill: "none", stroke: "#d93f4c", "stroke-width": "3" }], stroke("M6 6l12 12", "#d93f4c", "3")],
  memo: [shape("M4.5 3h12v18h-12z", "#e9edf2"), stroke("M7.5 8h6M7.5 11.5h6M7.5 15h3.5", "#8b94a3", "1.6"), stroke("M20.5 7.5L13 17", "#eab244", "3")],
  zap: [shape("M14 1.8L4.5 13.5h6L9 22.2 19.5 9.8h-6.3z", "#f5b83d")],
  large_green_circle: disc("#35a862", "#268750"),
  large_yellow_circle: disc("#f3c13a", "#d3a11c"),
  large_orange_circle: disc("#ef8a36", "#cf6d1b"),
  red_circle: disc("#de4654", "#bd3240"),
  large_blue_circle: disc("#3b7ddd", "#2a64ba"),
  white_circle: disc("#f4f6f9", "#a9b1bd"),
  black_circle: disc("#3a424e", "#8b94a3"),
  bell: [shape("M12 2.5c-3.9 0-6 2.8-6 6.5 0 4.5-2 5.5-2 7.5h16c0-2-2-3-2-7.5 0-3.7-2.1-6.5-6-6.5zM9.5 18.5h5a2.5 2.5 0 0 1-5 0z", "#eab244")],
  key: [["circle", { cx: "8", cy: "8.5", r: "4.3", fill: "none", stroke: "#d59f2f", "stroke-width": "2.6" }], stroke("M11.2 11.7l8.3 8.3M16 16.5l2.2-2.2M13.3 13.8l2-2", "#d59f2f", "2.4")],
  shield: [shape("M12 2.5l8 2.8v6c0 5.2-3.3 8.8-8 10.7-4.7-1.9-8-5.5-8-10.7v-6z", "#3b7ddd"), stroke("M8.3 12l2.7 2.7L15.8 9.8", "#ffffff", "2.2")],
};
DRAWN.hourglass = DRAWN.hourglass_flowing_sand;
DRAWN.green_circle = DRAWN.large_green_circle;
DRAWN.yellow_circle = DRAWN.large_yellow_circle;

const CHARACTERS = {
  "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", wave: "👋", tada: "🎉", rocket: "🚀", fire: "🔥", bulb: "💡",
  wrench: "🔧", gear: "⚙️", broom: "🧹", package: "📦", paperclip: "📎", link: "🔗", speech_balloon: "💬", hand: "✋",
  page_facing_up: "📄", clipboard: "📋", calendar: "📅", stopwatch: "⏱️", clock3: "🕒", heart: "❤️", pray: "🙏", wastebasket: "🗑️",
  bust_in_silhouette: "👤", busts_in_silhouette: "👥", arrow_right: "➡️", arrow_left: "⬅️", arrow_up: "⬆️", arrow_down: "⬇️",
  arrow_up_small: "🔼", chart_with_upwards_trend: "📈", chart_with_downwards_trend: "📉", raised_hands: "🙌", smile: "😄",
  ballot_box_with_check: "☑️", heavy_minus_sign: "➖", double_vertical_bar: "⏸️", arrow_forward: "▶️", stop_sign: "🛑",
  black_small_square: "▪️", small_blue_diamond: "🔹", pushpin: "📌", telephone_receiver: "📞", sos: "🆘", hammer_and_wrench: "🛠️",
};

/** The sign for a shortcode (without colons), or null when the shortcode is unknown. */
export function emoji(name) {
  const base = name.replace(/::skin-tone-\d$/, "");
  if (Object.hasOwn(DRAWN, base)) return drawing(DRAWN[base], { title: base.replaceAll("_", " "), className: "emoji" });
  if (Object.hasOwn(CHARACTERS, base)) {
    return el("span", { class: "emoji-character", role: "img", "aria-label": base.replaceAll("_", " "), title: `:${base}:` }, CHARACTERS[base]);
  }
  return null;
}
