// Short notes at the edge: what went wrong with what the person just did, in Slack's own terms and in plain ones.

import { byId, h, icon, iconButton } from "./dom.js";
import { on, store } from "./store.js";

const SENTENCES = {
  operation_timeout: "The app did not answer within three seconds. Slack gives up then; the work may still go on.",
  app_did_not_respond: "No app is connected to the workspace, so nobody was there to take this.",
  dispatch_failed: "The app could not be reached, so Slack could not hand this over.",
  not_in_threads: "Slash commands do not work in threads. Slack itself refuses them. Mention the app instead.",
  unknown_command: "No app here has such a command.",
};
const LIFETIME = 9000;
const MOST_REFUSALS = 3;

/** A note with a title and a sentence; `action` is `{label, run}`. */
export function toast(title, text, action) {
  const close = () => node.remove();
  const node = h("div", { class: "toast", role: "alert", data: { testid: "toast" } },
    icon("warn"),
    h("div", { class: "grow" }, h("strong", {}, title), h("p", {}, text),
      action && h("button", { type: "button", class: "button small", on: { click: () => (close(), action.run()) } }, action.label)),
    iconButton("close", "Dismiss", close));
  const box = byId("toasts");
  // A modal dialog makes everything outside it inert: the note goes inside.
  (document.querySelector("dialog[open] .dialog-notes") ?? box).append(node);
  let left = setTimeout(close, action ? 2 * LIFETIME : LIFETIME);
  node.addEventListener("pointerenter", () => clearTimeout(left));
  node.addEventListener("pointerleave", () => (left = setTimeout(close, LIFETIME)));
}

/** Slack's error code as a note; `what` names what was tried, `/deploy` for example, `words` what the sandbox adds. */
export function problem(code, what, { words, action } = {}) {
  toast(`${what}: ${code}`, SENTENCES[code] ?? words ?? "Slack says no more than this.", action);
}

/** What Slack would not have taken from the app stays until it is dismissed: it is the sandbox's main honesty. */
export function startRefusals() {
  const box = byId("refusals");
  on("refused", ({ method, error, detail }) => {
    const slowed = error === "ratelimited" || error === "rate_limited";
    const key = `${method} ${error}`;
    const same = [...box.children].find((node) => node.dataset.key === key);
    const times = Number(same?.dataset.times ?? 0) + 1;
    const node = h("div", { class: slowed ? "refusal slowed" : "refusal", role: "alert", data: { testid: "refused", key, times } },
      icon("warn"),
      h("div", { class: "grow" },
        h("strong", {}, slowed ? "Slack would slow this down" : "Slack would refuse this"),
        times > 1 && h("span", { class: "count" }, `${times} times`),
        h("p", {}, h("code", {}, method), " → ", h("code", {}, error)),
        detail && h("p", { class: "detail" }, String(detail))),
      iconButton("close", "Dismiss", () => node.remove()));
    if (same) same.replaceWith(node);
    else box.prepend(node);
    while (box.children.length > MOST_REFUSALS) box.lastChild.remove();
  });
  on("link", () => (byId("lost").hidden = store.connected));
}
