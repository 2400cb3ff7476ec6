// The list of messages in a channel or a thread: patched in place, scroll position kept.

import { api } from "./api.js";
import { avatar, byId, h, icon, iconButton } from "./dom.js";
import { dayName, dayOf, fullTime, timeOf } from "./dates.js";
import { patchBlocks, wordsOf } from "./blocks.js";
import { initialValue } from "./elements.js";
import { showJson } from "./dialogs.js";
import { doing } from "./live.js";
import { mrkdwn } from "./mrkdwn.js";
import { emojiOf } from "./emoji.js";
import { channelById, myChannels, names, people, person, store, tell, titleOf } from "./store.js";

const GROUPED_WITHIN = 300; // seconds between two messages of one writer that still share one head
const SHOWN_AT_ONCE = 150;

/** What the blocks of a message need from the page: how to act, and what is held by its selects. */
function hostOf(message) {
  const held = new Map();
  const where = { channel: message.channel, message_ts: message.ts };
  const keyOf = (block, element) => `${block.block_id} ${element.action_id}`;
  return {
    names,
    inForm: () => false,
    read: (block, element) => held.get(keyOf(block, element)) ?? initialValue(element),
    write: (block, element, value) => held.set(keyOf(block, element), value),
    act: (block, element, value) =>
      doing(api.click({ user: store.viewer, ...where, block_id: block.block_id, action_id: element.action_id, ...value }), "This click"),
    options: (block, element, typed) =>
      api.options({ user: store.viewer, ...where, block_id: block.block_id, action_id: element.action_id, value: typed }),
    people,
    channels: myChannels,
  };
}

export class MessageList {
  /** `scroller` is the element that scrolls; `thread` says that this is a thread's list. */
  constructor(scroller, { thread = false } = {}) {
    this.scroller = scroller;
    this.thread = thread;
    this.list = h("div", { class: "messages", role: "list" });
    this.earlier = h("button", { type: "button", class: "button small earlier", hidden: true, on: { click: () => this.showEarlier() } }, "Show earlier messages");
    this.rows = new Map(); // row key -> {node, signature}
    this.limit = SHOWN_AT_ONCE;
    scroller.append(this.earlier, this.list);
    this.list.addEventListener("keydown", (event) => this.walk(event));
    this.stuck = true;
    let top = 0;
    scroller.addEventListener("scroll", () => {
      // Only going up lets go of the end: what grows below (a card, an image) does not.
      if (this.atEnd()) this.stuck = true;
      else if (scroller.scrollTop < top - 1) this.stuck = false;
      top = scroller.scrollTop;
    }, { passive: true });
    new ResizeObserver(() => this.stuck && this.toEnd()).observe(scroller);
    new ResizeObserver(() => this.stuck && this.toEnd()).observe(this.list);
  }

  atEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 60;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  clear() {
    this.rows.clear();
    this.list.replaceChildren();
    this.limit = SHOWN_AT_ONCE;
    this.stuck = true;
  }

  showEarlier() {
    this.limit += SHOWN_AT_ONCE;
    this.stuck = false;
    this.draw(this.messages, this.newSince);
  }

  /** Shows `messages`, oldest first; `newSince` draws a line above what is younger. */
  draw(messages, newSince = Infinity) {
    this.messages = messages;
    this.newSince = newSince;
    const shown = messages.slice(-this.limit);
    this.earlier.hidden = shown.length === messages.length;
    const rows = this.rowsOf(shown, newSince);
    const wanted = new Set(rows.map((row) => row.key));
    for (const [key, row] of this.rows) {
      if (!wanted.has(key)) {
        row.node.remove();
        this.rows.delete(key);
      }
    }
    let after = null;
    for (const row of rows) {
      const node = this.place(row);
      const next = after ? after.nextSibling : this.list.firstChild;
      if (next !== node) this.list.insertBefore(node, next);
      after = node;
    }
    if (this.stuck) this.toEnd();
  }

  rowsOf(messages, newSince) {
    const rows = [];
    let day = "";
    let before = null;
    let lined = false;
    messages.forEach((message, i) => {
      const at = Number(message.ts);
      const today = dayOf(at, names.zone);
      if (!this.thread && today !== day) {
        rows.push({ key: `day ${today}`, day: dayName(at, names.zone, names.now()) });
        before = null;
      }
      day = today;
      if (!lined && at > newSince && message.user !== store.viewer) {
        lined = true;
        rows.push({ key: "new" });
        before = null;
      }
      if (this.thread && i === 1) rows.push({ key: "replies", replies: messages.length - 1 });
      const grouped = before && before.user === message.user && at - Number(before.ts) < GROUPED_WITHIN && !message.broadcast &&
        !before.broadcast && before.ephemeral === message.ephemeral && !(this.thread && i === 1) && !message.ephemeral;
      const fresh = store.freshThreads.has(`${message.channel} ${message.ts}`);
      rows.push({ key: `m ${message.ts}`, message, fresh, grouped: Boolean(grouped) });
      before = message;
    });
    return rows;
  }

  place(row) {
    const held = this.rows.get(row.key);
    const signature = JSON.stringify([row, store.viewer]);
    if (held?.signature === signature) return held.node;
    const node = !row.message ? divider(row) : held ? this.patch(held.node, row) : this.make(row);
    if (held && held.node !== node) held.node.replaceWith(node);
    this.rows.set(row.key, { node, signature });
    return node;
  }

  make(row) {
    const { message } = row;
    const node = h("article", { class: "message", role: "listitem", tabindex: "-1", data: { testid: "message", ts: message.ts, channel: message.channel } });
    node.host = hostOf(message);
    node.body = h("div", { class: "blocks" });
    return this.patch(node, row);
  }

  patch(node, { message, fresh, grouped }) {
    const writer = person(message.user) ?? { real_name: message.name, name: message.name, bot: message.bot };
    const shown = { ...writer, real_name: message.name || writer.real_name, bot: message.bot };
    node.className = "message";
    node.classList.toggle("grouped", grouped);
    node.classList.toggle("ephemeral", Boolean(message.ephemeral));
    drawBody(node.body, message, node.host);
    const column = node.querySelector(":scope > .column") ?? h("div", { class: "column" });
    const above = [message.ephemeral && onlyYou(), message.broadcast && this.repliedLine(message)].filter(Boolean);
    const head = grouped ? null : headOf(shown, message);
    const foot = [message.edited && h("span", { class: "edited" }, "(edited)"), reactions(message), !this.thread && this.repliesRow(message, fresh)].filter(Boolean);
    // The body stays where it is, so that what is focused or open inside it stays so.
    if (node.body.parentNode !== column) column.append(node.body);
    while (column.firstChild !== node.body) column.firstChild.remove();
    while (column.lastChild !== node.body) column.lastChild.remove();
    node.body.before(...above, ...(head ? [head] : []));
    column.append(...foot);
    if (column.parentNode !== node) node.append(h("div", { class: "gutter" }), column);
    node.firstChild.replaceChildren(grouped ? stamp(message, "brief") : avatar(shown));
    node.querySelector(":scope > .tools")?.remove();
    node.append(this.tools(message, shown, node));
    return node;
  }

  repliedLine(message) {
    return this.thread
      ? h("div", { class: "aside" }, "Also sent to the channel")
      : h("div", { class: "aside" }, "replied to ", h("button", { type: "button", class: "plain-link", on: { click: () => openThread(message.channel, message.thread_ts) } }, "a thread"));
  }

  repliesRow(message, fresh) {
    if (!message.reply_count) return null;
    const faces = (message.reply_users ?? []).slice(0, 4).map((id) => avatar(person(id) ?? { name: "?" }, "tiny"));
    const words = `${message.reply_count} ${message.reply_count === 1 ? "reply" : "replies"}`;
    return h("button", { type: "button", class: "replies", data: { testid: "replies" }, on: { click: () => openThread(message.channel, message.ts) } },
      faces, h("span", { class: "how-many" }, words), fresh && h("span", { class: "fresh" }, "new"), h("span", { class: "view" }, "View thread"));
  }

  tools(message, writer, node) {
    const canReply = !this.thread && !message.ephemeral;
    return h("div", { class: "tools" },
      canReply && iconButton("thread", `Reply in thread to ${writer.real_name}`, () => openThread(message.channel, message.thread_ts ?? message.ts), { "data-testid": "reply" }),
      iconButton("json", "View JSON", (event) => showJson(`Message ${message.ts}`, message, event.currentTarget), { "data-testid": "view-json" }));
  }

  /** Up and down walk from message to message once one of them has the focus. */
  walk(event) {
    if (!event.target.classList.contains("message")) return;
    const to = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (event.key === "Enter" && !this.thread) event.target.querySelector("[data-testid=reply]")?.click();
    if (!to) return;
    let node = event.target[to];
    while (node && !node.classList.contains("message")) node = node[to];
    node?.focus();
    event.preventDefault();
  }

  focusLast() {
    [...this.list.querySelectorAll(".message")].at(-1)?.focus();
  }
}

export function openThread(channel, ts) {
  tell("open-thread", { channel, ts });
}

function drawBody(body, message, host) {
  if (message.blocks?.length) return patchBlocks(body, message.blocks, host);
  return body.replaceChildren(h("div", { class: "text" }, mrkdwn(message.text ?? "", names)));
}

function headOf(writer, message) {
  return h("div", { class: "head" },
    h("span", { class: "writer" }, writer.real_name),
    message.bot && h("span", { class: "badge" }, "App"),
    writer.guest && h("span", { class: "badge" }, "Guest"),
    stamp(message));
}

function stamp(message, kind = "") {
  const at = Number(message.ts);
  return h("time", { class: `stamp ${kind}`, datetime: new Date(at * 1000).toISOString(), title: fullTime(at, names.zone) }, timeOf(at, names.zone));
}

function onlyYou() {
  return h("div", { class: "aside" }, icon("eye"), "Only visible to you");
}

function reactions(message) {
  const given = Object.entries(message.reactions ?? {});
  if (!given.length) return null;
  return h("div", { class: "reactions" }, given.map(([name, users]) =>
    h("span", { class: "reaction", title: users.map((id) => person(id)?.real_name ?? id).join(", ") }, emojiOf(name) ?? `:${name}:`, " ", String(users.length))));
}

function divider(row) {
  if (row.key === "new") return h("div", { class: "rule new", role: "separator" }, h("span", {}, "New"));
  if (row.replies) return h("div", { class: "rule replies-rule", role: "separator" }, h("span", {}, `${row.replies} ${row.replies === 1 ? "reply" : "replies"}`));
  return h("div", { class: "rule", role: "separator" }, h("span", {}, row.day));
}

/** Tells screen readers what came into the channel that is shown. */
export function announce(message) {
  const where = channelById(message.channel);
  byId("live").textContent = `${message.ephemeral ? "Only to you: " : ""}${message.name} in ${where ? titleOf(where) : "the workspace"}: ${wordsOf(message).slice(0, 300)}`;
}
