// Shortcodes such as :warning:. The signs that carry a verdict are drawn, so that they look the same on a machine
// without an emoji font; the others are the character itself; unknown ones stay as they were typed.
import { drawing, el } from "./dom.js";

const stroke = (d, color, width = "2.600") => [
  "path",
  { d, fill: "none", stroke: color, "stroke-width": width, "stroke-linecap": "round", "stroke-linejoin": "round" },
];
const disc = (fill, edge) => [["circle", { cx: "12", cy: "12", r: "9.500", fill, stroke: edge, "stroke-width": "1" }]];
const tile = (fill) => ["rect", { x: "2", y: "2", width: "20", height: "20", rx: "5", fill }];
const shape = (d, fill) => ["path", { d, fill }];

const TICK = "M6.800 12.500l3.600 3.600L17.400 8.800";
const CROSS = "M6 6l12 12M18 6L6 18";
const TRIANGLE = "M12 2.600c.7 0 1.300.3 1.700 1l8.300 14.900c.8 1.400-.1 3-1.700 3H3.700c-1.600 0-2.500-1.600-1.700-3L10.300 3.600c.4-.7 1-1 1.700-1z";
const MARK = "M8.300 8.600a3.800 3.800 0 1 1 5.600 3.400c-1.300.7-1.900 1.400-1.900 2.700M12 18.600v.1";
const LOCK = "M4.500 11h15v9.500h-15z";

const DRAWN = {
  white_check_mark: [tile("#2e9e5b"), stroke(TICK, "#ffffff")],
  heavy_check_mark: [stroke(TICK, "#2e9e5b", "3.400")],
  x: [stroke(CROSS, "#d93f4c", "3.800")],
  negative_squared_cross_mark: [tile("#d93f4c"), stroke("M8 8l8 8M16 8l-8 8", "#ffffff")],
  warning: [shape(TRIANGLE, "#f5b83d"), stroke("M12 9v5M12 17.600v.1", "#4a3200")],
  question: [stroke(MARK, "#d93f4c", "3.200")],
  grey_question: [stroke(MARK, "#8b94a3", "3.200")],
  exclamation: [stroke("M12 4.500v9.500M12 18.800v.1", "#d93f4c", "3.600")],
  information_source: [tile("#3b7ddd"), stroke("M12 11v6M12 7.300v.1", "#ffffff")],
  hourglass_flowing_sand: [stroke("M6 3.500h12M6 20.500h12M7.500 3.500c0 5 3.500 6 4.500 8.500 1-2.500 4.500-3.500 4.500-8.500M7.500 20.500c0-5 3.500-6 4.500-8.500 1 2.500 4.500 3.500 4.500 8.500", "#a9712c", "1.900"), shape("M9 19.500c.4-2 1.800-3 3-3.800 1.200.8 2.600 1.800 3 3.800zM9.300 7h5.400L12 10.300z", "#e8b45a")],
  rotating_light: [shape("M6.500 17v-4.500a5.500 5.500 0 0 1 11 0V17z", "#e04452"), shape("M4.500 17h15v3.500h-15z", "#6b7280"), stroke("M12 2v1.800M4.300 5l1.300 1.300M19.700 5l-1.300 1.300M2.300 11.500h1.600M20.100 11.500h1.600", "#e04452", "1.700")],
  lock: [stroke("M7.500 11V8a4.500 4.500 0 0 1 9 0v3", "#8b94a3", "2.400"), shape(LOCK, "#eab244")],
  unlock: [stroke("M7.500 11V7a4.500 4.500 0 0 1 8.700-1.500", "#8b94a3", "2.400"), shape(LOCK, "#eab244")],
  mag: [["circle", { cx: "10", cy: "10", r: "6.300", fill: "#bfe0f5", stroke: "#58708a", "stroke-width": "2.200" }], stroke("M15 15l5.500 5.500", "#58708a", "3.200")],
  arrows_counterclockwise: [tile("#3b7ddd"), stroke("M7 10.500a5.300 5.300 0 0 1 9.700-1.200M17 13.500a5.300 5.300 0 0 1-9.700 1.200M17.200 6v3.500h-3.500M6.800 18v-3.500h3.500", "#ffffff", "1.900")],
  eyes: [["ellipse", { cx: "7", cy: "12", rx: "4.600", ry: "6.500", fill: "#ffffff", stroke: "#5b6675", "stroke-width": "1.300" }], ["ellipse", { cx: "17", cy: "12", rx: "4.600", ry: "6.500", fill: "#ffffff", stroke: "#5b6675", "stroke-width": "1.300" }], ["circle", { cx: "8.600", cy: "13", r: "2.300", fill: "#2b3340" }], ["circle", { cx: "18.600", cy: "13", r: "2.300", fill: "#2b3340" }]],
  no_entry: [...disc("#d93f4c", "#b42c3a"), ["rect", { x: "6", y: "10.300", width: "12", height: "3.400", rx: "1", fill: "#ffffff" }]],
  no_entry_sign: [["circle", { cx: "12", cy: "12", r: "8.500", fill: "none", stroke: "#d93f4c", "stroke-width": "3" }], stroke("M6 6l12 12", "#d93f4c", "3")],
  memo: [shape("M4.500 3h12v18h-12z", "#e9edf2"), stroke("M7.500 8h6M7.500 11.500h6M7.500 15h3.500", "#8b94a3", "1.600"), stroke("M20.500 7.500L13 17", "#eab244", "3")],
  zap: [shape("M14 1.800L4.500 13.500h6L9 22.200 19.500 9.800h-6.300z", "#f5b83d")],
  large_green_circle: disc("#35a862", "#268750"),
  large_yellow_circle: disc("#f3c13a", "#d3a11c"),
  large_orange_circle: disc("#ef8a36", "#cf6d1b"),
  red_circle: disc("#de4654", "#bd3240"),
  large_blue_circle: disc("#3b7ddd", "#2a64ba"),
  white_circle: disc("#f4f6f9", "#a9b1bd"),
  black_circle: disc("#3a424e", "#8b94a3"),
  bell: [shape("M12 2.500c-3.900 0-6 2.800-6 6.500 0 4.500-2 5.500-2 7.500h16c0-2-2-3-2-7.500 0-3.700-2.100-6.500-6-6.500zM9.500 18.500h5a2.500 2.500 0 0 1-5 0z", "#eab244")],
  key: [["circle", { cx: "8", cy: "8.500", r: "4.300", fill: "none", stroke: "#d59f2f", "stroke-width": "2.600" }], stroke("M11.200 11.700l8.300 8.300M16 16.500l2.200-2.200M13.300 13.800l2-2", "#d59f2f", "2.400")],
  shield: [shape("M12 2.500l8 2.800v6c0 5.200-3.300 8.800-8 10.700-4.700-1.900-8-5.500-8-10.700v-6z", "#3b7ddd"), stroke("M8.300 12l2.700 2.700L15.800 9.800", "#ffffff", "2.200")],
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
