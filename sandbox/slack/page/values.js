// What a person has filled in, in the shape in which Slack sends a view's state: {block_id: {action_id: {type, …}}}.

/** Holds the state of one view's inputs. It outlives redrawings of the view, so that typed text is kept. */
export class FormValues {
  #blocks;
  #drawn = new Set();

  /** `known` is the state that the workspace has already. */
  constructor(known = {}) {
    this.#blocks = new Map(Object.entries(known).map(([block, actions]) => [block, new Map(Object.entries(actions))]));
  }

  /** What is filled in, or undefined when this input was never drawn or has another type now. */
  get(block, action, type) {
    const state = this.#blocks.get(block)?.get(action);
    return state?.type === type ? state : undefined;
  }

  set(block, action, state) {
    if (!this.#blocks.has(block)) this.#blocks.set(block, new Map());
    this.#blocks.get(block).set(action, state);
    this.#drawn.add(JSON.stringify([block, action]));
  }

  /** Calls `draw`, and forgets every input that is not drawn any more; returns what `draw` returns. */
  redraw(draw) {
    this.#drawn.clear();
    const drawing = draw();
    for (const [block, actions] of this.#blocks) {
      for (const action of actions.keys()) if (!this.#drawn.has(JSON.stringify([block, action]))) actions.delete(action);
      if (!actions.size) this.#blocks.delete(block);
    }
    return drawing;
  }

  toJSON() {
    return Object.fromEntries([...this.#blocks].map(([block, actions]) => [block, Object.fromEntries(actions)]));
  }
}

/** The state of an element before anybody touched it. */
export function initialState(element) {
  const { type } = element;
  if (type === "plain_text_input" || type === "email_text_input" || type === "number_input" || type === "url_text_input") {
    return { type, value: element.initial_value ?? null };
  }
  if (type === "datepicker") return { type, selected_date: element.initial_date ?? null };
  if (type === "timepicker") return { type, selected_time: element.initial_time ?? null };
  if (type === "datetimepicker") return { type, selected_date_time: element.initial_date_time ?? null };
  if (type === "users_select") return { type, selected_user: element.initial_user ?? null };
  if (type === "multi_users_select") return { type, selected_users: element.initial_users ?? [] };
  if (type === "channels_select") return { type, selected_channel: element.initial_channel ?? null };
  if (type === "checkboxes" || type.startsWith("multi_")) return { type, selected_options: element.initial_options ?? [] };
  if (type === "file_input") return { type, files: [] };
  return { type, selected_option: element.initial_option ?? null };
}

/** Whether nothing is filled in. */
export function isEmpty(state) {
  const content = contentOf(state);
  return content === null || content === "" || (Array.isArray(content) && content.length === 0);
}

/** What was filled in: an option, a list of options, an id, a text, a date; null when nothing was. */
export function contentOf(state) {
  return Object.entries(state).find(([key]) => key !== "type")?.[1] ?? null;
}
