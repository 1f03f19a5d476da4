// Builds DOM nodes. Data only ever becomes text nodes and attribute values, so nothing that a person typed can become markup.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Creates an element. `props`: `class`, `on` (listeners), `data` (dataset), `style` (CSSOM properties), `value` and
 * `checked` (set as properties), anything else becomes an attribute; null, undefined and false are left out.
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") node.className = value;
    else if (key === "on") for (const [type, listener] of Object.entries(value)) node.addEventListener(type, listener);
    else if (key === "data") Object.assign(node.dataset, value);
    else if (key === "style") for (const [name, setting] of Object.entries(value)) node.style.setProperty(name, setting);
    else if (key === "value" || key === "checked") node[key] = value;
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Creates an SVG drawing of 24 × 24 units out of `[tag, attributes]` pairs; it is decoration unless it has a title. */
export function drawing(shapes, { title = null, className = "icon" } = {}) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", className);
  if (title) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", title);
    const label = document.createElementNS(SVG, "title");
    label.textContent = title;
    svg.append(label);
  } else {
    svg.setAttribute("aria-hidden", "true");
  }
  for (const [tag, attributes] of shapes) {
    const shape = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value);
    svg.append(shape);
  }
  return svg;
}

/** Replaces what is inside `root`, leaving out empty children. */
export function fill(root, ...children) {
  root.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return root;
}

let counter = 0;

/** An id that is unique in this document, for labels and descriptions. */
export function freshId(prefix) {
  counter += 1;
  return `${prefix}-${counter}`;
}

/** The elements inside `root` that the Tab key reaches, in order. */
export function focusable(root) {
  const all = root.querySelectorAll("a[href], button, input, textarea, select, [tabindex]");
  return [...all].filter((node) => !node.disabled && node.tabIndex >= 0 && node.offsetParent !== null);
}
