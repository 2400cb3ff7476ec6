// Moments as Slack writes them: `<!date^ts^{tokens}|fallback>`, in the viewer's own time zone.
// https://docs.slack.dev/messaging/formatting-message-text#date-formatting

const LOCALE = "en-GB";
const made = new Map();

function format(zone, options) {
  const key = `${zone} ${JSON.stringify(options)}`;
  if (!made.has(key)) made.set(key, new Intl.DateTimeFormat(LOCALE, { timeZone: zone || "UTC", ...options }));
  return made.get(key);
}

/** `14:05` at `ts`, in seconds. */
export function timeOf(ts, zone) {
  return format(zone, { hour: "2-digit", minute: "2-digit" }).format(ts * 1000);
}

/** A key that two moments of one day share, e.g. `05/03/2026`. */
export function dayOf(ts, zone) {
  return format(zone, { day: "2-digit", month: "2-digit", year: "numeric" }).format(ts * 1000);
}

/** `Today`, `Yesterday`, or `Tuesday 5 March`. */
export function dayName(ts, zone, now) {
  return nearDay(ts, zone, now) ?? format(zone, { weekday: "long", day: "numeric", month: "long" }).format(ts * 1000);
}

/** The moment in full with its zone: for tooltips. */
export function fullTime(ts, zone) {
  return format(zone, { dateStyle: "full", timeStyle: "long" }).format(ts * 1000);
}

function nearDay(ts, zone, now) {
  const day = dayOf(ts, zone);
  if (day === dayOf(now, zone)) return "Today";
  if (day === dayOf(now - 86400, zone)) return "Yesterday";
  if (day === dayOf(now + 86400, zone)) return "Tomorrow";
  return null;
}

/** `3 minutes ago`, `in 2 hours`. */
export function ago(ts, now) {
  const away = now - ts;
  const size = Math.abs(away);
  if (size < 45) return away >= 0 ? "just now" : "in a moment";
  const [amount, unit] =
    size < 2700 ? [size / 60, "minute"] : size < 79200 ? [size / 3600, "hour"] : [size / 86400, "day"];
  const whole = Math.max(1, Math.round(amount));
  const words = `${whole} ${unit}${whole === 1 ? "" : "s"}`;
  return away >= 0 ? `${words} ago` : `in ${words}`;
}

const DATES = {
  date_num: { day: "2-digit", month: "2-digit", year: "numeric" },
  date_slash: { day: "2-digit", month: "2-digit", year: "numeric" },
  date: { day: "numeric", month: "long", year: "numeric" },
  date_short: { day: "numeric", month: "short", year: "numeric" },
  date_long: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
  time: { hour: "2-digit", minute: "2-digit" },
  time_secs: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
};

/** Fills Slack's tokens in `template`, or `null` when it holds one that Slack does not know. */
export function formatDate(template, ts, zone, now) {
  let unknown = false;
  const text = template.replace(/\{(\w+)\}/g, (whole, token) => {
    if (token === "ago") return ago(ts, now);
    const pretty = token.endsWith("_pretty");
    const name = pretty ? (token === "day_divider_pretty" ? "date_long" : token.slice(0, -7)) : token;
    if (!DATES[name]) {
      unknown = true;
      return whole;
    }
    if (token === "date_num") return new Intl.DateTimeFormat("sv-SE", { timeZone: zone || "UTC", ...DATES.date_num }).format(ts * 1000);
    const near = pretty ? nearDay(ts, zone, now) : null;
    return near ?? format(zone, DATES[name]).format(ts * 1000);
  });
  if (unknown) return null;
  return text.replace(/(?<=\S\s)(Today|Yesterday|Tomorrow)/g, (word) => word.toLowerCase());
}
