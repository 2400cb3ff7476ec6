// The stack of modals: the top one is shown, with its field errors, until it is submitted or closed.
// https://docs.slack.dev/surfaces/modals

import { api } from "./api.js";
import { byId, h, icon, iconButton } from "./dom.js";
import { patchBlocks } from "./blocks.js";
import { doing, refreshViews } from "./live.js";
import { plain } from "./mrkdwn.js";
import { closePicker } from "./picker.js";
import { on, store } from "./store.js";
import { ViewForm } from "./views.js";

const forms = new Map(); // view id -> ViewForm
let shown = null; // the id of the view on screen
let opener = null;

export function startModal() {
  on("views", draw);
  byId("modal").addEventListener("input", (event) => forgive(event.target.closest(".block.input")));
  byId("modal").addEventListener("cancel", (event) => {
    if (event.target !== byId("modal")) return;
    event.preventDefault();
    const top = store.views.at(-1);
    if (top) close(top);
  });
}

function draw() {
  const dialog = byId("modal");
  const top = store.views.at(-1);
  for (const id of forms.keys()) if (!store.views.some((view) => view.id === id)) forms.delete(id);
  if (!top) return hide(dialog);
  const form = forms.get(top.id) ?? new ViewForm(top);
  form.view = top;
  forms.set(top.id, form);
  if (shown === top.id && dialog.open) return update(dialog, top, form);
  if (!dialog.open) opener = document.activeElement;
  closePicker();
  shown = top.id;
  dialog.dataset.viewId = top.id;
  dialog.dataset.callbackId = top.callback_id ?? "";
  dialog.replaceChildren(sheet(top, form));
  if (!dialog.open) dialog.showModal();
  const first = dialog.querySelector(".blocks [autofocus], .blocks .field, .blocks button, .blocks input") ?? dialog.querySelector("[data-testid=modal-submit]");
  first?.focus();
  return undefined;
}

function hide(dialog) {
  shown = null;
  if (!dialog.open) return;
  closePicker();
  dialog.close();
  dialog.replaceChildren();
  const back = opener?.isConnected && opener !== document.body ? opener : byId("message-box");
  // The browser gives the focus back while the page behind is still inert, where it takes no typing: give it once more.
  requestAnimationFrame(() => {
    back.blur();
    back.focus();
  });
}

function sheet(view, form) {
  const below = store.views.length > 1;
  const blocks = h("div", { class: "blocks" });
  patchBlocks(blocks, view.blocks, form);
  return h("form", { class: "sheet", novalidate: true, on: { submit: (event) => (event.preventDefault(), submit(view.id)) } },
    h("div", { class: "head" },
      below && iconButton("back", "Back", () => close(view)),
      h("h2", { id: "modal-title" }, plain(view.title.text)),
      iconButton("close", "Close", () => close(view), { "data-testid": "modal-x" })),
    h("div", { class: "modal-scroll" }, blocks),
    h("div", { class: "dialog-notes" }),
    foot(view));
}

function foot(view) {
  const by = h("span", { class: "by" }, icon("wheel"), store.state.app.name);
  return h("div", { class: "foot" }, by,
    h("button", { type: "button", class: "button", data: { testid: "modal-close" }, on: { click: () => close(view) } }, view.close ? plain(view.close.text) : "Cancel"),
    view.submit && h("button", { type: "submit", class: "button primary", data: { testid: "modal-submit" } }, plain(view.submit.text)));
}

/** The app changed the view that is on screen: only what differs is drawn anew, typed values stay. */
function update(dialog, view, form) {
  patchBlocks(dialog.querySelector(".blocks"), view.blocks, form);
  dialog.querySelector("#modal-title").textContent = plain(view.title.text);
  dialog.querySelector(".foot").replaceWith(foot(view));
}

async function submit(id) {
  const form = forms.get(id);
  const button = byId("modal").querySelector("[data-testid=modal-submit]");
  if (!button || button.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  const answer = await doing(api.submit({ user: store.viewer, view_id: id, values: form.values() }), "This form");
  button.removeAttribute("aria-busy");
  showErrors(answer.errors ?? {});
  if (!answer.errors) await refreshViews();
}

/** Takes the error away from a field that is being changed. */
function forgive(field) {
  field?.querySelector(".field-error")?.remove();
  field?.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
}

function showErrors(errors) {
  const dialog = byId("modal");
  dialog.querySelectorAll(".block.input").forEach(forgive);
  for (const [block, words] of Object.entries(errors)) {
    const at = dialog.querySelector(`.block.input[data-block-id="${CSS.escape(block)}"]`);
    if (!at) continue;
    const id = `${block}-error`;
    const control = at.querySelector("[data-action-id]");
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-errormessage", id);
    control.after(h("p", { class: "field-error", id, role: "alert", data: { testid: "field-error", blockId: block } }, icon("warn"), words));
  }
  dialog.querySelector("[aria-invalid]")?.focus();
}

async function close(view) {
  await doing(api.close({ user: store.viewer, view_id: view.id }), "Closing");
  await refreshViews();
}
