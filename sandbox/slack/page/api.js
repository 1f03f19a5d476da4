// Talks to the workspace's control API. Every failure is a ControlError with a sentence for the person.

/** The workspace refused something, or could not be reached. */
export class ControlError extends Error {
  constructor(code, message, status = 0) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

async function request(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
    });
  } catch {
    throw new ControlError("unreachable", "The local workspace does not answer. Is it still running?");
  }
  let data = null;
  try {
    data = await answer.json();
  } catch {
    data = null;
  }
  if (!answer.ok) {
    const code = data?.error ?? `http_${answer.status}`;
    throw new ControlError(code, data?.message ?? `The workspace refused this (${code}).`, answer.status);
  }
  if (data === null) throw new ControlError("no_answer", "The workspace answered something that this page cannot read.");
  return data;
}

const query = (values) => new URLSearchParams(Object.entries(values).filter(([, value]) => value != null)).toString();
const get = (path, values = {}) => request("GET", `/control/${path}?${query(values)}`);
const post = (path, body) => request("POST", `/control/${path}`, body);

export const api = {
  workspace: () => get("workspace"),
  view: (person) => get("view", { person }),
  messages: (person, channel, thread) => get("messages", { person, channel, thread_ts: thread }),
  say: (person, channel, text, thread) => post("say", { person, channel, text, ...(thread ? { thread_ts: thread } : {}) }),
  press: (body) => post("press", body),
  options: (body) => post("options", body),
  submit: (person, view, values) => post("submit", { person, view_id: view, values }),
  close: (person, view) => post("close", { person, view_id: view }),
  shortcut: (body) => post("shortcut", body),
  home: (person, tab) => post("home", { person, tab }),
  upload: (person, name, base64) => post("upload", { person, name, base64 }),
  panel: () => get("panel"),
  setFault: (name, broken) => post("panel", { name, broken }),
  healAll: () => post("heal", {}),
};
