// "You are …": the switch between people, and what each may do here.

import { avatar, byId, h, icon } from "./dom.js";
import { timeOf } from "./dates.js";
import { me, names, on, people, store, tell } from "./store.js";

export function startPeople() {
  const button = byId("person-switch");
  const menu = byId("person-menu");
  on("state", draw);
  on("viewer", draw);
  button.addEventListener("click", () => show(menu.hidden));
  button.addEventListener("keydown", (event) => event.key === "ArrowDown" && (event.preventDefault(), show(true)));
  menu.addEventListener("keydown", walk);
  document.addEventListener("pointerdown", (event) => {
    if (!menu.hidden && !menu.contains(event.target) && !button.contains(event.target)) show(false, false);
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget) && event.relatedTarget !== button) show(false, false);
  });
}

function show(open, focusBack = true) {
  const menu = byId("person-menu");
  if (open) drawMenu();
  menu.hidden = !open;
  byId("person-switch").setAttribute("aria-expanded", String(open));
  if (open) menu.querySelector("[aria-checked=true]").focus();
  else if (focusBack) byId("person-switch").focus();
}

let drawn = "";

function draw() {
  const mine = me();
  const signature = JSON.stringify(mine);
  if (signature === drawn) return;
  drawn = signature;
  byId("person-switch").setAttribute("aria-label", `You are ${mine.real_name}, ${mine.title}. Switch person`);
  byId("person-switch").replaceChildren(
    avatar(mine, "small"),
    h("span", { class: "who" }, h("span", { class: "you" }, "You are"), h("strong", {}, mine.real_name)),
    icon("down"),
  );
}

function drawMenu() {
  byId("person-menu").replaceChildren(
    h("p", { class: "menu-title", role: "presentation" }, "See the workspace as"),
    ...people().map((one) => h("button", {
      type: "button", role: "menuitemradio", "aria-checked": String(one.id === store.viewer), tabindex: "-1",
      data: { testid: "person-option", user: one.id, name: one.name },
      on: { click: () => (show(false), tell("be", one.id)) },
    }, avatar(one), h("span", { class: "words" }, h("strong", {}, one.real_name), h("span", { class: "note" }, one.title), rights(one)), one.id === store.viewer && icon("check"))),
  );
}

/** What his standing means here: from which groups he is in, and whether he belongs to the workspace. */
function rights(one) {
  const groups = store.state.groups.filter((group) => group.users.includes(one.id)).map((group) => `@${group.handle}`);
  const standing = one.hint ?? (one.guest ? "guest account" : one.stranger ? "shared channels only" : groups.length ? `in ${groups.join(", ")}` : "in no approver group");
  return h("span", { class: "rights" }, `${standing} · ${timeOf(names.now(), one.timezone)} there`);
}

function walk(event) {
  const rows = [...byId("person-menu").querySelectorAll("[role=menuitemradio]")];
  const at = rows.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (event.key === "Escape") show(false);
  else if (to !== undefined) rows[(to + rows.length) % rows.length].focus();
  else if (/^[a-z]$/i.test(event.key)) rows.find((row) => row.dataset.name.startsWith(event.key.toLowerCase()))?.focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
