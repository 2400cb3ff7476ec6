// `rich_text` blocks: text that was never mrkdwn, so nothing in it is parsed or unescaped.
// https://docs.slack.dev/reference/block-kit/blocks/rich-text-block

import { h } from "./dom.js";
import { emojiOf } from "./emoji.js";
import { broadcast, channelMention, dateNode, groupMention, link, personMention } from "./mrkdwn.js";

const STYLES = [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"], ["underline", "u"]];

export function richText(block, names) {
  const out = h("div", { class: "rich" });
  for (const part of block.elements) out.append(section(part, names));
  return out;
}

function section(part, names) {
  switch (part.type) {
    case "rich_text_section":
      return h("div", {}, part.elements.map((element) => leaf(element, names)));
    case "rich_text_preformatted":
      return h("pre", { class: "pre" }, part.elements.map((element) => leaf(element, names)));
    case "rich_text_quote":
      return h("blockquote", {}, part.elements.map((element) => leaf(element, names)));
    case "rich_text_list": {
      const ordered = part.style === "ordered";
      const list = h(ordered ? "ol" : "ul", { data: { indent: part.indent ?? 0 }, start: ordered && part.offset ? part.offset + 1 : null });
      if (part.border) list.classList.add("bordered");
      list.append(...part.elements.map((item) => h("li", {}, item.elements.map((element) => leaf(element, names)))));
      return list;
    }
    default:
      return h("div", { class: "unknown" }, `A part this sandbox does not draw: ${part.type}`);
  }
}

function leaf(element, names) {
  return styled(bare(element, names), element.style ?? {});
}

function bare(element, names) {
  switch (element.type) {
    case "text":
      return document.createTextNode(element.text);
    case "link":
      return link(element.url, element.text || element.url);
    case "user":
      return personMention(element.user_id, "", names);
    case "usergroup":
      return groupMention(element.usergroup_id, "", names);
    case "channel":
      return channelMention(element.channel_id, "", names);
    case "broadcast":
      return broadcast(element.range);
    case "emoji": {
      const shown = emojiOf(element.name);
      return h("span", { class: "emoji", title: `:${element.name}:` }, shown ?? `:${element.name}:`);
    }
    case "date":
      return dateNode(element.timestamp, element.format, element.url, element.fallback ?? "", names);
    case "color": {
      const swatch = h("span", { class: "swatch", "aria-hidden": "true" });
      swatch.style.setProperty("--paint", element.value);
      return h("span", { class: "colour" }, element.value, swatch);
    }
    default:
      return document.createTextNode(`[${element.type}]`);
  }
}

function styled(node, style) {
  return STYLES.reduce((inner, [name, tag]) => (style[name] ? h(tag, {}, inner) : inner), node);
}
