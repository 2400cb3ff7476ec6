// Slack's mrkdwn as DOM nodes. https://docs.slack.dev/messaging/formatting-message-text
//
// `names` says who and where ids are: {viewer, zone, now(), person(id), group(id), channel(id), goTo(channel)}.
// Text is unescaped exactly once (&amp; &lt; &gt;), links are followed only to http, https and mailto.

import { h } from "./dom.js";
import { emojiOf } from "./emoji.js";
import { formatDate, fullTime } from "./dates.js";

const STYLES = { "*": "strong", _: "em", "~": "s" };
const ENTITIES = { amp: "&", lt: "<", gt: ">" };
const EMOJI = /:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/y;
const BARE_URL = /https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)\]}'"*_~`]/y;
const LAST_MOMENT = 8.64e12; // seconds: beyond it JavaScript has no dates
const LETTER = /[\p{L}\p{N}]/u;

/** Undoes Slack's three escapes, once. */
export function unescape(text) {
  return text.replace(/&(amp|lt|gt);/g, (_, name) => ENTITIES[name]);
}

/** The address when following it is safe (http, https, mailto), else `null`. */
export function safeUrl(address) {
  let url;
  try {
    url = new URL(address);
  } catch {
    return null; // not an absolute address: Slack would not link it either
  }
  return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
}

/** A link that opens beside the workspace, or inert text that says why it is none. */
export function link(address, label) {
  const href = safeUrl(address);
  if (!href) return h("span", { class: "dead-link", title: "Not a web address: Slack would not make this a link" }, label);
  return h("a", { href, target: "_blank", rel: "noopener noreferrer" }, label);
}

/** `mrkdwn` text as nodes: code fences, quotes and lines, with everything inline inside them. */
export function mrkdwn(text, names) {
  const out = document.createDocumentFragment();
  let from = 0;
  for (const fence of text.matchAll(/```\n?([\s\S]+?)\n?```\n?/g)) {
    lines(out, text.slice(from, fence.index).replace(/\n$/, ""), names);
    out.append(h("pre", { class: "pre" }, references(fence[1], names)));
    from = fence.index + fence[0].length;
  }
  lines(out, text.slice(from), names);
  return out;
}

/** `plain_text` as nodes: emoji short names become characters unless switched off, nothing else does. */
export function plain(text, emoji = true) {
  const shown = unescape(text);
  return emoji ? shown.replace(/:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/g, (whole, name) => emojiOf(name) ?? whole) : shown;
}

/** A text object, whichever of the two kinds it is. */
export function textOf(object, names) {
  if (!object) return "";
  return object.type === "mrkdwn" ? mrkdwn(object.text, names) : plain(object.text, object.emoji !== false);
}

function lines(out, text, names) {
  if (!text) return;
  let open = null; // what the lines before were: a paragraph, a quote
  const rows = text.split("\n");
  for (let i = 0; i < rows.length; i += 1) {
    const toTheEnd = /^(?:&gt;|>){3} ?/.exec(rows[i]);
    if (toTheEnd) {
      const rest = rows.slice(i).join("\n").slice(toTheEnd[0].length);
      out.append(inline(h("blockquote"), rest, names));
      return;
    }
    const quote = /^(?:&gt;|>) ?/.exec(rows[i]);
    const bullet = /^ *[•◦▪] +/.exec(rows[i]);
    const kind = quote ? "blockquote" : bullet ? "bullet" : "p";
    const row = quote ? rows[i].slice(quote[0].length) : bullet ? rows[i].trimStart() : rows[i];
    if (open?.kind === kind && kind !== "bullet") {
      open.node.append("\n");
    } else {
      const node = kind === "blockquote" ? h("blockquote") : h("span", { class: kind === "bullet" ? "line bullet" : "line" });
      out.append(node);
      open = { kind, node };
    }
    inline(open.node, row, names);
  }
}

/** Appends `text` to `parent` with bold, italic, strike, code, references, emoji and links. */
function inline(parent, text, names, active = "") {
  let plainFrom = 0;
  let i = 0;
  const flush = (to) => to > plainFrom && parent.append(unescape(text.slice(plainFrom, to)));
  while (i < text.length) {
    const hit = pieceAt(text, i, names, active);
    if (hit) {
      flush(i);
      parent.append(hit.node);
      i = plainFrom = hit.end;
    } else {
      i += 1;
    }
  }
  flush(text.length);
  return parent;
}

function pieceAt(text, i, names, active) {
  switch (text[i]) {
    case "`": {
      const end = codeEnd(text, i);
      return end && { node: h("code", {}, references(text.slice(i + 1, end - 1), names)), end };
    }
    case "<": {
      const end = text.indexOf(">", i);
      return end > i + 1 ? { node: reference(text.slice(i + 1, end), names), end: end + 1 } : null;
    }
    case "*":
    case "_":
    case "~": {
      const end = active.includes(text[i]) ? 0 : styleEnd(text, i);
      return end && { node: inline(h(STYLES[text[i]]), text.slice(i + 1, end), names, active + text[i]), end: end + 1 };
    }
    case ":": {
      EMOJI.lastIndex = i;
      const found = EMOJI.exec(text);
      const shown = found && emojiOf(found[1]);
      return shown ? { node: h("span", { class: "emoji", title: found[0] }, shown), end: EMOJI.lastIndex } : null;
    }
    case "h": {
      if (i > 0 && LETTER.test(text[i - 1])) return null;
      BARE_URL.lastIndex = i;
      const found = BARE_URL.exec(text);
      return found && { node: link(unescape(found[0]), unescape(found[0])), end: BARE_URL.lastIndex };
    }
    default:
      return null;
  }
}

function codeEnd(text, i) {
  const end = text.indexOf("`", i + 1);
  const newline = text.indexOf("\n", i);
  return end > i + 1 && (newline < 0 || end < newline) ? end + 1 : 0;
}

/** Where the marker that opens at `i` closes on the same line, or 0. Both ends must lie at the edge of a word. */
function styleEnd(text, i) {
  const marker = text[i];
  if ((i > 0 && LETTER.test(text[i - 1])) || /\s|^$/.test(text[i + 1] ?? "")) return 0;
  for (let j = i + 1; j < text.length && text[j] !== "\n"; j += 1) {
    if (text[j] === "`") j = Math.max(j, codeEnd(text, j) - 1);
    else if (text[j] === "<") j = Math.max(j, text.indexOf(">", j));
    else if (text[j] === marker && j > i + 1 && !/\s/.test(text[j - 1]) && !LETTER.test(text[j + 1] ?? "")) return j;
  }
  return 0;
}

/** Text in which only `<…>` means something, as inside code. */
function references(text, names) {
  const out = document.createDocumentFragment();
  for (const part of text.split(/(<[^<>\n]+>)/)) {
    out.append(/^<[^<>\n]+>$/.test(part) ? reference(part.slice(1, -1), names) : unescape(part));
  }
  return out;
}

/** What stands between `<` and `>`: a mention, a channel, a date, or a link. */
function reference(inside, names) {
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? "" : unescape(inside.slice(bar + 1));
  if (target.startsWith("@")) return personMention(target.slice(1), label, names);
  if (target.startsWith("#")) return channelMention(target.slice(1), label, names);
  if (target.startsWith("!subteam^")) return groupMention(target.slice(9), label, names);
  if (target.startsWith("!date^")) return date(target.slice(6), label, names);
  if (target.startsWith("!")) return broadcast(target.slice(1), label);
  const address = unescape(target);
  return link(address, plain(label || address.replace(/^mailto:/, "")));
}

export function personMention(id, label, names) {
  const person = names.person(id);
  const mine = id === names.viewer;
  return h("span", { class: mine ? "mention me" : "mention", title: person?.title || null, data: { user: id } }, `@${person?.real_name ?? (label || id)}`);
}

export function groupMention(id, label, names) {
  const group = names.group(id);
  const mine = group?.users.includes(names.viewer);
  return h("span", { class: mine ? "mention me" : "mention", title: group?.name ?? null, data: { group: id } }, `@${group?.handle ?? (label.replace(/^@/, "") || id)}`);
}

export function channelMention(id, label, names) {
  const channel = names.channel(id);
  if (!channel) return h("span", { class: "mention" }, label ? `#${label}` : "a private channel");
  return h("button", { type: "button", class: "mention", on: { click: () => names.goTo(id) } }, `#${channel.name}`);
}

/** `@here`, `@channel`, `@everyone`: all of them concern the viewer. */
export function broadcast(range, label = "") {
  if (["here", "channel", "everyone"].includes(range)) return h("span", { class: "mention me" }, `@${range}`);
  return document.createTextNode(label || `<!${range}>`);
}

function date(rest, fallback, names) {
  const [ts, template = "", address] = rest.split("^");
  return dateNode(Number(ts), unescape(template), address && unescape(address), fallback, names);
}

export function dateNode(ts, template, address, fallback, names) {
  const shown = Math.abs(ts) < LAST_MOMENT ? formatDate(template, ts, names.zone, names.now()) : null;
  if (shown === null) return document.createTextNode(fallback);
  const node = h("time", { datetime: new Date(ts * 1000).toISOString(), title: fullTime(ts, names.zone) }, address ? link(address, shown) : shown);
  if (template.includes("{ago}") && !address) Object.assign(node.dataset, { ts, template });
  return node;
}
