// Keeps the store like the sandbox: follows its stream, and asks again for exactly what changed.

import { api } from "./api.js";
import { coalesce } from "./dom.js";
import { channelById, memory, myChannels, myDirect, store, tell } from "./store.js";
import { problem } from "./toasts.js";

const refreshers = new Map();
let source = null;
let stateSoon = 0;
let retry = 0;

/** Everything the viewer can see, anew: on arrival, after a change of person, after a lost connection. */
export async function refreshAll() {
  await refreshState();
  const mine = [...myChannels(), myDirect()].filter(Boolean);
  await Promise.all([...mine.map((channel) => refreshChannel(channel.id)), refreshViews(), refreshThread(), refreshHome()]);
}

export const refreshState = coalesce(async () => {
  const state = await quietly(api.state());
  if (!state) return;
  store.state = state;
  if (state.now) store.clockOffset = state.now - Date.now() / 1000;
  tell("state");
});

/** The state again, a moment from now: many happenings in a row become one question. */
export function refreshStateSoon() {
  clearTimeout(stateSoon);
  stateSoon = setTimeout(refreshState, 350);
}

export function refreshChannel(id) {
  if (!refreshers.has(id)) {
    refreshers.set(id, coalesce(async () => {
      const viewer = store.viewer;
      const answer = await quietly(api.messages(id, viewer));
      if (!answer || viewer !== store.viewer) return;
      store.messages.set(id, answer.messages);
      tell("messages", id);
    }));
  }
  return refreshers.get(id)();
}

export const refreshThread = coalesce(async () => {
  const asked = store.thread;
  if (!asked) return;
  const answer = await quietly(api.messages(asked.channel, store.viewer, asked.ts));
  if (!answer || store.thread !== asked) return;
  asked.messages = answer.messages;
  tell("thread");
});

export const refreshViews = coalesce(async () => {
  const viewer = store.viewer;
  const answer = await quietly(api.views(viewer));
  if (!answer || viewer !== store.viewer) return;
  store.views = answer.views;
  tell("views");
});

/** App Home as it is now; `announce` also tells the app that somebody opened it. */
export async function refreshHome(announce = false) {
  if (store.place.kind !== "home") return;
  const viewer = store.viewer;
  const answer = await quietly(api.home(viewer, !announce));
  if (!answer || viewer !== store.viewer) return;
  store.home = answer.view ?? null;
  tell("home");
}

async function quietly(question) {
  try {
    return await question;
  } catch (error) {
    setConnected(false);
    console.warn(error.message);
    return null;
  }
}

function setConnected(connected) {
  if (store.connected === connected) return;
  store.connected = connected;
  tell("link");
}

/** Follows the stream as the viewer; a broken one is opened again, and everything is asked anew. */
export function follow() {
  source?.close();
  clearTimeout(retry);
  const mine = api.stream(store.viewer);
  source = mine;
  let opened = false;
  mine.onopen = () => {
    const lost = opened || !store.connected;
    opened = true;
    setConnected(true);
    if (lost) refreshAll();
  };
  mine.onerror = () => {
    setConnected(false);
    if (mine.readyState === EventSource.CLOSED && source === mine) retry = setTimeout(follow, 1500);
  };
  mine.onmessage = (event) => happened(JSON.parse(event.data));
}

function happened(fact) {
  switch (fact.kind) {
    case "message":
    case "changed":
    case "deleted":
    case "ephemeral":
      refreshChannel(fact.channel);
      if (store.thread && fact.channel === store.thread.channel) refreshThread();
      if (fact.kind === "message" && fact.thread_ts && fact.thread_ts !== fact.ts) tell("reply", fact);
      return refreshStateSoon();
    case "view":
    case "view_closed":
      return refreshViews();
    case "home":
      return refreshHome();
    case "channels":
    case "guide":
    case "connected":
    case "disconnected":
      return refreshState();
    case "refused":
    case "faults":
    case "call":
      return tell(fact.kind, fact);
    default:
      return tell("call", fact); // deliveries and whatever else the activity panel may want to show
  }
}

/** Sends what the person did and says when the app, or Slack, did not take it. */
export async function doing(request, what, action) {
  try {
    const answer = await request;
    // Field errors are shown at their fields.
    if (!answer.ok && !answer.errors) problem(answer.error ?? "unknown_error", what, { words: answer.text ?? answer.detail, action });
    refreshStateSoon();
    return answer;
  } catch (error) {
    problem("sandbox_gone", what, { words: error.message });
    return { ok: false, error: "sandbox_gone" };
  }
}

const boot = Date.now() / 1000;

/** The time up to which the viewer has read a channel; what came before this visit counts as read. */
export function readUpTo(channel) {
  return memory.get(`read ${store.viewer} ${channel}`, boot + store.clockOffset);
}

export function markRead(channel) {
  const last = store.messages.get(channel)?.at(-1);
  if (last && Number(last.ts) > readUpTo(channel)) memory.set(`read ${store.viewer} ${channel}`, Number(last.ts));
}

/** How much of a channel is unread, and how much of that calls the viewer by name. */
export function unread(channel) {
  const since = readUpTo(channel);
  const fresh = (store.messages.get(channel) ?? []).filter((message) => Number(message.ts) > since && message.user !== store.viewer);
  const direct = channelById(channel)?.is_im;
  return { count: fresh.length, mentions: direct ? fresh.length : fresh.filter(mentionsMe).length };
}

export function mentionsMe(message) {
  const groups = store.state.groups.filter((group) => group.users.includes(store.viewer));
  const said = `${message.text} ${JSON.stringify(message.blocks ?? [])}`;
  return [store.viewer, ...groups.map((group) => group.id)].some((id) => said.includes(id)) || /<!(here|channel|everyone)>/.test(said);
}
