// The menu of a message, with the app's shortcut in it: one for the page, where it was asked for.

import { $, h } from "./dom.js";

let open = null; // { ts, pane, use } while it is open

/** Return the button that opens the menu of a message; `use()` is the app's shortcut. */
export function more({ ts }, busy, use) {
  const toggle = ({ currentTarget }) => {
    const pane = currentTarget.closest(".log").id;
    if (open?.ts === ts && open.pane === pane) close();
    else show({ ts, pane, use });
  };
  const onKey = (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    toggle(event);
  };
  return h(
    "button",
    { type: "button", class: "more", "aria-label": "More actions", "aria-haspopup": "menu", "aria-expanded": String(open?.ts === ts), "aria-busy": busy && "true", "data-focus": "more", onclick: toggle, onkeydown: onKey },
    "⋯",
  );
}

export function start() {
  const menu = $("message-menu");
  menu.addEventListener("keydown", onKey);
  document.addEventListener("pointerdown", ({ target }) => open && !menu.contains(target) && !target.closest(".more") && close());
  document.addEventListener("scroll", () => open && place(), true);
  window.addEventListener("resize", () => open && place());
}

/** The button may have been drawn anew since the menu was opened. */
const opener = ({ ts, pane }) => document.querySelector(`#${pane} [data-key="${CSS.escape(ts)}"] .more`);

function show(wanted) {
  if (open) close();
  open = wanted;
  const item = h("button", { type: "button", role: "menuitem", tabindex: "-1", onclick: use }, h("span", {}, "Cancel batch…"), h("span", { class: "note" }, "batch-bot"));
  $("message-menu").replaceChildren(item);
  $("message-menu").hidden = false;
  place();
  item.focus();
}

function use() {
  const chosen = open;
  close(true);
  chosen.use();
}

function close(refocus = $("message-menu").contains(document.activeElement)) {
  const button = opener(open);
  open = null;
  $("message-menu").hidden = true;
  button?.setAttribute("aria-expanded", "false");
  if (refocus) (button ?? $("message")).focus();
}

function place() {
  const button = opener(open);
  if (!button) return close();
  button.setAttribute("aria-expanded", "true");
  const menu = $("message-menu");
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + 4 + height < innerHeight;
  menu.style.left = `${Math.max(8, Math.min(at.right - width, innerWidth - width - 8))}px`;
  menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - height - 4)}px`;
}

function onKey(event) {
  if (event.key === "Tab") return close(true); // and on from the button
  if (!["Escape", "ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
  event.preventDefault(); // there is one item to go to
  if (event.key === "Escape") close(true);
}
