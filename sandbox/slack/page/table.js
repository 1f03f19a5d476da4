// The table block: the first row is the heading; wide tables scroll sideways inside their frame.
import { el } from "./dom.js";
import { decode } from "./mrkdwn.js";
import { richText } from "./richtext.js";

function cell(content, setting, isHeading) {
  const classes = [`align-${setting?.align ?? "left"}`, setting?.is_wrapped ? "wrapped" : "unwrapped"].join(" ");
  const inside = content?.type === "rich_text" ? richText(content) : decode(String(content?.text ?? ""));
  return el(isHeading ? "th" : "td", { class: classes, scope: isHeading ? "col" : null }, inside);
}

/** Draws a table block. */
export function table(block) {
  const settings = block.column_settings ?? [];
  const row = (cells, isHeading) => el("tr", {}, cells.map((content, column) => cell(content, settings[column], isHeading)));
  const [heading, ...rows] = block.rows ?? [];
  // Scrollable regions need the keyboard too, hence the tab stop and the name.
  return el("div", { class: "table-frame", tabindex: "0", role: "region", "aria-label": `Table, ${rows.length} rows` },
    el("table", {},
      heading ? el("thead", {}, row(heading, true)) : null,
      el("tbody", {}, rows.map((cells) => row(cells, false)))));
}
