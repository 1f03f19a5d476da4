// Carries a person's press to the workspace: asks first where a confirm is wanted, shows that it is under way, says when nobody answered.
import { isConfirmed } from "./dialog.js";
import { state } from "./state.js";
import { report, toast } from "./toast.js";

const SHOWN_AT_LEAST_MS = 250;

/** Runs `work` while `node` shows that it waits; a second press meanwhile does nothing. */
export async function whileBusy(node, work) {
  if (node.getAttribute("aria-busy") === "true") return undefined;
  node.setAttribute("aria-busy", "true");
  const shown = new Promise((resolve) => setTimeout(resolve, SHOWN_AT_LEAST_MS));
  try {
    const answer = await work();
    await shown;
    return answer;
  } finally {
    node.removeAttribute("aria-busy");
  }
}

/**
 * Presses the element `spec` (a Block Kit element). `place` says where it stands: {blockId, surface}. `detail` is
 * {value} or {selected}. Returns whether it was pressed.
 */
export async function press(spec, place, node, detail) {
  if (spec.confirm && !(await isConfirmed(spec.confirm))) return false;
  try {
    const answer = await whileBusy(node, () => place.surface.press({ block_id: place.blockId, action_id: spec.action_id, ...detail }));
    if (answer && answer.acknowledged === false) {
      toast(`${state.workspace.app.name} did not answer within three seconds. Nothing may have happened; try again in a moment.`);
    }
  } catch (error) {
    report(error);
  }
  return true;
}
