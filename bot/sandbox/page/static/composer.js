// Where people type: a text field that knows the app's command and the ids of the batches.

import { $, h, reconcile } from "./dom.js";
import { channelOf, channelsOf, go, post, state, view } from "./store.js";

const COMMAND = "/cancel-batch";
const PROPOSED = [
  { value: `${COMMAND} `, label: COMMAND, note: "Choose from the running batches, or type ids" },
  { value: `${COMMAND} status`, label: `${COMMAND} status`, note: "What is being cancelled now" },
  { value: `${COMMAND} history`, label: `${COMMAND} history`, note: "What was cancelled before" },
];
const field = $("message");
const list = $("suggestions");
let options = [];
let active = -1;
let closed = false;
let late = "";

export function start() {
  field.addEventListener("input", () => ((closed = false), suggest()));
  field.addEventListener("focus", suggest);
  field.addEventListener("blur", hide);
  field.addEventListener("keydown", onKey);
  $("composer").addEventListener("submit", (event) => (event.preventDefault(), send()));
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const chosen = event.target.closest("[role=option]");
    if (chosen) take(options[Number(chosen.dataset.index)]);
  });
}

export function render() {
  const channel = channelOf(view.channel);
  const off = channel.kind === "im";
  $("composer").hidden = off;
  $("composer-off").hidden = !off && !late;
  const why = "This is the app's messages tab: it is read-only. Type the command in a channel.";
  $("composer-off").textContent = off ? why : late;
  field.placeholder = "Message, or type /";
  $("send").disabled = !field.value.trim();
}

/** Put the command for a batch into the field, ready to be sent. */
export function offer(batchId) {
  const here = channelOf(view.channel);
  const channel = here.kind === "im" ? channelsOf(view.user)[0].id : here.id;
  go({ channel, panel: "chat", thread: here.kind === "im" ? "" : view.thread });
  field.value = `${COMMAND} ${batchId}`;
  closed = true;
  setTimeout(() => {
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
    render();
  });
}

async function send() {
  const text = field.value.trim();
  if (!text) return;
  field.value = "";
  hide();
  render();
  const answer = await post("send", { user: view.user, channel: view.channel, text });
  late = answer.error ?? "";
  if (answer.error && !field.value) field.value = text;
  render();
}

/** Return what could come next: the app's commands, then ids that begin as the last word and are not named yet. */
function completions(typed) {
  const proposed = typed.startsWith("/") ? PROPOSED.filter(({ value }) => value.startsWith(typed) && value !== typed) : [];
  return [...batchesFor(typed), ...proposed];
}

function batchesFor(typed) {
  const match = /^(\/cancel-batch +(?:[^\s,]+[\s,]+)*)([^\s,]*)$/.exec(typed);
  if (!match) return [];
  const named = new Set(typed.split(/[\s,]+/));
  return state.batches
    .filter((batch) => batch.id.startsWith(match[2]) && !named.has(batch.id))
    .map((batch) => ({ value: match[1] + batch.id, label: batch.id, note: batch.story }));
}

function suggest() {
  $("send").disabled = !field.value.trim();
  options = closed ? [] : completions(field.value);
  // With nothing typed of an id yet, Enter still sends: the bare command lists the batches.
  active = options.length && !/[\s,]$/.test(field.value) ? 0 : -1;
  show();
}

function show() {
  const items = options.map((option, index) => ({ ...option, index, chosen: index === active }));
  reconcile(list, items, { key: (item) => item.value, make: () => h("li", { role: "option" }), update: fill });
  list.hidden = !items.length;
  field.setAttribute("aria-expanded", String(items.length > 0));
  if (active >= 0) field.setAttribute("aria-activedescendant", `option-${active}`);
  else field.removeAttribute("aria-activedescendant");
  list.children[active]?.scrollIntoView({ block: "nearest" });
}

function fill(node, { label, note, index, chosen }) {
  node.id = `option-${index}`;
  node.dataset.index = index;
  node.setAttribute("aria-selected", String(chosen));
  node.replaceChildren(h("b", {}, label), h("span", {}, note));
}

function hide() {
  options = [];
  active = -1;
  show();
}

function take(option) {
  field.value = option.value;
  closed = false;
  suggest();
}

function onKey(event) {
  if (!options.length) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    active = (active + step + (active < 0 && step < 0 ? 1 : 0) + options.length) % options.length;
    show();
  } else if ((event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) && active >= 0) take(options[active]);
  else if (event.key === "Escape") {
    closed = true;
    hide();
    event.stopPropagation();
  } else return;
  event.preventDefault();
}
