// Block Kit, drawn. https://docs.slack.dev/reference/block-kit/blocks

import { h } from "./dom.js";
import { textOf, plain } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { drawElement, picture } from "./elements.js";

const DRAW = {
  header: (block) => h("h3", { class: "block header" }, plain(block.text.text, block.text.emoji !== false)),
  divider: () => h("hr", { class: "block divider" }),
  section,
  context: (block, host) =>
    h("div", { class: "block context" }, block.elements.map((element) =>
      element.type === "image" ? picture(element.image_url, element.alt_text, "icon-image") : h("span", { class: "text" }, textOf(element, host.names)))),
  actions: (block, host) => h("div", { class: "block actions", role: "group" }, block.elements.map((element) => drawElement(element, block, host))),
  image: (block) =>
    h("figure", { class: "block image" }, block.title && h("figcaption", {}, plain(block.title.text)), picture(block.image_url ?? block.slack_file?.url, block.alt_text, "full")),
  rich_text: (block, host) => h("div", { class: "block" }, richText(block, host.names)),
  input,
};

function section(block, host) {
  return h(
    "div",
    { class: "block section" },
    h(
      "div",
      { class: "section-main" },
      block.text && h("div", { class: "text" }, textOf(block.text, host.names)),
      block.fields && h("div", { class: "fields" }, block.fields.map((field) => h("div", { class: "text" }, textOf(field, host.names)))),
    ),
    block.accessory && h("div", { class: "accessory" }, drawElement(block.accessory, block, host)),
  );
}

function input(block, host) {
  const control = drawElement(block.element, block, host);
  const id = `${block.block_id}-input`;
  const words = [plain(block.label.text), block.optional && h("span", { class: "optional" }, " (optional)")];
  const named = control.matches("input, textarea");
  const label = named ? h("label", { for: id }, words) : h("span", { class: "label", id: `${id}-label` }, words);
  if (named) control.id = id;
  else control.setAttribute("aria-labelledby", `${id}-label`);
  const hint = block.hint && h("p", { class: "hint", id: `${id}-hint` }, plain(block.hint.text));
  if (hint) control.setAttribute("aria-describedby", `${id}-hint`);
  return h("div", { class: "block input", data: { blockId: block.block_id } }, label, control, hint);
}

/** One block; a kind the sandbox does not draw says so in its place. */
export function drawBlock(block, host) {
  const draw = DRAW[block.type];
  const node = draw ? draw(block, host) : h("div", { class: "block unknown" }, `A block this sandbox does not draw: ${block.type}`);
  node.dataset.block = block.type;
  return node;
}

/** Makes `parent` show `blocks`, replacing only the blocks that differ, so that focus and open menus stay. */
export function patchBlocks(parent, blocks, host) {
  const old = [...parent.children];
  blocks.forEach((block, i) => {
    const signature = JSON.stringify(block);
    if (old[i]?.signature === signature) return;
    const node = drawBlock(block, host);
    node.signature = signature;
    if (old[i]) replaceKeepingFocus(old[i], node);
    else parent.append(node);
  });
  old.slice(blocks.length).forEach((node) => node.remove());
}

function replaceKeepingFocus(old, node) {
  const held = old.contains(document.activeElement) ? document.activeElement.dataset.actionId : null;
  old.replaceWith(node);
  if (held) node.querySelector(`[data-action-id="${CSS.escape(held)}"]`)?.focus();
}

/** What a message says in words alone: for announcements and previews. */
export function wordsOf(message) {
  if (message.text) return plain(message.text.replace(/<[^|>]*\|([^>]*)>/g, "$1").replace(/<([^>]*)>/g, "$1"));
  const block = message.blocks?.find((one) => one.text);
  return block ? plain(block.text.text) : "a message";
}
