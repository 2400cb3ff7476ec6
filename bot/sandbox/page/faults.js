// Faults on a switch: let Slack or Jenkins misbehave, and watch what the app does about it.

import { api } from "./api.js";
import { byId, h } from "./dom.js";
import { on, store } from "./store.js";
import { toast } from "./toasts.js";

const SLACK = [
  ["none", "Works", "Every call is answered at once, within Slack's usual limits."],
  ["rate_limit", "Rate limits", "Every call hears 429 and how long to wait. Watch a card skip states in between and still reach its last one."],
  ["fail", "Fails", "Slack answers 503. Watch the app try again later; nothing is lost, cards catch up."],
  ["hang", "Hangs", "Slack takes the call and never answers. Watch the app give up, go on with other work, and come back."],
  ["drop", "Drops", "Connections break before Slack did anything. Watch the app try again."],
  ["drop_after", "Loses answers", "Slack does it, then the answer is lost. Watch for no message posted twice."],
];
const JENKINS = [
  ["none", "Works", "Jobs run as they should."],
  ["down", "Down", "Nobody listens there. Watch the card say that Jenkins is gone, and go on when it is back."],
  ["slow", "Slow", "Every answer takes seconds. Commands are still acknowledged at once."],
  ["restarting", "Restarting", "Gone for a moment, then getting ready, then back by itself. The deployment waits, and starts once."],
  ["503", "Overloaded", "Jenkins answers 503 to everything. Watch the app back off, not hammer."],
  ["drop_after", "Loses answers", "Jenkins starts the job, then the answer is lost. Watch for no second run."],
  ["unauthorized", "Wrong token", "Jenkins refuses the token. Waiting would not help, so the card says who must do what."],
];
const SHOP = [
  ["well", "Well", "Its health page answers 200. A deployment of web that is looked at succeeds."],
  ["sick", "Sick", "It answers 500. Deploy web: it is not good until you make it well, or says no while it bakes."],
  ["wrong", "Wrong", "It answers 200 with other words than expected."],
  ["hangs", "Hangs", "It takes the request and does not answer."],
];

const SECONDS = { slow: 4, restarting: 12 };
const LOOK_AGAIN = 1500; // ms, while Jenkins is away

let slack = "none";
let jenkins = "none";
let shop = "well";

export function startFaults() {
  byId("faults-body").append(
    h("p", { class: "lead" }, "Switch something off, deploy, and watch the card. One click puts everything right."),
    h("button", { type: "button", class: "button", id: "faults-off", data: { testid: "faults-off" }, on: { click: allOff } }, "Let everything work again"),
    group("Slack", "slack", SLACK, setSlack),
    h("div", { id: "jenkins-faults" }, group("Jenkins", "jenkins", JENKINS, setJenkins)),
    h("div", { id: "shop-faults" }, group("The deployed web", "shop", SHOP, setShop)),
  );
  on("faults", refresh);
  on("state", () => {
    byId("jenkins-faults").hidden = !store.state.jenkins;
    byId("shop-faults").hidden = !store.state.shop;
    show(store.state.faults.slack.mode, jenkins, shop);
  });
  on("pane", (name) => name === "faults" && refresh());
  refresh();
}

function group(title, kind, modes, set) {
  return h("fieldset", { class: "faults" }, h("legend", {}, title), modes.map(([mode, name, watch]) =>
    h("label", { class: "fault" },
      h("input", { type: "radio", name: `fault-${kind}`, value: mode, data: { testid: `fault-${kind}-${mode}` }, on: { change: () => set(mode) } }),
      h("span", { class: "words" }, h("strong", {}, name), h("span", { class: "note" }, watch)))));
}

function show(slackMode, jenkinsMode, shopMode) {
  slack = slackMode;
  jenkins = jenkinsMode;
  shop = shopMode;
  for (const [kind, mode] of [["slack", slack], ["jenkins", jenkins], ["shop", shop]]) {
    for (const input of document.querySelectorAll(`input[name=fault-${kind}]`)) input.checked = input.value === mode;
  }
  const broken = [slack !== "none" && "Slack", jenkins !== "none" && "Jenkins", shop !== "well" && "web"].filter(Boolean);
  byId("faults-off").disabled = !broken.length;
  byId("faults-button").classList.toggle("on", broken.length > 0);
  byId("faults-state").textContent = broken.length ? `Faults: ${broken.join(", ")}` : "Faults";
}

/** Runs `work`; what the stand-in does not take is said, and the switches show what is true. */
async function attempt(work, whose) {
  try {
    return await work();
  } catch (error) {
    toast(`${whose} stand-in`, error.message);
    return null;
  }
}

async function setSlack(mode) {
  await attempt(() => api.setFaults({ slack: { mode } }), "The Slack");
  await refresh();
}

async function setJenkins(mode) {
  await attempt(() => api.setJenkinsFaults(store.state.jenkins.url, { mode, seconds: SECONDS[mode] ?? 0 }), "The Jenkins");
  show(slack, mode, shop);
  await refresh();
}

async function setShop(mode) {
  await attempt(() => api.setShopHealth(store.state.shop.url, mode), "The web");
  await refresh();
}

async function allOff() {
  if (slack !== "none") await setSlack("none");
  if (jenkins !== "none") await setJenkins("none");
  if (shop !== "well") await setShop("well");
}

async function refresh() {
  const answer = await attempt(api.faults, "The Slack");
  show(answer?.slack?.mode ?? slack, await ofJenkins(), await ofShop());
}

async function ofShop() {
  if (!store.state.shop) return "well";
  return (await attempt(() => api.shopHealth(store.state.shop.url), "The web"))?.mode ?? shop;
}

/** The mode that the Jenkins stand-in is in; while it is away (it restarts), the one that sent it away. */
async function ofJenkins() {
  if (!store.state.jenkins) return "none";
  try {
    return (await api.jenkinsFaults(store.state.jenkins.url)).mode;
  } catch {
    setTimeout(refresh, LOOK_AGAIN);
    return jenkins;
  }
}
