// Elements are built as nodes and text, never from HTML strings: what people, git and CI write cannot become markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element. `on` holds listeners, `data` data attributes; `true` sets an attribute bare, `null`/`false` leaves it out. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "data") Object.assign(node.dataset, definedOnly(value));
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...kids(children));
  return node;
}

function definedOnly(record) {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null && value !== undefined));
}

/** The children that are there: `null`, `undefined`, `false` and `""` are left out, lists are laid flat. */
export function kids(children) {
  return children.flat(3).filter((child) => child !== null && child !== undefined && child !== false && child !== "");
}

export function byId(id) {
  return document.getElementById(id);
}

/** Runs `work` one call at a time; calls made meanwhile become one more run after it. */
export function coalesce(work) {
  let running = null;
  let again = false;
  return function run() {
    if (running) {
      again = true;
      return running;
    }
    running = (async () => {
      try {
        do {
          again = false;
          await work();
        } while (again);
      } finally {
        running = null;
      }
    })();
    return running;
  };
}

const PATHS = {
  wheel: "M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9ZM12 2v5.500M12 16.500V22M2 12h5.500M16.500 12H22M5 5l3.800 3.800M15.200 15.200 19 19M19 5l-3.800 3.800M8.800 15.200 5 19",
  home: "M4 11 12 4l8 7v8a1 1 0 0 1-1 1h-4v-6H9v6H5a1 1 0 0 1-1-1z",
  send: "M4 12 20 4l-5 16-4-7zM11 13l4-4",
  thread: "M4 5h16v11H10l-4 4v-4H4z",
  json: "M9 4H8a2 2 0 0 0-2 2v3.500L4 12l2 2.500V18a2 2 0 0 0 2 2h1M15 4h1a2 2 0 0 1 2 2v3.500l2 2.500-2 2.500V18a2 2 0 0 1-2 2h-1",
  close: "M6 6l12 12M18 6 6 18",
  menu: "M4 7h16M4 12h16M4 17h16",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  pulse: "M3 12h4l3-8 4 16 3-8h4",
  down: "M6 9l6 6 6-6",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  check: "M5 12.500 10 17.500 19 7",
  back: "M14 6l-6 6 6 6",
  warn: "M12 4 2.500 20h19zM12 10v4M12 17h.01",
  eye: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12ZM12 9.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5Z",
  guide: "M5 4h11l3 3v13H5zM9 9h6M9 13h6M9 17h3",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
};

/** A line icon of our own set, hidden from screen readers: the control that holds it carries the words. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** A person's square: the initials on his colour; the app's wheel for a bot. */
export function avatar(person, size = "") {
  const box = h("span", { class: `avatar ${size}`, "aria-hidden": "true" });
  box.style.setProperty("--paint", person.colour ?? "#5b6b7b");
  if (person.bot) {
    box.classList.add("bot");
    box.append(icon("wheel"));
  } else {
    box.classList.toggle("face", hasEmoji() && Boolean(person.emoji));
    box.append((hasEmoji() && person.emoji) || initials(person.real_name || person.name || "?"));
  }
  return box;
}

function initials(name) {
  const words = name.split(/\s+/).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join("");
}

let emojiFont = null;

/** Whether this machine can draw emoji in colour: without such a font people get their initials. */
function hasEmoji() {
  if (emojiFont !== null) return emojiFont;
  const canvas = Object.assign(document.createElement("canvas"), { width: 20, height: 20 });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.font = "16px sans-serif";
  pen.fillText("🦊", 0, 16);
  const { data } = pen.getImageData(0, 0, 20, 20);
  emojiFont = data.some((value, i) => i % 4 === 0 && value !== data[i + 1]);
  return emojiFont;
}

/** A round-cornered button with an icon and a name that screen readers and tooltips say. */
export function iconButton(name, label, onclick, props = {}) {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, on: { click: onclick }, ...props }, icon(name));
}
