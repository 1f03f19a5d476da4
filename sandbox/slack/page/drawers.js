// The sidebar and the panel: beside the messages where there is room, drawers over them where there is not.

const NARROW = "(max-width: 760px)";
const ROOMY = "(min-width: 1081px)"; // from here on the panel does not lie over the messages
const WIDE = "(min-width: 1400px)";
const REMEMBERED = "panel-open";

/** Opens and closes the sidebar and the panel. */
export class Drawers {
  #mayShowPanel = false;

  constructor({ app, sidebar, panel, scrim, onChange }) {
    Object.assign(this, { app, sidebar, panel, scrim, onChange });
    this.narrow = window.matchMedia(NARROW);
    this.isPanelWanted = localStorage.getItem(REMEMBERED) !== "no" && window.matchMedia(ROOMY).matches;
    this.isSidebarOpen = false;
    this.isThreadOpen = false;
    this.isCovered = false;
    scrim.addEventListener("click", () => this.#closeDrawers());
    this.narrow.addEventListener("change", () => this.#closeDrawers());
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || this.scrim.hidden) return;
      event.preventDefault();
      this.#closeDrawers();
    });
    this.#apply();
  }

  get isPanelOpen() {
    return this.isPanelWanted && this.#mayShowPanel && !this.isCovered;
  }

  /** A thread takes the panel's room, unless the window has room for both; the panel can still be laid over it. */
  setThread(isOpen) {
    if (isOpen === this.isThreadOpen) return;
    this.isThreadOpen = isOpen;
    this.isCovered = isOpen && !window.matchMedia(WIDE).matches;
    this.#apply();
  }

  allowPanel(isThere) {
    this.#mayShowPanel = isThere;
    this.#apply();
  }

  togglePanel() {
    this.isPanelWanted = !this.isPanelOpen;
    this.isCovered = false;
    if (window.matchMedia(ROOMY).matches) localStorage.setItem(REMEMBERED, this.isPanelWanted ? "yes" : "no");
    this.#apply();
    this.onChange();
    if (this.isPanelOpen) this.panel.querySelector("button")?.focus();
  }

  openSidebar() {
    this.isSidebarOpen = true;
    this.#apply();
    this.sidebar.querySelector("button, a")?.focus();
  }

  closeSidebar() {
    this.isSidebarOpen = false;
    this.#apply();
  }

  /** Gets the panel out of the way when it lies over the messages. */
  closeIfNarrow() {
    if (this.narrow.matches) this.#closeDrawers();
  }

  #closeDrawers() {
    this.isSidebarOpen = false;
    if (this.narrow.matches) this.isPanelWanted = false;
    this.#apply();
    this.onChange();
  }

  #apply() {
    this.panel.hidden = !this.isPanelOpen;
    this.app.classList.toggle("with-panel", this.isPanelOpen);
    this.app.classList.toggle("with-sidebar", this.isSidebarOpen);
    this.sidebar.inert = this.narrow.matches && !this.isSidebarOpen;
    this.scrim.hidden = !(this.narrow.matches && (this.isSidebarOpen || this.isPanelOpen));
  }
}
