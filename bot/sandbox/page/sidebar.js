// The column on the left: channels, the direct message with the app, its Home, and what the sandbox is.

import { avatar, byId, h, icon } from "./dom.js";
import { drawer } from "./panes.js";
import { unread } from "./live.js";
import { myChannels, myDirect, on, person, store, tell } from "./store.js";

export function startSidebar() {
  for (const happening of ["state", "viewer", "place", "messages", "link"]) on(happening, draw);
  byId("sidebar").addEventListener("keydown", walk);
}

let drawn = "";

function draw() {
  if (!store.state) return;
  const direct = myDirect();
  const rows = [...myChannels(), direct].filter(Boolean).map((channel) => [channel, unread(channel.id)]);
  const signature = JSON.stringify([rows, store.place, store.viewer, store.state.app, store.connected]);
  if (signature === drawn) return;
  drawn = signature;
  const held = byId("sidebar").contains(document.activeElement) ? document.activeElement.dataset.key : null;
  byId("team").textContent = store.state.team.name;
  byId("places").replaceChildren(...sections(rows, direct));
  byId("link-state").replaceChildren(...linkState());
  document.title = `${rows.some(([, fresh]) => fresh.count) ? "• " : ""}${store.state.team.name}: Pilothouse sandbox`;
  byId("menu-button").classList.toggle("has-news", rows.some(([channel, fresh]) => fresh.count && channel.id !== store.place.id));
  if (held) byId("sidebar").querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus();
}

function sections(rows, direct) {
  const channels = rows.filter(([channel]) => channel !== direct);
  const app = store.state.app;
  return [
    section("Channels", channels.length
      ? channels.map(([channel, fresh]) => row({ kind: "channel", id: channel.id }, h("span", { class: "hash" }, "#"), channel.name, fresh, "channel"))
      : [h("li", { class: "nothing" }, "This person is in no channel.")]),
    direct && section("Direct messages", [row({ kind: "channel", id: direct.id }, avatar(person(app.bot_user_id), "small"), app.name, unread(direct.id), "direct-message")]),
    section("Apps", [row({ kind: "home", id: "home" }, icon("home"), `${app.name} Home`, { count: 0, mentions: 0 }, "home-link")]),
  ].filter(Boolean);
}

function section(title, rows) {
  const id = `section-${title.replace(/\W/g, "")}`;
  return h("section", { "aria-labelledby": id }, h("h2", { id }, title), h("ul", {}, rows));
}

function row(place, mark, words, fresh, testid) {
  const here = store.place.kind === place.kind && store.place.id === place.id;
  const label = fresh.count && !here ? `${words}, ${fresh.count} unread${fresh.mentions ? `, ${fresh.mentions} for you` : ""}` : null;
  return h("li", {}, h("button", {
    type: "button", class: fresh.count && !here ? "place unread" : "place", "aria-current": here ? "page" : null, "aria-label": label,
    data: { testid, channel: place.id, key: place.id }, on: { click: () => (drawer.set(false), tell("go", place)) },
  }, mark, h("span", { class: "words" }, words), fresh.mentions && !here ? h("span", { class: "count" }, String(fresh.mentions)) : null));
}

function linkState() {
  const { app } = store.state;
  const over = app.transport === "socket" ? "Socket Mode" : "signed HTTP";
  if (!store.connected) return [h("span", { class: "dot off" }), "The sandbox does not answer"];
  if (!app.connected) return [h("span", { class: "dot off" }), `${app.name} is not connected`];
  return [h("span", { class: "dot on" }), `${app.name} listens over ${over}`];
}

function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const rows = [...byId("sidebar").querySelectorAll("button.place")];
  const at = rows.indexOf(document.activeElement);
  if (at < 0) return;
  rows[(at + step + rows.length) % rows.length].focus();
  event.preventDefault();
}
