// The thread pane on the right.

import { byId } from "./dom.js";
import { Composer } from "./composer.js";
import { refreshThread } from "./live.js";
import { MessageList } from "./messages.js";
import { channelById, on, store, tell, titleOf } from "./store.js";
import { panes } from "./panes.js";

export function startThread() {
  const list = new MessageList(byId("thread-scroll"), { thread: true });
  const composer = new Composer(byId("thread-foot"), {
    name: "thread-message-box",
    where: () => ({ channel: store.thread?.channel ?? "", thread_ts: store.thread?.ts }),
    label: () => "Reply…",
  });

  on("open-thread", async ({ channel, ts }) => {
    store.thread = { channel, ts, messages: [] };
    store.freshThreads.delete(`${channel} ${ts}`);
    tell("messages", channel);
    list.clear();
    byId("thread-place").textContent = titleOf(channelById(channel));
    panes.open("thread");
    composer.moved();
    await refreshThread();
    composer.box.focus();
  });
  on("thread", () => store.thread && list.draw(store.thread.messages));
  on("reply", ({ channel, thread_ts }) => {
    if (store.thread?.channel === channel && store.thread.ts === thread_ts) return;
    store.freshThreads.add(`${channel} ${thread_ts}`);
  });
  on("pane", (name) => {
    if (name !== "thread") store.thread = null;
  });
  on("viewer", () => {
    store.freshThreads.clear();
    list.clear();
    if (store.thread) composer.moved();
  });
}
