// The local Respan's batches and how they move; the bot's process; the speed.

import { offer } from "./composer.js";
import { $, COPY, DONE, h, icon, reconcile, say } from "./dom.js";
import { go, post, state } from "./store.js";

const FINAL = new Set(["completed", "failed", "expired", "cancelled"]);
const number = new Intl.NumberFormat("en-US");

export function start() {
  $("kill").addEventListener("click", () => post("kill"));
  $("restart").addEventListener("click", async () => {
    await post("restart");
    go({ thread: "" });
  });
  $("speed").addEventListener("change", ({ target }) => choose("speed", { speed: target.value }));
  $("undo").addEventListener("change", ({ target }) => choose("undo", { on: target.checked }));
}

// How many choices the demo has not answered: what it says meanwhile is older than they.
const choosing = { speed: 0, undo: 0 };

async function choose(what, choice) {
  choosing[what] += 1;
  await post(what, choice);
  choosing[what] -= 1;
}

export function render() {
  const { bot, speed, seconds, undo, batches } = state;
  const words = { running: `running (${bot.pid})`, down: "is down", starting: "is starting", restarting: "restarts" };
  $("bot-state").dataset.state = bot.state;
  say($("bot-state"), `Bot ${words[bot.state]}`);
  if (bot.state === "running") $("kill").removeAttribute("aria-disabled");
  else $("kill").setAttribute("aria-disabled", "true");
  if (!choosing.speed)
    for (const radio of $("speed").querySelectorAll("input")) radio.checked = radio.value === speed;
  say($("speed-note"), `A cancellation takes about ${seconds} seconds.`);
  if (!choosing.undo) $("undo").checked = undo.on;
  say($("undo-label"), `Undo window (${undo.seconds} s)`);
  reconcile($("batch-list"), batches, { key: (batch) => batch.id, make, update });
}

function make({ id, story }) {
  return h(
    "li",
    { class: "batch" },
    h("p", { class: "batch-top" }, h("code", {}, id), copyButton(id), h("span", { class: "status" })),
    h("p", { class: "story" }, story),
    h(
      "div",
      { class: "progress", role: "progressbar", "aria-label": `Requests of ${id}`, "aria-valuemin": "0" },
      h("span", { class: "ran" }),
      h("span", { class: "failed" }),
    ),
    h(
      "div",
      { class: "batch-end" },
      h("p", { class: "numbers" }),
      h("button", { type: "button", class: "plain release", hidden: true, title: "The bot looks again within a minute", onclick: () => post("release", { batch: id }) }, "Let it end"),
      h("button", { type: "button", class: "plain", "aria-label": `Cancel ${id}`, onclick: () => offer(id) }, "Cancel…"),
    ),
  );
}

function copyButton(id) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(id);
      show(DONE, `Copied ${id}`);
    } catch {
      show(COPY, `${id} could not be copied: select it by hand`);
    }
    setTimeout(() => show(COPY, `Copy ${id}`), 1500);
  };
  const show = (path, words) => {
    button.setAttribute("aria-label", words);
    button.title = words;
    button.replaceChildren(icon(path));
  };
  const button = h("button", { type: "button", class: "quiet", onclick: copy });
  show(COPY, `Copy ${id}`);
  return button;
}

function update(node, { status, counts, stuck }) {
  const { total, completed, failed } = counts;
  const find = (name) => node.querySelector(`.${name}`);
  const rest = total - completed - failed;
  const words = [`${number.format(completed)} of ${number.format(total)} done`, failed && `${number.format(failed)} failed`];
  if (FINAL.has(status) && rest > 0) words.push(`${number.format(rest)} not run`);
  say(find("status"), status);
  find("status").dataset.status = status;
  const bar = find("progress");
  bar.setAttribute("aria-valuemax", total);
  bar.setAttribute("aria-valuenow", completed + failed);
  bar.setAttribute("aria-valuetext", words.filter(Boolean).join(", "));
  find("ran").style.width = `${(100 * completed) / total}%`;
  find("failed").style.width = `${(100 * failed) / total}%`;
  say(find("numbers"), words.filter(Boolean).join(", "));
  find("release").hidden = !stuck;
}
