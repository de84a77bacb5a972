// Each request between Slack, the bot and Respan, as it happens. Secrets were masked by the server.

import { $, following, h, reconcile, say } from "./dom.js";
import { post, traffic } from "./store.js";

const NAMES = { slack: "Slack", bot: "bot", respan: "Respan" };
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23" });

export function start() {
  $("direction").addEventListener("change", render);
  $("clear-traffic").addEventListener("click", () => post("clear"));
}

export function render() {
  const wanted = $("direction").value;
  const rows = traffic.rows.filter((row) => !wanted || `${row.from}-${row.to}` === wanted);
  say($("traffic-count"), count(traffic.rows.length));
  $("no-rows").hidden = rows.length > 0;
  if ($("traffic").hidden) return;
  following($("row-scroll"), () => {
    // A row never changes, so its id says all.
    const items = rows.map((row) => ({ id: row.id }));
    const byId = new Map(rows.map((row) => [row.id, row]));
    reconcile($("rows"), items, { key: ({ id }) => String(id), make: ({ id }) => make(byId.get(id)) });
  });
}

const count = (n) => (n === 0 ? "nothing yet" : n === 1 ? "1 request" : `${n} requests`);

function make(row) {
  const details = h("details", {}, summary(row));
  details.addEventListener("toggle", () => {
    if (details.open && details.children.length === 1) details.append(sides(row));
  });
  return h("li", {}, details);
}

function summary(row) {
  const good = row.status !== null && row.status < 400 && !refused(row);
  const status = row.status === null ? "no answer" : String(row.status);
  const direction = `${NAMES[row.from]} → ${NAMES[row.to]}`;
  return h(
    "summary",
    {},
    h("time", {}, clock.format(new Date(row.at * 1000))),
    h("span", { class: `way ${row.from}-${row.to}` }, direction),
    h("span", { class: "call" }, h("span", { class: "what" }, h("b", {}, row.method), " ", row.path), sweep(row)),
    h("span", { class: good ? "code" : "code bad" }, refused(row) ? `${status} ${row.answer.body.error}` : status),
    h("span", { class: "ms" }, `${row.ms < 10 ? row.ms.toFixed(1) : Math.round(row.ms)} ms`),
  );
}

/** One page of Respan's list settles several batches at once: that is a sweep. */
const sweep = ({ watched }) => (watched > 1 ? h("span", { class: "sweep" }, `1 call, ${watched} batches`) : "");

/** Slack says no with a 200. */
const refused = (row) => row.to === "slack" && row.answer.body?.ok === false;

function sides(row) {
  return h("div", { class: "sides" }, side("Request", row.request), side("Answer", row.answer));
}

function side(title, { headers, body }) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const shown = typeof body === "string" ? body : JSON.stringify(body, null, 2);
  return h(
    "section",
    {},
    h("h3", {}, title),
    h("pre", { tabindex: "0", "aria-label": `${title}: headers` }, lines.join("\n") || "no headers"),
    h("pre", { tabindex: "0", "aria-label": `${title}: body` }, shown || "no body"),
  );
}
