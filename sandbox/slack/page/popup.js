// Small windows beside a control: menus and lists of choices. They lie in the browser's top layer, also above a dialog.

const EDGE = 8;
const GAP = 4;
const HIGHEST = 440;  // all people of the workspace

/** Where new popups and notices must be put so that an open dialog does not make them unreachable. */
export function layer() {
  const dialogs = [...document.querySelectorAll("dialog[open]")];
  return dialogs.at(-1) ?? document.body;
}

function place(anchor, popup, { side, isWide }) {
  const box = anchor.getBoundingClientRect();
  if (isWide) popup.style.setProperty("width", `${box.width}px`);
  popup.style.setProperty("max-height", "none");
  const wanted = popup.offsetHeight;
  const below = window.innerHeight - box.bottom - GAP - EDGE;
  const above = box.top - GAP - EDGE;
  const isAbove = side === "above" ? above >= Math.min(wanted, 160) || above > below : below < Math.min(wanted, 220) && above > below;
  const room = Math.max(96, isAbove ? above : below);
  popup.style.setProperty("max-height", `${Math.min(room, HIGHEST)}px`);
  const height = Math.min(wanted, room, HIGHEST);
  const left = side === "end" || box.left + popup.offsetWidth > window.innerWidth - EDGE ? box.right - popup.offsetWidth : box.left;
  popup.style.setProperty("left", `${Math.max(EDGE, Math.min(left, window.innerWidth - popup.offsetWidth - EDGE))}px`);
  popup.style.setProperty("top", `${isAbove ? box.top - GAP - height : box.bottom + GAP}px`);
}

/**
 * Shows `popup` beside `anchor` until `onClose`. Options: `side` ("below", "above", "end"), `isWide` (as wide as the anchor).
 * Returns {close, move}; a press elsewhere and scrolling of what lies below close it.
 */
export function openPopup(anchor, popup, { side = "below", isWide = false, onClose = () => {} } = {}) {
  popup.classList.add("popup");
  popup.setAttribute("popover", "manual");
  layer().append(popup);
  popup.showPopover();
  const move = () => place(anchor, popup, { side, isWide });
  move();
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    document.removeEventListener("pointerdown", onPress, true);
    window.removeEventListener("resize", close);
    document.removeEventListener("scroll", onScroll, true);
    popup.remove();
    onClose();
  };
  const onPress = (event) => {
    if (!popup.contains(event.target) && !anchor.contains(event.target)) close();
  };
  const onScroll = (event) => {
    if (event.target instanceof Node && event.target.contains(anchor) && !popup.contains(event.target)) close();
  };
  document.addEventListener("pointerdown", onPress, true);
  document.addEventListener("scroll", onScroll, true);
  window.addEventListener("resize", close);
  return { close, move };
}
