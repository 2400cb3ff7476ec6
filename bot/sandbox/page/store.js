// What the page knows: the workspace, who looks, where, and the messages. Parts of the page listen for what changed.
//
// Happenings: "state" (workspace), "viewer", "place", "messages" (detail: channel), "thread", "views", "home",
// "refused" (detail), "faults", "call", "link" (connected or not).

const bus = new EventTarget();
const BOT_COLOUR = "#0f766e";

export const store = {
  state: null,
  viewer: "",
  place: { kind: "channel", id: "" },
  messages: new Map(), // channel id -> messages as the viewer sees them
  thread: null, // {channel, ts, messages}
  freshThreads: new Set(), // "channel ts" of threads with replies that were not looked at
  views: [],
  home: null,
  connected: true,
  clockOffset: 0, // seconds the sandbox's clock is ahead of this browser's
};

export function on(happening, listener) {
  bus.addEventListener(happening, (event) => listener(event.detail));
}

export function tell(happening, detail) {
  bus.dispatchEvent(new CustomEvent(happening, { detail }));
}

/** What `mrkdwn` and the elements need to know about ids, always for the one who looks. */
export const names = {
  get viewer() {
    return store.viewer;
  },
  get zone() {
    return me()?.timezone ?? "UTC";
  },
  now: () => Date.now() / 1000 + store.clockOffset,
  person,
  group: (id) => store.state.groups.find((group) => group.id === id),
  channel: (id) => {
    const found = store.state.channels.find((channel) => channel.id === id);
    return found && !found.is_im ? found : undefined;
  },
  goTo: (id) => tell("go", { kind: "channel", id }),
};

export function me() {
  return person(store.viewer);
}

/** Somebody by id; the app itself counts as one, with `bot: true`. */
export function person(id) {
  const { people, app } = store.state;
  const found = people.find((one) => one.id === id);
  if (id === app.bot_user_id) return { ...found, id, name: found?.name ?? app.name.toLowerCase(), real_name: app.name, bot: true, colour: BOT_COLOUR };
  return found;
}

/** The people one can be: everybody but the bot. */
export function people() {
  return store.state.people.filter((one) => one.id !== store.state.app.bot_user_id);
}

/** The channels the viewer is in; his direct message with the app is apart. */
export function myChannels() {
  return store.state.channels.filter((channel) => !channel.is_im && channel.members.includes(store.viewer));
}

export function myDirect() {
  return store.state.channels.find((channel) => channel.is_im && (channel.user ? channel.user === store.viewer : channel.members.includes(store.viewer)));
}

export function channelById(id) {
  return store.state.channels.find((channel) => channel.id === id);
}

export function titleOf(channel) {
  return channel.is_im ? store.state.app.name : `#${channel.name}`;
}

/** Keeps small things between visits; without storage (private windows) they last as long as the page. */
const forgotten = new Map();
export const memory = {
  get(key, otherwise) {
    try {
      return JSON.parse(sessionStorage.getItem(key)) ?? otherwise;
    } catch {
      return forgotten.get(key) ?? otherwise; // storage is switched off, or holds something of another make
    }
  },
  set(key, value) {
    forgotten.set(key, value);
    try {
      sessionStorage.setItem(key, JSON.stringify(value));
    } catch {
      // Switched off or full: `forgotten` has it.
    }
  },
};
