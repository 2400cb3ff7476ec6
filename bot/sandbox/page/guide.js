// The guide: what to type next, ticked by the sandbox as it is done. One chapter is shown at a time, the first is the first minute.

import { byId, h, icon, iconButton } from "./dom.js";
import { memory, on, person, store, tell } from "./store.js";

const DISMISSED = "guide dismissed";
const FIRST = "Your first minute";

export function startGuide({ put }) {
  let all = memory.get("guide all", null); // null: while there is nothing else to look at
  let chosen = memory.get("guide chapter", null); // null: the first with something to do
  let drawn = "";
  const draw = () => {
    const everything = store.state?.guide ?? [];
    const away = memory.get(DISMISSED, false) || !everything.length;
    const chapters = [...new Set(everything.map((step) => step.chapter ?? FIRST))];
    const due = (everything.find((step) => !step.done) ?? everything.at(-1))?.chapter ?? FIRST;
    const chapter = chapters.includes(chosen) ? chosen : due;
    const steps = everything.filter((step) => (step.chapter ?? FIRST) === chapter);
    byId("guide").hidden = away;
    byId("guide-button").hidden = !everything.length;
    byId("guide-button").setAttribute("aria-expanded", String(!away));
    const room = window.innerHeight > 640 && window.innerWidth > 720 && !store.messages.get(store.place.id)?.length;
    const whole = all ?? (room && !everything.some((step) => step.done));
    const signature = JSON.stringify([steps, chapters, whole, store.viewer, away]);
    if (signature === drawn) return;
    drawn = signature;
    const held = byId("guide").contains(document.activeElement) ? document.activeElement.dataset.testid : null;
    const at = steps.findIndex((step) => !step.done);
    byId("guide").replaceChildren(head(chapter, chapters, steps, at, whole), at < 0 ? ending() : stepList(steps, at, whole));
    if (held) byId("guide").querySelector(`[data-testid="${held}"]`)?.focus();
  };

  function head(chapter, chapters, steps, at, whole) {
    const done = steps.filter((step) => step.done).length;
    const bar = h("span", { class: "bar", role: "img", "aria-label": `${done} of ${steps.length} done` }, steps.map((step) => h("i", { class: step.done ? "done" : null })));
    const toggle = h("button", {
      type: "button", class: "plain-link", "aria-expanded": String(whole), data: { testid: "guide-all" },
      on: { click: () => ((all = !whole), memory.set("guide all", all), draw()) },
    }, whole ? "Only the next step" : "All steps");
    const others = chapters.filter((other) => other !== chapter).map((other) => h("button", {
      type: "button", class: "plain-link", data: { testid: "guide-chapter" },
      on: { click: () => ((chosen = other), memory.set("guide chapter", other), draw()) },
    }, other));
    return h("div", { class: "guide-head" }, h("strong", {}, at < 0 ? `${chapter}: done` : chapter), bar, at >= 0 && toggle, others,
      iconButton("close", "Dismiss the guide", () => show(false), { "data-testid": "guide-close" }));
  }

  function stepList(steps, at, whole) {
    const rows = steps.map((step, i) => [step, i]).filter(([, i]) => whole || i === at);
    return h("ol", {}, rows.map(([step, i]) => h("li", { class: step.done ? "done" : i === at ? "now" : "later", data: { testid: "guide-step" }, "aria-current": i === at ? "step" : null },
      h("span", { class: "tick" }, step.done ? icon("check") : String(i + 1)),
      h("span", { class: "words" }, step.done && h("span", { class: "sr" }, "Done: "), marked(step.text), shows(step) && [" ", h("code", {}, step.say.text)]),
      i === at && doIt(step))));
  }

  function doIt(step) {
    const someone = step.user && step.user !== store.viewer ? person(step.user) : null;
    if (someone)
      return h("button", { type: "button", class: "button small primary", data: { testid: "guide-switch" }, on: { click: () => tell("be", step.user) } }, `Be ${someone.real_name.split(" ")[0]}`);
    if (step.say)
      return h("button", { type: "button", class: "button small primary", data: { testid: "guide-insert" }, on: { click: () => put(step.say) } }, "Insert");
    return null;
  }

  function ending() {
    return h("p", { class: "ending" }, "Everything here is yours to try. Break something next: the faults at the top let Slack or Jenkins misbehave.");
  }

  function show(open) {
    memory.set(DISMISSED, !open);
    draw();
    byId(open ? "guide" : "message-box").focus();
  }

  byId("guide-button").addEventListener("click", () => show(byId("guide").hidden));
  for (const happening of ["state", "viewer", "messages"]) on(happening, draw);
  draw();
}

/** Whether the words to type have to be shown besides the sentence. */
function shows(step) {
  return step.say && !step.done && !step.text.includes(step.say.text);
}

/** Back-ticks and commands in a step's sentence stand out as what is to be typed. */
function marked(text) {
  return text.split(/(`[^`]+`)/).map((part) => (/^`.+`$/.test(part) ? h("code", {}, part.slice(1, -1)) : part));
}
