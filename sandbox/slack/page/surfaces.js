// Where blocks stand decides where their presses go: a message, a modal, or App Home.
import { api } from "./api.js";
import { state } from "./state.js";

function surface(whereabouts) {
  const body = (detail) => ({ person: state.route.person, ...whereabouts(), ...detail });
  return { press: (detail) => api.press(body(detail)), options: (detail) => api.options(body(detail)) };
}

/** The surface of a message. */
export const messageSurface = (channel, ts) => surface(() => ({ channel, ts }));

/** The surface of a modal; what is filled in so far goes along with each press, as Slack sends it. */
export const modalSurface = (viewId, values) => surface(() => ({ view_id: viewId, values: values.toJSON() }));

/** The surface of App Home. */
export const homeSurface = (values) => surface(() => ({ home: true, values: values.toJSON() }));
