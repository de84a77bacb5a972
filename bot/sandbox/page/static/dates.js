// Slack's date tokens, in the viewer's own time zone. Pure functions.

const DAY = 86400000;

const ordinal = (day) => {
  const tens = day % 100;
  if (tens >= 11 && tens <= 13) return `${day}th`;
  return day + ({ 1: "st", 2: "nd", 3: "rd" }[day % 10] ?? "th");
};

const parts = (date, month, weekday, timeZone) => {
  const shape = { year: "numeric", month, day: "numeric", weekday, timeZone };
  const found = new Intl.DateTimeFormat("en-US", shape).formatToParts(date);
  return Object.fromEntries(found.map(({ type, value }) => [type, value]));
};

function dayWords(date, length, timeZone) {
  const { year, month, day, weekday } = parts(
    date,
    length === "short" ? "short" : "long",
    length === "long" ? "long" : undefined,
    timeZone,
  );
  if (length === "short") return `${month} ${day}, ${year}`;
  return `${weekday ? `${weekday}, ` : ""}${month} ${ordinal(Number(day))}, ${year}`;
}

const dayNumber = (date, timeZone) => {
  const { year, month, day } = parts(date, "2-digit", undefined, timeZone);
  return Date.UTC(Number(year), Number(month) - 1, Number(day));
};

/** Return "yesterday", "today" or "tomorrow", null for any other day. */
function nearDay(date, now, timeZone) {
  const gap = (dayNumber(date, timeZone) - dayNumber(now, timeZone)) / DAY;
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[gap] ?? null;
}

/** Return the time of day as this viewer writes it. */
export function clock(date, { seconds = false, timeZone, locale } = {}) {
  const shape = { hour: "numeric", minute: "2-digit", timeZone };
  if (seconds) shape.second = "2-digit";
  return new Intl.DateTimeFormat(locale, shape).format(date);
}

/** Return a date as Slack's `format` says, or the fallback where it can't be read. */
export function formatDate(unix, format, fallback, { now = new Date(), timeZone, locale } = {}) {
  const date = new Date(unix * 1000);
  if (!Number.isInteger(unix) || Number.isNaN(date.getTime())) return fallback;
  const pretty = (length) => nearDay(date, now, timeZone) ?? dayWords(date, length, timeZone);
  const { year, month, day } = parts(date, "2-digit", undefined, timeZone);
  const known = {
    date_num: () => `${year}-${month}-${day.padStart(2, "0")}`,
    date: () => dayWords(date, "full", timeZone),
    date_short: () => dayWords(date, "short", timeZone),
    date_long: () => dayWords(date, "long", timeZone),
    date_pretty: () => pretty("full"),
    date_short_pretty: () => pretty("short"),
    date_long_pretty: () => pretty("long"),
    time: () => clock(date, { timeZone, locale }),
    time_secs: () => clock(date, { seconds: true, timeZone, locale }),
  };
  let unknown = false;
  const text = format.replace(/\{(\w+)\}/g, (_, token) => {
    unknown ||= !Object.hasOwn(known, token);
    return unknown ? "" : known[token]();
  });
  return unknown || !text ? fallback : text;
}
