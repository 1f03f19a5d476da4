// App Home: what the app draws for this person alone.
import { drawBlocks } from "./blocks.js";
import { el, fill } from "./dom.js";
import { state } from "./state.js";
import { homeSurface } from "./surfaces.js";
import { FormValues } from "./values.js";

/** The Home tab inside `root`. */
export class Home {
  #print = null;
  #values = new FormValues();

  constructor(root) {
    this.page = el("div", { class: "home-page", "aria-live": "polite" });
    this.scroller = el("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": "App Home" }, this.page);
    fill(root, this.scroller);
  }

  /** Shows `view` ({blocks}), or says that there is none yet. */
  show(view) {
    const print = JSON.stringify([state.route.person, view?.blocks ?? null]);
    if (print === this.#print) return;
    if (this.#print === null || JSON.parse(this.#print)[0] !== state.route.person) this.#values = new FormValues(view?.state?.values);
    this.#print = print;
    const scrolled = this.scroller.scrollTop;
    if (view) fill(this.page, this.#values.redraw(() => drawBlocks(view.blocks, { surface: homeSurface(this.#values), values: this.#values })));
    else fill(this.page, el("div", { class: "empty" }, el("strong", {}, "Nothing here yet"), `${state.workspace.app.name} draws this page when it is opened and there is something to show.`));
    this.scroller.scrollTop = scrolled;
  }
}
