// The sandbox's HTTP interface, as docs/sandbox.md describes it: whatever this page does, a script can do.

/** What went wrong between the page and the sandbox itself (not between Slack and the app). */
export class SandboxGone extends Error {}

async function call(method, path, body) {
  const options = { method, headers: { "X-Pilothouse-Sandbox": "1" } };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch (cause) {
    throw new SandboxGone("The sandbox does not answer. Is it still running?", { cause });
  }
  const text = await response.text();
  let answer;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch (cause) {
    throw new SandboxGone(`The sandbox answered ${response.status} without JSON.`, { cause });
  }
  if (!response.ok && answer?.ok !== false) throw new SandboxGone(answer?.error ?? `The sandbox answered ${response.status}.`);
  return answer;
}

function query(values) {
  return new URLSearchParams(Object.entries(values).filter(([, value]) => value)).toString();
}

const get = (path, values = {}) => call("GET", `/sandbox/${path}?${query(values)}`);
const post = (path, body) => call("POST", `/sandbox/${path}`, body);

export const api = {
  state: () => get("state"),
  messages: (channel, viewer, thread_ts) => get("messages", { channel, viewer, thread_ts }),
  say: (body) => post("say", body),
  click: (body) => post("click", body),
  views: (viewer) => get("views", { viewer }),
  submit: (body) => post("views/submit", body),
  close: (body) => post("views/close", body),
  options: (body) => post("options", body),
  home: (user, peek) => post("home", peek ? { user, peek } : { user }),
  faults: () => get("faults"),
  setFaults: (faults) => post("faults", faults),
  calls: (since) => get("calls", { since: String(since) }),
  deliveries: () => get("deliveries"),
  jenkinsFaults: (jenkins) => call("GET", new URL("/sandbox/faults", jenkins).href),
  setJenkinsFaults: (jenkins, fault) => call("POST", new URL("/sandbox/faults", jenkins).href, fault),
  shopHealth: (shop) => call("GET", new URL("/sandbox/health", shop).href),
  setShopHealth: (shop, mode) => call("POST", new URL("/sandbox/health", shop).href, { mode }),
  stream: (viewer) => new EventSource(`/sandbox/stream?${query({ viewer })}`),
};
