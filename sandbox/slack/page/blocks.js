// Block Kit as DOM nodes, for messages, modals and App Home.
import { el } from "./dom.js";
import { element } from "./elements.js";
import { inputBlock } from "./field.js";
import { plain, textObject } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { table } from "./table.js";

function section(block, place) {
  return el("div", { class: "block section" },
    el("div", { class: "section-main" },
      block.text ? el("div", { class: "section-text" }, textObject(block.text)) : null,
      block.fields ? el("div", { class: "section-fields" }, block.fields.map((field) => el("div", {}, textObject(field)))) : null),
    block.accessory ? el("div", { class: "accessory" }, element(block.accessory, place)) : null);
}

const contextItem = (item, place) => (item.type === "image" ? element(item, place) : el("span", { class: "context-item" }, textObject(item)));

const DRAWERS = {
  header: (block) => el("h3", { class: "block header" }, plain(block.text.text)),
  section,
  context: (block, place) => el("div", { class: "block context" }, block.elements.map((item) => contextItem(item, place))),
  divider: () => el("hr", { class: "block divider" }),
  actions: (block, place) => el("div", { class: "block actions" }, block.elements.map((spec) => element(spec, place))),
  input: inputBlock,
  rich_text: (block) => el("div", { class: "block rich" }, richText(block)),
  table: (block) => el("div", { class: "block" }, table(block)),
  image: (block) => el("div", { class: "block" }, el("span", { class: "picture", title: block.image_url }, block.alt_text)),
};

/** Draws blocks. `surface` takes presses ({press, options}); `values` keeps what is filled in (FormValues). */
export function drawBlocks(blocks, { surface, values }) {
  const drawn = (blocks ?? []).map((block, index) => {
    const place = { blockId: block.block_id ?? `block-${index}`, surface, values, dispatches: true, labelId: null, errorId: null };
    const draw = Object.hasOwn(DRAWERS, block.type) ? DRAWERS[block.type] : null;
    return draw ? draw(block, place) : el("p", { class: "block unsupported" }, `The local workspace does not draw blocks of type “${block.type}”.`);
  });
  return el("div", { class: "blocks" }, drawn);
}
