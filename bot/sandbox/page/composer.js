// The message box, of a channel or of a thread: drafts, history, suggestions, sending.

import { api } from "./api.js";
import { h, icon } from "./dom.js";
import { doing } from "./live.js";
import { placeNear } from "./picker.js";
import { channelById, memory, store } from "./store.js";
import { choicesFor, tokenAt } from "./suggest.js";

const TALLEST = 180; // pixels
const KEPT_LINES = 50;

export class Composer {
  /** `where()` is `{channel, thread_ts?}`; `label()` what the box says while it is empty. */
  constructor(root, { where, label, name }) {
    this.where = where;
    this.label = label;
    this.name = name;
    this.choices = [];
    this.at = 0;
    this.back = 0; // how far up-arrow has gone into what was sent
    this.build(root);
  }

  build(root) {
    const id = `${this.name}-suggestions`;
    this.box = h("textarea", {
      rows: "1", id: this.name, role: "combobox", "aria-expanded": "false", "aria-controls": id, "aria-autocomplete": "list", "aria-describedby": `${this.name}-usage`,
      "aria-label": this.label(), autocomplete: "off", data: { testid: this.name },
      on: { input: () => this.changed(), keydown: (event) => this.key(event), blur: () => setTimeout(() => this.hush(), 150), click: () => this.suggest() },
    });
    this.sender = h("button", { type: "submit", class: "send", "aria-label": "Send", title: "Send (Enter)", disabled: true, data: { testid: this.name === "message-box" ? "send" : "thread-send" } }, icon("send"));
    this.menu = h("ul", { role: "listbox", id, class: "picker suggestions", "aria-label": "Suggestions", hidden: true, data: { testid: "suggestions" } });
    this.usage = h("p", { class: "usage", id: `${this.name}-usage` });
    this.form = h("form", { class: "composer", on: { submit: (event) => (event.preventDefault(), this.send()) } }, this.box, this.sender);
    root.append(this.usage, this.form);
    document.body.append(this.menu);
  }

  key(event) {
    if (event.isComposing) return;
    const listed = !this.menu.hidden;
    const act = {
      ArrowDown: () => (listed ? this.mark(this.at + 1) : this.recall(-1)),
      ArrowUp: () => (listed ? this.mark(this.at - 1) : this.recall(1)),
      Tab: () => listed && !event.shiftKey && this.take(this.choices[this.at]),
      Escape: () => listed && this.hush(),
      Enter: () => this.enter(event, listed),
    }[event.key];
    if (!act || act() === false) return;
    event.preventDefault();
    event.stopPropagation();
  }

  enter(event, listed) {
    if (event.shiftKey) return false;
    // A command that is already typed out is sent, not completed once more.
    if (listed && this.choices[this.at].insert.trim() !== this.box.value.trim()) return this.take(this.choices[this.at]);
    return this.send();
  }

  changed() {
    this.back = 0;
    this.remember();
    this.suggest();
  }

  remember() {
    memory.set(this.draftKey(), this.box.value);
    this.fit();
    this.sender.disabled = !this.box.value.trim();
    this.explain();
  }

  draftKey() {
    const { channel, thread_ts } = this.where();
    return `draft ${store.viewer} ${channel} ${thread_ts ?? ""}`;
  }

  historyKey() {
    return `sent ${store.viewer}`;
  }

  fit() {
    this.box.style.setProperty("height", "auto");
    this.box.style.setProperty("height", `${Math.min(TALLEST, this.box.scrollHeight)}px`);
  }

  /** Says how the command that is being typed is used, and what threads do not take. */
  explain() {
    const text = this.box.value;
    const word = text.split(/\s/)[0];
    const command = text.startsWith("/") && store.state.app.commands.find((one) => one.command === word);
    const inThread = text.startsWith("/") && this.where().thread_ts;
    this.usage.replaceChildren(
      ...(inThread
        ? [`Slash commands do not work in threads. Mention the app instead: @${store.state.app.name.toLowerCase()} …`]
        : command && text.includes(" ")
          ? [h("code", {}, command.command), " ", h("span", {}, command.usage_hint ?? "")]
          : []),
    );
  }

  suggest() {
    const { channel } = this.where();
    this.token = tokenAt(this.box.value, this.box.selectionStart);
    this.choices = choicesFor(this.token, channelById(channel));
    if (!this.choices.length || document.activeElement !== this.box) return this.hush();
    this.menu.replaceChildren(...this.choices.map((choice, i) =>
      h("li", {
        role: "option", id: `${this.name}-choice-${i}`, data: { testid: "suggestion", value: choice.value },
        on: { pointerdown: (event) => (event.preventDefault(), this.take(choice)), pointermove: () => this.mark(i) },
      }, choice.node)));
    this.menu.hidden = false;
    placeNear(this.menu, this.form, { wide: true });
    this.box.setAttribute("aria-expanded", "true");
    this.mark(0);
    return undefined;
  }

  mark(index) {
    this.at = (index + this.choices.length) % this.choices.length;
    [...this.menu.children].forEach((node, i) => {
      node.classList.toggle("at", i === this.at);
      node.setAttribute("aria-selected", String(i === this.at));
      if (i === this.at) node.scrollIntoView({ block: "nearest" });
    });
    this.box.setAttribute("aria-activedescendant", `${this.name}-choice-${this.at}`);
  }

  hush() {
    this.menu.hidden = true;
    this.box.setAttribute("aria-expanded", "false");
    this.box.removeAttribute("aria-activedescendant");
  }

  take(choice) {
    const end = this.box.selectionStart;
    const rest = this.box.value.slice(end).replace(/^ /, "");
    this.box.value = this.box.value.slice(0, this.token.from) + choice.insert + rest;
    const caret = this.token.from + choice.insert.length;
    this.box.setSelectionRange(caret, caret);
    this.hush();
    this.remember();
  }

  /** Up-arrow in an empty box, or in one that shows what was recalled, goes back through what was sent. */
  recall(step) {
    const sent = memory.get(this.historyKey(), []);
    const showing = this.back > 0 && this.box.value === sent.at(-this.back);
    if (this.box.value && !showing) return false;
    const to = (showing ? this.back : 0) + step;
    if (to < 0 || to > sent.length) return false;
    this.back = to;
    this.box.value = to ? sent.at(-to) : "";
    this.remember();
    return true;
  }

  async send() {
    const text = this.box.value.trim();
    if (!text) return;
    const where = this.where();
    const draft = this.draftKey();
    memory.set(this.historyKey(), [...memory.get(this.historyKey(), []), text].slice(-KEPT_LINES));
    this.hush();
    this.fill("");
    this.box.focus();
    const isCommand = text.startsWith("/");
    const body = { user: store.viewer, ...where, text };
    if (isCommand && where.thread_ts) return this.refusedInThread(body, text, draft);
    const answer = await doing(api.say(body), isCommand ? text.split(/\s/)[0] : "Your message");
    if (!answer.ok) this.giveBack(text, draft);
  }

  /** Slack's own refusal, with the way that works one click away. */
  async refusedInThread(body, text, draft) {
    const mention = `@${store.state.app.name.toLowerCase()} ${text.slice(1)}`;
    const answer = await doing(api.say(body), text.split(/\s/)[0], { label: "Mention the app instead", run: () => this.put(mention) });
    if (!answer.ok) this.giveBack(text, draft);
  }

  /** What could not be sent comes back, unless something else was typed meanwhile. */
  giveBack(text, draft) {
    if (draft === this.draftKey() && !this.box.value) this.fill(text);
    else if (draft !== this.draftKey()) memory.set(draft, text);
  }

  fill(text) {
    this.box.value = text;
    this.remember();
  }

  /** Puts words into the box for the person to look at and send. */
  put(text) {
    this.fill(text);
    this.box.focus();
    this.box.setSelectionRange(text.length, text.length);
  }

  /** Another place, or another person: his draft, his words for the empty box. */
  moved() {
    this.hush();
    this.back = 0;
    this.box.placeholder = this.label();
    this.box.setAttribute("aria-label", this.label());
    this.box.value = memory.get(this.draftKey(), "");
    this.fit();
    this.sender.disabled = !this.box.value.trim();
    this.explain();
  }
}
