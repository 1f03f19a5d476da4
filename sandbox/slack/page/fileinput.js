// The file_input element: each file is brought to the workspace when it is chosen.
import { api } from "./api.js";
import { el, fill } from "./dom.js";
import { icon } from "./icons.js";
import { whileBusy } from "./press.js";
import { state } from "./state.js";
import { report } from "./toast.js";
import { contentOf, initialState } from "./values.js";

const CHUNK = 0x8000;

async function base64Of(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let at = 0; at < bytes.length; at += CHUNK) binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(binary);
}

/** Draws `file_input`. */
export function fileInput(spec, place) {
  let files = contentOf(place.values.get(place.blockId, spec.action_id, spec.type) ?? initialState(spec));
  const most = spec.max_files ?? 10;
  const list = el("ul", { class: "chosen-files" });
  const accept = (spec.filetypes ?? []).map((type) => `.${type}`).join(",") || null;
  const input = el("input", { type: "file", multiple: most > 1, accept, class: "text-input file-input", "aria-labelledby": place.labelId, "aria-describedby": place.errorId });
  const keep = (next) => {
    files = next;
    place.values.set(place.blockId, spec.action_id, { type: spec.type, files });
    fill(list, files.map((file) => el("li", {}, icon("file"), el("span", {}, file.name),
      el("button", { type: "button", class: "icon-button", "aria-label": `Remove ${file.name}`, on: { click: () => keep(files.filter((one) => one !== file)) } }, icon("close")))));
  };
  input.addEventListener("change", async () => {
    const chosen = [...input.files].slice(0, most - files.length);
    input.value = "";
    try {
      await whileBusy(input, async () => {
        for (const file of chosen) {
          const { id } = await api.upload(state.route.person, file.name, await base64Of(file));
          keep([...files, { id, name: file.name }]);
        }
      });
    } catch (error) {
      report(error);
    }
  });
  keep(files);
  return el("div", { class: "file-field", data: { action: spec.action_id ?? "" } }, input, list);
}
