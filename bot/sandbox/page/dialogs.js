// Small dialogs: the question before an action (`confirm` objects), and the JSON of a message.

import { h, iconButton } from "./dom.js";
import { plain, textOf } from "./mrkdwn.js";

/** Asks the question of a Block Kit `confirm` object; true when the person says yes. */
export function confirmed(confirm, names, opener) {
  return new Promise((resolve) => {
    const yes = h("button", { type: "button", class: `button ${confirm.style === "danger" ? "danger solid" : "primary"}`, data: { testid: "confirm-yes" } }, plain(confirm.confirm.text));
    const no = h("button", { type: "button", class: "button", data: { testid: "confirm-no" } }, plain(confirm.deny.text));
    const dialog = h("dialog", { class: "dialog small", "aria-labelledby": "confirm-title", data: { testid: "confirm" } },
      h("div", { class: "sheet" },
        h("h2", { id: "confirm-title" }, plain(confirm.title.text)),
        h("div", { class: "text" }, textOf(confirm.text, names)),
        h("div", { class: "foot" }, no, yes)));
    const end = (answer) => {
      dialog.remove();
      if (opener.isConnected) opener.focus();
      resolve(answer);
    };
    yes.addEventListener("click", () => end(true));
    no.addEventListener("click", () => end(false));
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      event.stopPropagation();
      end(false);
    });
    document.body.append(dialog);
    dialog.showModal();
    (confirm.style === "danger" ? no : yes).focus();
  });
}

/** Shows what came over the wire, with a button that copies it. */
export function showJson(title, value, opener) {
  const text = JSON.stringify(value, null, 2);
  const copy = h("button", { type: "button", class: "button", data: { testid: "json-copy" } }, "Copy");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text).then(
      () => (copy.textContent = "Copied"),
      () => (copy.textContent = "Not allowed here"),
    );
  });
  const end = () => {
    dialog.remove();
    if (opener.isConnected) opener.focus();
  };
  const dialog = h("dialog", { class: "dialog wide", "aria-labelledby": "json-title", data: { testid: "json-dialog" }, on: { cancel: end } },
    h("div", { class: "sheet" },
      h("div", { class: "head" }, h("h2", { id: "json-title" }, title), iconButton("close", "Close", end)),
      h("pre", { class: "pre json", tabindex: "0" }, text),
      h("div", { class: "foot" }, copy)));
  document.body.append(dialog);
  dialog.showModal();
}
