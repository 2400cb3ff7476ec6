// The list that opens from a select, an overflow menu, or the message box: one at a time, above everything else.

import { avatar, h, icon } from "./dom.js";

let open = null;
let counter = 0;

export function closePicker() {
  open?.close();
}

/** Puts `panel` under `anchor`, or above it where there is more room, and inside the window. */
export function placeNear(panel, anchor, { wide = false } = {}) {
  const at = anchor.getBoundingClientRect();
  const below = window.innerHeight - at.bottom - 12;
  const above = at.top - 12;
  const up = below < Math.min(panel.scrollHeight, 260) && above > below;
  panel.style.setProperty("max-height", `${Math.max(120, Math.min(340, up ? above : below))}px`);
  panel.style.setProperty("min-width", `${wide ? at.width : Math.max(at.width, 200)}px`);
  const left = Math.max(8, Math.min(at.left, window.innerWidth - panel.offsetWidth - 8));
  panel.style.setProperty("left", `${left}px`);
  panel.style.setProperty("top", `${up ? Math.max(8, at.top - panel.offsetHeight - 4) : at.bottom + 4}px`);
}

/** Where floating things must hang so that an open dialog does not make them inert. */
export function layerOf(anchor) {
  return anchor.closest("dialog") ?? document.body;
}

/**
 * Opens a list of choices under `anchor`.
 *
 * A choice is `{node, value, words, note?, group?, person?, danger?}`; `load(typed)` answers the choices (or
 * `{error}`), asked anew on typing when `typing` is set. `pick(choice)` is called with what was chosen.
 */
export function openPicker(anchor, { label, load, pick, typing = false, placeholder = "Search", many = false, chosen = () => false }) {
  const wasMine = open?.anchor === anchor;
  closePicker();
  if (wasMine) return;
  const id = `picker-${(counter += 1)}`;
  const list = h("ul", { role: "listbox", id, "aria-label": label, "aria-multiselectable": many ? "true" : null, tabindex: typing ? null : "-1" });
  const field = typing && h("input", {
    type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": id, "aria-label": label, "aria-autocomplete": "list",
    placeholder, autocomplete: "off", spellcheck: "false", data: { testid: "picker-search" },
  });
  const panel = h("div", { class: "picker", data: { testid: "picker" } }, field && h("div", { class: "picker-search" }, field), list);
  layerOf(anchor).append(panel);
  const focusOn = field || list;
  let choices = [];
  let at = 0;
  let turn = 0;

  const mark = (index, scroll = true) => {
    at = Math.max(0, Math.min(index, choices.length - 1));
    list.querySelectorAll("[role=option]").forEach((node, i) => node.classList.toggle("at", i === at));
    const node = list.querySelectorAll("[role=option]")[at];
    if (!node) return focusOn.removeAttribute("aria-activedescendant");
    focusOn.setAttribute("aria-activedescendant", node.id);
    if (scroll) node.scrollIntoView({ block: "nearest" });
  };
  const take = (choice) => {
    if (!choice) return;
    pick(choice);
    if (many) draw();
    else close();
  };
  const draw = () => {
    list.replaceChildren();
    let group = null;
    choices.forEach((choice, i) => {
      if (choice.group && choice.group !== group) list.append(h("li", { class: "group", role: "presentation" }, choice.group));
      group = choice.group;
      list.append(option(choice, `${id}-${i}`, chosen(choice), () => take(choice), () => mark(i, false)));
    });
    if (!choices.length) list.append(h("li", { class: "empty", role: "presentation" }, "Nothing matches"));
    mark(Math.max(0, choices.findIndex(chosen)));
    place();
  };
  const fill = async () => {
    const mine = (turn += 1);
    list.setAttribute("aria-busy", "true");
    if (!choices.length) list.replaceChildren(h("li", { class: "empty", role: "presentation" }, "Loading…"));
    const answer = await load(field ? field.value : "");
    if (mine !== turn || open?.panel !== panel) return;
    list.removeAttribute("aria-busy");
    choices = answer.error ? [] : answer;
    draw();
    if (answer.error) list.replaceChildren(h("li", { class: "empty error", role: "alert" }, answer.error));
  };
  const place = () => anchor.isConnected && placeNear(panel, anchor);
  const close = () => {
    document.removeEventListener("pointerdown", outside, true);
    window.removeEventListener("resize", place);
    document.removeEventListener("scroll", place, true);
    const hadFocus = panel.contains(document.activeElement);
    panel.remove();
    anchor.setAttribute("aria-expanded", "false");
    open = null;
    if (hadFocus && anchor.isConnected) anchor.focus();
  };
  const outside = (event) => !panel.contains(event.target) && !anchor.contains(event.target) && close();
  let wait = 0;
  if (field) {
    field.addEventListener("input", () => {
      clearTimeout(wait);
      wait = setTimeout(fill, 180);
    });
  }
  panel.addEventListener("keydown", (event) => {
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: field ? undefined : 0, End: field ? undefined : choices.length - 1 };
    if (moves[event.key] !== undefined) mark(moves[event.key]);
    else if (event.key === "Enter" || (event.key === " " && !field)) take(choices[at]);
    else if (event.key === "Escape") close();
    else if (event.key === "Tab") return close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  document.addEventListener("pointerdown", outside, true);
  document.addEventListener("scroll", place, true);
  window.addEventListener("resize", place);
  anchor.setAttribute("aria-expanded", "true");
  open = { anchor, panel, close };
  place();
  focusOn.focus({ preventScroll: true });
  fill();
}

function option(choice, id, selected, onTake, onOver) {
  return h(
    "li",
    {
      role: "option", id, class: choice.danger ? "danger" : null, "aria-selected": selected ? "true" : "false",
      data: { testid: "option", value: choice.value },
      on: { click: onTake, pointermove: onOver },
    },
    choice.person && avatar(choice.person, "small"),
    h("span", { class: "words" }, h("span", {}, choice.node), choice.note && h("span", { class: "note" }, choice.note)),
    selected && icon("check"),
  );
}
