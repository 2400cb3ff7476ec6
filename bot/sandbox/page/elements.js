// Interactive elements of Block Kit: in messages they act at once, in modals they fill in the form.
// https://docs.slack.dev/reference/block-kit/block-elements
//
// `host` is where they stand: {names, inForm(block), read(block, element), write(block, element, value),
// act(block, element, value, node), options(block, element, typed), people(), channels()}.

import { h, icon } from "./dom.js";
import { mrkdwn, plain, safeUrl, textOf } from "./mrkdwn.js";
import { openPicker } from "./picker.js";
import { confirmed } from "./dialogs.js";

const TEXT_INPUTS = {
  plain_text_input: "text",
  email_text_input: "email",
  url_text_input: "url",
  number_input: "number",
};
const PICKED_INPUTS = {
  datepicker: ["date", "selected_date", "initial_date"],
  timepicker: ["time", "selected_time", "initial_time"],
  datetimepicker: ["datetime-local", "selected_date_time", "initial_date_time"],
};
const UNNAMED = { date: "Date", time: "Time", "datetime-local": "Date and time" };
const LISTS = {
  static_select: ["selected_option", "initial_option"],
  external_select: ["selected_option", "initial_option"],
  users_select: ["selected_user", "initial_user"],
  channels_select: ["selected_channel", "initial_channel"],
  conversations_select: ["selected_conversation", "initial_conversation"],
  multi_static_select: ["selected_options", "initial_options"],
  multi_external_select: ["selected_options", "initial_options"],
  multi_users_select: ["selected_users", "initial_users"],
  multi_channels_select: ["selected_channels", "initial_channels"],
  multi_conversations_select: ["selected_conversations", "initial_conversations"],
};

/** What the element holds before anybody touches it, in the shape of `view.state.values`. */
export function initialValue(element) {
  const { type } = element;
  if (type in TEXT_INPUTS) return { type, value: element.initial_value ?? null };
  if (type in PICKED_INPUTS) return { type, [PICKED_INPUTS[type][1]]: element[PICKED_INPUTS[type][2]] ?? null };
  if (type in LISTS) return { type, [LISTS[type][0]]: element[LISTS[type][1]] ?? (type.startsWith("multi_") ? [] : null) };
  if (type === "radio_buttons") return { type, selected_option: element.initial_option ?? null };
  if (type === "checkboxes") return { type, selected_options: element.initial_options ?? [] };
  return null; // buttons and menus hold nothing
}

export function drawElement(element, block, host) {
  const { type } = element;
  if (type === "button" || type === "workflow_button") return button(element, block, host);
  if (type === "overflow") return overflow(element, block, host);
  if (type === "image") return thumbnail(element);
  if (type in TEXT_INPUTS) return textInput(element, block, host);
  if (type in PICKED_INPUTS) return pickedInput(element, block, host);
  if (type in LISTS) return select(element, block, host);
  if (type === "radio_buttons" || type === "checkboxes") return choices(element, block, host);
  return h("span", { class: "unknown" }, `An element this sandbox does not draw: ${type}`);
}

function hooks(element, block, testid = "action") {
  return { testid, actionId: element.action_id, blockId: block.block_id };
}

/** Sends a value at once, after the question of `confirm` when the element has one. */
async function act(element, block, host, value, node) {
  if (element.confirm && !(await confirmed(element.confirm, host.names, node))) return;
  node.setAttribute("aria-busy", "true");
  try {
    await host.act(block, element, value, node);
  } finally {
    node.removeAttribute("aria-busy");
  }
}

/** Keeps a value in the form of the view; outside `input` blocks it is also an action. */
function change(element, block, host, value, node) {
  host.write(block, element, value);
  if (!host.inForm(block) || block.dispatch_action) act(element, block, host, value, node);
}

function button(element, block, host) {
  const style = element.style ? ` ${element.style}` : "";
  const shared = { class: `button${style}`, "aria-label": element.accessibility_label ?? null, data: { ...hooks(element, block), value: element.value } };
  const send = (event) => act(element, block, host, { value: element.value }, event.currentTarget);
  const words = plain(element.text.text, element.text.emoji !== false);
  if (!element.url) return h("button", { type: "button", ...shared, on: { click: send } }, words);
  const href = safeUrl(element.url);
  if (!href) return h("button", { type: "button", ...shared, disabled: true, title: "Not a web address: Slack would refuse this button" }, words);
  return h("a", { ...shared, href, target: "_blank", rel: "noopener noreferrer", on: { click: send } }, words);
}

function overflow(element, block, host) {
  const node = h("button", {
    type: "button", class: "icon-button overflow", "aria-label": "More actions", "aria-haspopup": "listbox", "aria-expanded": "false",
    data: hooks(element, block),
  }, icon("more"));
  node.addEventListener("click", () =>
    openPicker(node, {
      label: "More actions",
      load: async () => element.options.map((option) => asChoice(option, host)),
      pick: (choice) => {
        const href = choice.option.url && safeUrl(choice.option.url);
        if (href) window.open(href, "_blank", "noopener,noreferrer");
        act(element, block, host, { selected_option: choice.option }, node);
      },
    }),
  );
  return node;
}

function thumbnail(element) {
  return picture(element.image_url ?? element.slack_file?.url, element.alt_text, "thumb");
}

/** An image that, when it cannot be had (the sandbox works offline), leaves its words in its place. */
export function picture(address, alt, kind) {
  const href = safeUrl(address ?? "");
  const missing = () => h("span", { class: `${kind} missing`, role: "img", "aria-label": alt, title: alt }, alt);
  if (!href || !href.startsWith("http")) return missing();
  const image = h("img", { src: href, alt, class: kind, loading: "lazy", referrerpolicy: "no-referrer", title: alt });
  image.addEventListener("error", () => image.replaceWith(missing()), { once: true });
  return image;
}

function textInput(element, block, host) {
  const held = host.read(block, element)?.value ?? "";
  const node = h(element.multiline ? "textarea" : "input", {
    type: element.multiline ? null : TEXT_INPUTS[element.type],
    rows: element.multiline ? "4" : null,
    class: "field",
    placeholder: element.placeholder ? plain(element.placeholder.text) : null,
    maxlength: element.max_length ?? null,
    min: element.min_value ?? null,
    max: element.max_value ?? null,
    step: element.is_decimal_allowed ? "any" : null,
    autofocus: element.focus_on_load ?? null,
    autocomplete: "off",
    value: held,
    data: hooks(element, block),
  });
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const value = () => ({ type: element.type, value: node.value || null });
  node.addEventListener("input", () => {
    host.write(block, element, value());
    if (block.dispatch_action && triggers.includes("on_character_entered")) act(element, block, host, value(), node);
  });
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || element.multiline || !block.dispatch_action) return;
    event.preventDefault();
    if (triggers.includes("on_enter_pressed")) act(element, block, host, value(), node);
  });
  return node;
}

function pickedInput(element, block, host) {
  const [kind, key] = PICKED_INPUTS[element.type];
  const held = host.read(block, element)?.[key] ?? "";
  const stamp = kind === "datetime-local";
  const node = h("input", {
    type: kind, class: "field picked", "aria-label": element.placeholder ? plain(element.placeholder.text) : UNNAMED[kind],
    value: stamp && held ? localMoment(held) : held, data: hooks(element, block),
  });
  node.addEventListener("change", () => {
    const chosen = stamp && node.value ? Math.floor(new Date(node.value).getTime() / 1000) : node.value || null;
    change(element, block, host, { type: element.type, [key]: chosen }, node);
  });
  return node;
}

function localMoment(ts) {
  const at = new Date(ts * 1000);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

function asChoice(option, host, group = "") {
  return {
    value: option.value,
    words: option.text.text,
    node: textOf(option.text, host.names),
    note: option.description && plain(option.description.text),
    group,
    option,
  };
}

function groupsOf(answer, host) {
  const groups = answer.option_groups?.length ? answer.option_groups : null;
  if (!groups) return (answer.options ?? []).map((option) => asChoice(option, host));
  return groups.flatMap((group) => group.options.map((option) => asChoice(option, host, plain(group.label.text))));
}

/** The choices of a select, and how each is told apart: options by `value`, people and channels by id. */
function source(element, block, host) {
  const matching = (all) => (typed) => Promise.resolve(all().filter((choice) => choice.words.toLowerCase().includes(typed.toLowerCase())));
  if (element.type.endsWith("static_select")) return matching(() => groupsOf(element, host));
  if (element.type.endsWith("users_select"))
    return matching(() => host.people().map((p) => ({ value: p.id, words: `${p.real_name} ${p.name}`, node: p.real_name, note: p.title, person: p })));
  if (!element.type.endsWith("external_select"))
    return matching(() => host.channels().map((c) => ({ value: c.id, words: c.name, node: `#${c.name}` })));
  const enough = element.min_query_length ?? 3;
  return async (typed) => {
    if (typed.length < enough) return { error: `Type ${enough === 1 ? "a character" : `${enough} characters`} to search` };
    const answer = await host.options(block, element, typed);
    return answer.error ? { error: `The app gave no choices: ${answer.error}` } : groupsOf(answer, host);
  };
}

function select(element, block, host) {
  const [key] = LISTS[element.type];
  const many = element.type.startsWith("multi_");
  const byOption = key.startsWith("selected_option");
  const idOf = (held) => (byOption ? held.value : held);
  const placeholder = element.placeholder ? plain(element.placeholder.text) : "Choose";
  const words = h("span", { class: "chosen" });
  const node = h("button", {
    type: "button", class: "select", "aria-haspopup": "listbox", "aria-expanded": "false", data: hooks(element, block),
  }, words, icon("down"));
  const now = () => host.read(block, element)?.[key] ?? (many ? [] : null);
  const show = (held) => (byOption ? textOf(held.text, host.names) : key.includes("user") ? (host.names.person(held)?.real_name ?? held) : `#${host.names.channel(held)?.name ?? held}`);
  const refresh = () => {
    const held = now();
    const empty = many ? !held.length : !held;
    node.classList.toggle("empty", empty);
    words.replaceChildren(...(empty ? [placeholder] : many ? held.map((one) => h("span", { class: "chip" }, show(one))) : [show(held)]));
  };
  node.addEventListener("click", () =>
    openPicker(node, {
      label: placeholder,
      typing: element.type.includes("external") || !byOption || (element.options?.length ?? 99) > 8,
      placeholder: element.type.includes("external") ? "Type to search" : "Search",
      many,
      load: source(element, block, host),
      chosen: (choice) => [now()].flat().some((held) => held && idOf(held) === choice.value),
      pick: (choice) => {
        const held = byOption ? choice.option : choice.value;
        const rest = many && now().filter((one) => idOf(one) !== choice.value);
        const next = !many ? held : rest.length < now().length ? rest : [...rest, held];
        change(element, block, host, { type: element.type, [key]: next }, node);
        refresh();
        node.dispatchEvent(new Event("input", { bubbles: true })); // as typing does: the form forgives its error
      },
    }),
  );
  refresh();
  return node;
}

function choices(element, block, host) {
  const one = element.type === "radio_buttons";
  const key = one ? "selected_option" : "selected_options";
  const held = [host.read(block, element)?.[key] ?? []].flat();
  const node = h("div", { class: "choices", role: one ? "radiogroup" : "group", data: hooks(element, block) });
  const name = `${block.block_id}-${element.action_id}`;
  element.options.forEach((option, i) => {
    const box = h("input", { type: one ? "radio" : "checkbox", name, value: option.value, data: { testid: "choice", index: i } });
    box.checked = held.some((chosen) => chosen.value === option.value);
    const note = option.description && h("span", { class: "note" }, option.description.type === "mrkdwn" ? mrkdwn(option.description.text, host.names) : plain(option.description.text));
    node.append(h("label", { class: "choice" }, box, h("span", {}, h("span", {}, textOf(option.text, host.names)), note)));
  });
  node.addEventListener("change", () => {
    const chosen = [...node.querySelectorAll("input:checked")].map((box) => element.options[Number(box.dataset.index)]);
    change(element, block, host, { type: element.type, [key]: one ? (chosen[0] ?? null) : chosen }, node);
  });
  return node;
}
