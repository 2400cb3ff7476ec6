// The pane on the right holds one thing at a time: a thread, the faults, or the activity. Narrow windows show one pane.

import { byId } from "./dom.js";
import { store, tell } from "./store.js";

const NAMES = ["thread", "faults", "activity"];
let opener = null;

export const panes = {
  now: null,

  open(name) {
    if (this.now === null) opener = document.activeElement;
    this.now = name;
    byId("side").hidden = false;
    document.body.dataset.side = name;
    for (const one of NAMES) {
      byId(`${one}-pane`).hidden = one !== name;
      byId(`${one}-button`)?.setAttribute("aria-expanded", String(one === name));
    }
    tell("pane", name);
  },

  close() {
    if (this.now === null) return;
    const replies = store.thread && document.querySelector(`#main .message[data-ts="${store.thread.ts}"] [data-testid=replies]`);
    this.now = null;
    byId("side").hidden = true;
    delete document.body.dataset.side;
    for (const one of NAMES) byId(`${one}-button`)?.setAttribute("aria-expanded", "false");
    tell("pane", null);
    // The button that opened a thread may have been drawn anew since.
    (opener?.isConnected && opener !== document.body ? opener : (replies ?? byId("message-box"))).focus();
    opener = null;
  },

  toggle(name) {
    if (this.now === name) return this.close();
    this.open(name);
    byId(`${name}-pane`).querySelector("input:checked, button, input")?.focus();
    return undefined;
  },
};

/** The drawer with the channels, on narrow windows. */
export const drawer = {
  set(open) {
    document.body.classList.toggle("drawer-open", open);
    byId("menu-button").setAttribute("aria-expanded", String(open));
    if (open) byId("sidebar").querySelector("[aria-current], button")?.focus();
  },
  get open() {
    return document.body.classList.contains("drawer-open");
  },
};
