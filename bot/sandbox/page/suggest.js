// What the message box offers while somebody types: commands after `/`, people and groups after `@`.

import { avatar, h, icon } from "./dom.js";
import { person, store } from "./store.js";

const MOST = 12;

/** What is being typed at `caret`: `{kind: "command"|"mention", typed, from}`, or `null`. */
export function tokenAt(text, caret) {
  const before = text.slice(0, caret);
  const command = /^\/\S*$/.exec(before);
  if (command) return { kind: "command", typed: command[0].toLowerCase(), from: 0 };
  const mention = /(?:^|[\s(])@([\w.-]*)$/.exec(before);
  return mention ? { kind: "mention", typed: mention[1].toLowerCase(), from: caret - mention[1].length - 1 } : null;
}

/** The choices for a token, each `{insert, node}`. */
export function choicesFor(token, channel) {
  if (!token) return [];
  return (token.kind === "command" ? commands(token) : mentions(token, channel)).slice(0, MOST);
}

function commands({ typed }) {
  return store.state.app.commands
    .filter((one) => one.command.startsWith(typed))
    .map((one) => ({
      insert: `${one.command} `,
      value: one.command,
      node: [
        h("span", { class: "suggest-icon" }, icon("wheel")),
        h("span", { class: "words" }, h("span", {}, h("strong", {}, one.command), " ", h("span", { class: "hint" }, one.usage_hint ?? "")), h("span", { class: "note" }, one.description)),
      ],
    }));
}

function mentions({ typed }, channel) {
  const { app, groups } = store.state;
  const bot = person(app.bot_user_id);
  const present = (channel?.members ?? []).map(person).filter((one) => one && one.id !== store.viewer && !one.bot);
  const all = [
    ...[bot, ...present].map((one) => ({ handle: one.name, person: one, name: one.real_name, note: one.bot ? "App" : one.title })),
    ...groups.map((group) => ({ handle: group.handle, name: group.name, note: `${group.users.length} people` })),
  ];
  return all
    .filter((one) => one.handle.toLowerCase().startsWith(typed) || one.name.toLowerCase().split(" ").some((word) => word.startsWith(typed)))
    .map((one) => ({
      insert: `@${one.handle} `,
      value: one.handle,
      node: [
        one.person ? avatar(one.person, "small") : h("span", { class: "suggest-icon" }, "@"),
        h("span", { class: "words" }, h("span", {}, h("strong", {}, one.name), " ", h("span", { class: "hint" }, `@${one.handle}`)), one.note && h("span", { class: "note" }, one.note)),
      ],
    }));
}
