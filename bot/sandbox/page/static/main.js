// Starts the parts of the page, and holds what belongs to none: panels, menu, Esc, the status line.

import * as batches from "./batches.js";
import * as channels from "./channels.js";
import * as composer from "./composer.js";
import { $, say, stayAtEnd } from "./dom.js";
import * as messages from "./messages.js";
import * as shortcuts from "./shortcuts.js";
import { connect, connection, changed, go, onChange, state, view } from "./store.js";
import * as traffic from "./traffic.js";

const narrow = matchMedia("(max-width: 759px)");
const wide = matchMedia("(min-width: 1000px)");

function renderPanels() {
  document.body.dataset.panel = view.panel;
  document.body.classList.toggle("with-menu", view.menu);
  const travels = narrow.matches ? view.panel === "traffic" : view.traffic;
  $("traffic").hidden = !travels;
  $("menu").setAttribute("aria-expanded", String(view.menu));
  $("tab-traffic").setAttribute("aria-expanded", String(travels));
  $("tab-chat").setAttribute("aria-pressed", String(view.panel === "chat"));
  $("tab-batches").setAttribute("aria-pressed", String(view.panel === "batches"));
}

function renderLine() {
  const words = lineWords();
  $("line").hidden = !words;
  say($("line"), words);
}

function lineWords() {
  if (!connection.open) return "The connection to the demo is lost. It comes back by itself once the demo runs.";
  if (narrow.matches && view.panel === "batches") return ""; // its state stands there already
  if (state.bot.state === "down") return "The bot is down and starts again soon.";
  return { starting: "The bot is starting.", restarting: "The bot restarts." }[state.bot.state] ?? "";
}

function showTraffic(shown) {
  if (narrow.matches) go({ panel: shown ? "traffic" : "chat" });
  else go({ traffic: shown });
  // Once it is drawn: what is hidden takes no focus.
  setTimeout(() => $(shown ? "direction" : "tab-traffic").focus());
}

function closeThread() {
  const ts = view.thread;
  go({ thread: "" });
  const again = document.querySelector(`#messages [data-key="${CSS.escape(ts)}"] [data-focus=replies]`);
  (again ?? $("message")).focus();
}

function openMenu(open) {
  go({ menu: open });
  queueMicrotask(() => (open ? document.querySelector("[aria-current=page]") : $("menu"))?.focus());
}

function onEscape(event) {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  if (view.menu) openMenu(false);
  else if (!$("traffic").hidden && $("traffic").contains(document.activeElement)) showTraffic(false);
  else if (view.thread) closeThread();
  else if (!$("traffic").hidden) showTraffic(false);
}

$("menu").addEventListener("click", () => openMenu(!view.menu));
$("close-thread").addEventListener("click", closeThread);
$("tab-chat").addEventListener("click", () => go({ panel: "chat" }));
$("tab-batches").addEventListener("click", () => go({ panel: "batches" }));
$("tab-traffic").addEventListener("click", () => showTraffic($("traffic").hidden));
$("close-traffic").addEventListener("click", () => showTraffic(false));
document.addEventListener("keydown", onEscape);
document.addEventListener("visibilitychange", changed);
narrow.addEventListener("change", changed);
for (const id of ["log", "thread-messages", "row-scroll"]) stayAtEnd($(id));
for (const part of [channels, composer, batches, traffic, shortcuts]) part.start();
for (const render of [renderPanels, renderLine, messages.render, channels.render, composer.render, batches.render, traffic.render])
  onChange(render);
connect();
if (wide.matches) $("message").focus();
