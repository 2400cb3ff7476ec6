// Puts the page together: who looks, where, and which part draws what.

import { api } from "./api.js";
import { avatar, byId, h } from "./dom.js";
import { formatDate } from "./dates.js";
import { Composer } from "./composer.js";
import { follow, markRead, readUpTo, refreshAll, refreshHome, refreshState, unread } from "./live.js";
import { announce, MessageList } from "./messages.js";
import { channelById, memory, myChannels, myDirect, names, on, people, person, store, tell, titleOf } from "./store.js";
import { drawer, panes } from "./panes.js";
import { startActivity } from "./activity.js";
import { startFaults } from "./faults.js";
import { startGuide } from "./guide.js";
import { startHome } from "./home.js";
import { startModal } from "./modal.js";
import { startPeople } from "./people.js";
import { startRefusals } from "./toasts.js";
import { startSidebar } from "./sidebar.js";
import { startThread } from "./thread.js";
import { closePicker } from "./picker.js";

const STATE_EVERY = 10_000; // ms; what nobody tells us about: whether the app is connected
const RELATIVE_EVERY = 20_000; // ms; "3 minutes ago" grows older

let list;
let composer;
let newSince = Infinity;
let announced = 0;

async function start() {
  const state = await firstState();
  store.state = state;
  if (state.now) store.clockOffset = state.now - Date.now() / 1000;
  const wanted = new URLSearchParams(location.hash.slice(1));
  store.viewer = [wanted.get("as"), memory.get("viewer")].find((id) => people().some((one) => one.id === id)) ?? people()[0].id;
  announced = names.now();
  list = new MessageList(byId("scroll"));
  composer = new Composer(byId("compose"), { name: "message-box", where: () => ({ channel: store.place.id }), label: boxLabel });
  for (const begin of [startSidebar, startPeople, startRefusals, startThread, startModal, startHome, startFaults, startActivity]) begin();
  startGuide({ put: putInto });
  listen();
  keys();
  go(placeFrom(wanted.get("in")));
  tell("state");
  await refreshAll();
  follow();
  document.body.classList.remove("starting");
  if (matchMedia("(pointer: fine)").matches) composer.box.focus();
}

/** The workspace; when the sandbox is still starting, asked again until it is there. */
async function firstState() {
  for (;;) {
    try {
      return await api.state();
    } catch (error) {
      byId("starting-words").textContent = error.message;
      await new Promise((wake) => setTimeout(wake, 1000));
    }
  }
}

function placeFrom(id) {
  if (id === "home") return { kind: "home", id };
  const mine = [...myChannels(), myDirect()].filter(Boolean);
  const channel = mine.find((one) => one.id === id || one.name === id) ?? mine[0];
  return { kind: "channel", id: channel?.id ?? "" };
}

function listen() {
  on("go", go);
  on("be", be);
  on("messages", (channel) => channel === store.place.id && drawMessages());
  on("state", drawHead);
  byId("menu-button").addEventListener("click", () => drawer.set(!drawer.open));
  byId("veil").addEventListener("click", () => drawer.set(false));
  byId("faults-button").addEventListener("click", () => panes.toggle("faults"));
  byId("activity-button").addEventListener("click", () => panes.toggle("activity"));
  document.querySelectorAll("[data-close-pane]").forEach((node) => node.addEventListener("click", () => panes.close()));
  byId("to-end").addEventListener("click", () => {
    list.toEnd();
    composer.box.focus();
  });
  byId("scroll").addEventListener("scroll", () => (byId("to-end").hidden = list.atEnd()), { passive: true });
  window.addEventListener("focus", () => {
    markRead(store.place.id);
    tell("place");
  });
  setInterval(() => document.hidden || refreshState(), STATE_EVERY);
  setInterval(growOlder, RELATIVE_EVERY);
}

/** Shows a channel, a direct message, or the app's Home. */
function go(place) {
  closePicker();
  store.place = place;
  location.replace(`#as=${store.viewer}&in=${place.id}`);
  const home = place.kind === "home";
  byId("home").hidden = !home;
  byId("channel").hidden = home;
  if (store.thread && store.thread.channel !== place.id) panes.close();
  newSince = unread(place.id).count ? readUpTo(place.id) : Infinity;
  list.clear();
  drawHead();
  if (home) refreshHome(true);
  else drawMessages();
  composer.moved();
  if (matchMedia("(pointer: fine)").matches && !home && !document.body.classList.contains("starting")) composer.box.focus();
  tell("place");
}

/** Becomes somebody else: everything is asked again with his eyes. */
async function be(viewer) {
  if (viewer === store.viewer) return;
  store.viewer = viewer;
  store.messages.clear();
  store.views = [];
  memory.set("viewer", viewer);
  announced = names.now();
  tell("views");
  tell("viewer");
  const there = store.place.kind === "home" ? "home" : channelById(store.place.id)?.is_im ? myDirect()?.id : store.place.id;
  follow();
  await refreshAll();
  go(placeFrom(there));
  byId("live").textContent = `You are now ${person(viewer).real_name}`;
}

function drawMessages() {
  const messages = store.messages.get(store.place.id) ?? [];
  byId("intro").hidden = false;
  list.draw(messages, newSince);
  for (const message of messages) {
    if (Number(message.ts) > announced && message.user !== store.viewer) announce(message);
  }
  announced = Math.max(announced, Number(messages.at(-1)?.ts ?? 0));
  byId("to-end").hidden = list.atEnd();
  if (document.hasFocus() && !document.hidden) markRead(store.place.id);
}

let headDrawn = "";

function drawHead() {
  const channel = channelById(store.place.id);
  const signature = JSON.stringify([store.place, channel, store.viewer, store.state.app]);
  if (signature === headDrawn) return;
  headDrawn = signature;
  const app = store.state.app;
  const home = store.place.kind === "home";
  byId("place-title").textContent = home ? `${app.name} Home` : channel ? titleOf(channel) : "No channel";
  byId("place-topic").textContent = home ? "Only you see this page" : channel?.is_im ? "App · what you write here reaches the app" : (channel?.topic ?? "");
  const members = channel && !channel.is_im ? channel.members.map(person).filter(Boolean) : [];
  byId("place-members").replaceChildren(...members.slice(0, 6).map((one) => avatar(one, "tiny")));
  byId("place-members").hidden = !members.length;
  byId("place-members").title = members.map((one) => one.real_name).join(", ");
  byId("intro").replaceChildren(...intro(channel, app));
  document.body.classList.toggle("nowhere", !home && !channel);
}

function intro(channel, app) {
  if (!channel) return [h("h2", {}, "Nothing to see"), h("p", {}, "This person is in no channel of the workspace.")];
  if (channel.is_im) return [h("h2", {}, app.name), h("p", {}, "Write to the app as you would mention it, without its name: ", h("code", {}, "deploy checkout staging"))];
  const listens = channel.members.includes(app.bot_user_id);
  return [
    h("h2", {}, `#${channel.name}`),
    h("p", {}, channel.topic ? `${channel.topic}. ` : "", listens ? `${app.name} is in this channel. Type / to see what it understands.` : `${app.name} is not in this channel.`),
  ];
}

function boxLabel() {
  const channel = channelById(store.place.id);
  return channel ? `Message ${titleOf(channel)}` : "No channel to write in";
}

/** Puts the guide's words into the box of the channel where they belong. */
function putInto({ channel, text }) {
  const target = channel && [...myChannels(), myDirect()].find((one) => one && (one.id === channel || one.name === channel.replace(/^#/, "")));
  if (target && target.id !== store.place.id) go({ kind: "channel", id: target.id });
  composer.put(text);
}

function growOlder() {
  for (const node of document.querySelectorAll("time[data-template]")) {
    node.textContent = formatDate(node.dataset.template, Number(node.dataset.ts), names.zone, names.now());
  }
}

/** Escape closes what is open; Alt and arrows walk the channels; F6 goes from region to region. */
function keys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") {
      if (drawer.open) drawer.set(false);
      else if (panes.now) panes.close();
      else return;
    } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "F6") {
      nextRegion(event.shiftKey ? -1 : 1);
    } else if (event.key === "ArrowUp" && event.ctrlKey) {
      list.focusLast();
    } else {
      return;
    }
    event.preventDefault();
  });
}

function step(by) {
  const places = [...myChannels(), myDirect()].filter(Boolean).map((one) => ({ kind: "channel", id: one.id })).concat({ kind: "home", id: "home" });
  const at = places.findIndex((place) => place.id === store.place.id);
  go(places[(at + by + places.length) % places.length]);
}

function nextRegion(by) {
  const inside = ["sidebar", "scroll", "compose", "side"].map(byId).filter((node) => node.offsetParent !== null || node.getClientRects().length);
  const at = inside.findIndex((node) => node.contains(document.activeElement));
  const region = inside[(at + by + inside.length) % inside.length];
  const first = { sidebar: "[aria-current]", scroll: ".message:last-of-type", compose: "textarea", side: "button" }[region.id];
  (region.querySelector(first) ?? region.querySelector("button, textarea"))?.focus();
}

start();
