// A menu of a message in which several options can be chosen: a field that filters, a list, and chips.

import { h, reconcile, say } from "./dom.js";

const kept = new Map(); // "person/ts/block/action" -> what is chosen, typed and open there
let count = 0;

/**
 * Draw a menu. `choose(blockId, actionId, values)` hears of every change with all that is chosen.
 * What is chosen stays with the person and the message, however often the message is drawn anew.
 */
export function menu(message, block, element, choose) {
  const state = stateOf(message, block, element);
  const view = parts(block, element);
  const most = element.max_selected_items ?? Infinity;
  const change = (values) => {
    state.chosen = values;
    choose(block.block_id, element.action_id, values);
    renew(state);
  };
  const toggle = (value) => {
    const without = state.chosen.filter((one) => one !== value);
    const removes = without.length < state.chosen.length;
    if (!removes && state.chosen.length >= most) return;
    Object.assign(state, { active: value, query: "" });
    change(removes ? without : [...state.chosen, value]);
  };
  const remove = (value) => {
    change(state.chosen.filter((one) => one !== value));
    view.field.focus();
  };
  view.draw = () => draw(view, state, element, most, remove);
  listen(view, state, element, toggle, change);
  state.views.add(view);
  view.draw();
  return view.node;
}

/** Return what is chosen in a message, by block_id and action_id. */
export function chosenIn(message) {
  const found = {};
  for (const block of message.blocks) {
    const element = menuOf(block);
    if (element) found[block.block_id] = { [element.action_id]: stateOf(message, block, element).chosen };
  }
  return found;
}

/** Return the menu that a block holds, if it holds one. */
export function menuOf(block) {
  const element = block.accessory ?? block.element;
  return element?.type === "multi_static_select" ? element : null;
}

function stateOf({ viewer, ts }, { block_id }, { action_id, options, initial_options = [] }) {
  const key = [viewer, ts, block_id, action_id].join("/");
  const first = () => ({ chosen: initial_options.map((o) => o.value), query: "", active: "", open: false, views: new Set() });
  if (!kept.has(key)) kept.set(key, first());
  const state = kept.get(key);
  state.chosen = state.chosen.filter((value) => options.some((option) => option.value === value));
  return state;
}

/** Draw every place where the menu stands: a message and its thread may show it twice. */
function renew(state) {
  for (const view of state.views) {
    if (view.node.isConnected) view.draw();
    else state.views.delete(view);
  }
}

function parts(block, element) {
  const id = `menu-${++count}`;
  const placeholder = element.placeholder?.text ?? "Choose";
  const label = block.label?.text ?? placeholder; // what stands above the menu is its name, as Slack has it
  const field = h("input", {
    type: "text",
    role: "combobox",
    placeholder,
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": label,
    "aria-autocomplete": "list",
    "aria-haspopup": "listbox",
    "aria-expanded": "false",
    "aria-controls": `${id}-list`,
    "aria-describedby": `${id}-count`,
    "data-focus": `menu ${block.block_id} ${element.action_id}`,
  });
  const list = h("ul", { id: `${id}-list`, class: "options", role: "listbox", "aria-label": label, "aria-multiselectable": "true", hidden: true });
  const chips = h("ul", { class: "chips", "aria-label": "Chosen", hidden: true });
  const said = h("p", { id: `${id}-count`, class: "menu-count", role: "status" });
  // The field has keys for what this does: it is there for mice and fingers.
  const toggle = h("button", { type: "button", class: "menu-toggle", tabindex: "-1", "aria-label": "Options", "aria-expanded": "false", "aria-controls": `${id}-list` }, "▾");
  const box = h("div", { class: "menu-box" }, field, toggle, list);
  return { id, field, toggle, list, chips, said, box, node: h("div", { class: "menu" }, chips, box, said) };
}

const matching = ({ query }, { options }) =>
  options.filter((option) => option.text.text.toLowerCase().includes(query.trim().toLowerCase()));

function draw(view, state, element, most, remove) {
  const shown = matching(state, element);
  const full = state.chosen.length >= most;
  if (view.field.value !== state.query) view.field.value = state.query;
  const items = shown.map((option, index) => ({
    id: `${view.id}-${index}`,
    value: option.value,
    text: option.text.text,
    more: option.description?.text,
    chosen: state.chosen.includes(option.value),
    active: option.value === state.active,
    off: full && !state.chosen.includes(option.value),
  }));
  reconcile(view.list, state.open ? items : [], { key: (o) => o.value, make: () => h("li", { role: "option" }), update: fill });
  view.list.hidden = !state.open || !items.length;
  for (const part of [view.field, view.toggle]) part.setAttribute("aria-expanded", String(!view.list.hidden));
  const active = items.find((item) => item.active);
  if (state.open && active) view.field.setAttribute("aria-activedescendant", active.id);
  else view.field.removeAttribute("aria-activedescendant");
  drawChips(view, state, element, remove);
  say(view.said, words(state, shown, most));
}

function fill(node, { id, value, text, more, chosen, active, off }) {
  node.id = id;
  node.dataset.value = value;
  node.classList.toggle("active", active);
  node.setAttribute("aria-selected", String(chosen));
  if (off) node.setAttribute("aria-disabled", "true");
  else node.removeAttribute("aria-disabled");
  node.replaceChildren(h("b", {}, text), more ? h("span", {}, more) : "");
}

function drawChips(view, { chosen }, { options }, remove) {
  const items = chosen.map((value) => options.find((option) => option.value === value)).map(({ value, text }) => ({ value, text: text.text }));
  const make = ({ value, text }) =>
    h("li", {}, h("button", { type: "button", class: "chip", "aria-label": `Remove ${text}`, "data-focus": `chip ${value}`, onclick: () => remove(value) }, h("span", {}, text), h("span", { "aria-hidden": "true" }, "×")));
  reconcile(view.chips, items, { key: (item) => item.value, make, update: () => {} });
  view.chips.hidden = !items.length;
}

function words({ chosen, query, open }, shown, most) {
  const said = [`${chosen.length} chosen`];
  if (open && query) said.push(shown.length === 1 ? "1 option matches" : `${shown.length || "no"} options match`);
  if (chosen.length >= most) said.push(`no more than ${most} can be`);
  return said.join(", ");
}

function listen(view, state, element, choose, change) {
  const { field, toggle, list } = view;
  const show = (open) => {
    state.open = open;
    if (!open) Object.assign(state, { active: "", query: "" });
    renew(state);
    if (open) place(view);
    list.querySelector(".active")?.scrollIntoView({ block: "nearest" });
  };
  const move = (step) => {
    const values = matching(state, element).map((option) => option.value);
    const at = values.indexOf(state.active);
    const next = at < 0 ? (step > 0 ? 0 : values.length - 1) : (at + step + values.length) % values.length;
    state.active = values[next] ?? "";
    show(true);
  };
  field.addEventListener("click", () => state.open || show(true));
  field.addEventListener("input", () => {
    state.query = field.value;
    state.active = matching(state, element)[0]?.value ?? "";
    show(true);
  });
  // Drawn anew, the field loses the focus for a moment; only somebody who is gone closes the list.
  field.addEventListener("blur", () =>
    setTimeout(() => state.open && document.activeElement?.dataset.focus !== field.dataset.focus && show(false)),
  );
  // The field keeps the focus.
  for (const part of [list, toggle]) part.addEventListener("mousedown", (event) => event.preventDefault());
  toggle.addEventListener("click", () => (field.focus(), show(!state.open)));
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option.dataset.value);
  });
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) move(step);
    else if (event.key === "Enter") state.open && state.active ? choose(state.active) : show(true);
    else if (event.key === "Escape" && state.open) show(false);
    else if (event.key === "Backspace" && !field.value && state.chosen.length) change(state.chosen.slice(0, -1));
    else return;
    event.preventDefault();
  });
}

/** Let the list stand above the field where there is more room than below. */
function place({ box, list }) {
  const log = box.closest(".log")?.getBoundingClientRect();
  const { top, bottom } = box.getBoundingClientRect();
  if (!log) return;
  box.classList.toggle("upwards", log.bottom - bottom < Math.min(list.scrollHeight, 260) && top - log.top > log.bottom - bottom);
}
