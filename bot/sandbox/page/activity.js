// What passed between the app and Slack: calls one way, deliveries the other, newest first.

import { api } from "./api.js";
import { byId, coalesce, h } from "./dom.js";
import { timeOf } from "./dates.js";
import { names, on } from "./store.js";
import { panes } from "./panes.js";

const KEPT = 200;
const entries = new Map(); // "call 7" or "delivery 3" -> entry
let lastCall = 0;
let soon = 0;

export function startActivity() {
  const look = coalesce(refresh);
  const lookSoon = () => {
    if (panes.now !== "activity") return;
    clearTimeout(soon);
    soon = setTimeout(look, 250);
  };
  for (const happening of ["call", "refused", "messages", "thread", "views"]) on(happening, lookSoon);
  on("pane", (name) => name === "activity" && look());
}

async function refresh() {
  let calls;
  let deliveries;
  try {
    [{ calls }, { deliveries }] = await Promise.all([api.calls(lastCall), api.deliveries()]);
  } catch (error) {
    return console.warn(error.message); // the banner of the lost connection says it already
  }
  for (const call of calls) {
    lastCall = Math.max(lastCall, call.n);
    entries.set(`call ${call.n}`, { at: call.at, node: ofCall(call) });
  }
  for (const delivery of deliveries.slice(-KEPT)) {
    const key = `delivery ${delivery.n} ${delivery.retry_num}`;
    const signature = JSON.stringify(delivery);
    if (entries.get(key)?.signature !== signature) entries.set(key, { at: delivery.at, signature, node: ofDelivery(delivery) });
  }
  return draw();
}

function draw() {
  const sorted = [...entries].sort(([, a], [, b]) => b.at - a.at);
  for (const [key] of sorted.slice(KEPT)) entries.delete(key);
  const nodes = sorted.slice(0, KEPT).map(([, entry]) => entry.node);
  const list = byId("activity-list");
  nodes.forEach((node, i) => list.children[i] !== node && list.insertBefore(node, list.children[i] ?? null));
  while (list.children.length > nodes.length) list.lastChild.remove();
  byId("activity-none").hidden = nodes.length > 0;
}

function entry(direction, ok, at, what, outcome, detail) {
  const words = direction === "out" ? "The app called" : "Slack sent";
  return h("li", { class: `entry ${direction} ${ok ? "" : "bad"}`, data: { testid: "activity-entry" } },
    h("details", {},
      h("summary", {},
        h("span", { class: "way", title: words }, direction === "out" ? "app → Slack" : "Slack → app"),
        h("code", {}, what), h("span", { class: "outcome" }, outcome), h("time", {}, timeOf(at, names.zone))),
      h("pre", { class: "pre json" }, JSON.stringify(detail, null, 2))));
}

function ofCall(call) {
  return entry("out", call.ok, call.at, call.method, call.ok ? "ok" : (call.error ?? `HTTP ${call.http_status}`), call);
}

function ofDelivery(delivery) {
  const took = delivery.ms ? `${Math.round(delivery.ms)} ms` : "no answer";
  const retry = delivery.retry_num ? `retry ${delivery.retry_num}, ` : "";
  return entry("in", delivery.ok, delivery.at, delivery.kind, `${retry}${delivery.ok ? took : (delivery.error ?? delivery.status)}`, delivery);
}
