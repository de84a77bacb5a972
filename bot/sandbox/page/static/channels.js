// Where one can be, with what is unread, and who one is.

import { $, h, icon, LOCK, reconcile } from "./dom.js";
import { channelsOf, firstName, go, nameOf, state, unread, view } from "./store.js";

export function start() {
  $("person").addEventListener("change", () => go({ user: $("person").value, thread: "" }));
}

export function render() {
  const items = channelsOf(view.user).map((channel) => ({
    id: channel.id,
    name: nameOf(channel),
    kind: channel.kind,
    here: channel.id === view.channel,
    count: channel.id === view.channel ? 0 : unread(channel.id),
  }));
  const how = { key: (item) => item.id, make, update };
  reconcile($("channel-list"), items.filter((c) => c.kind !== "im"), how);
  reconcile($("direct-list"), items.filter((c) => c.kind === "im"), how);
  reconcile($("person"), state.people, { key: (p) => p.id, make: option, update: fillOption });
  $("person").value = view.user;
}

function make({ id }) {
  const open = () => go({ channel: id, thread: "", panel: "chat", menu: false });
  return h("li", {}, h("button", { type: "button", class: "channel", onclick: open }));
}

function update(node, { name, kind, here, count }) {
  const button = node.firstElementChild;
  button.classList.toggle("unread", count > 0);
  if (here) button.setAttribute("aria-current", "page");
  else button.removeAttribute("aria-current");
  // The private one has a lock for a sign; its name begins with # for those who hear it.
  const sign = kind === "im" ? "" : "#";
  const words = [kind === "private" && "private", count && `${count} unread`].filter(Boolean);
  button.setAttribute("aria-label", [`${sign}${name}`, ...words].join(", "));
  button.replaceChildren(
    h("span", { class: "sign" }, kind === "private" ? icon(LOCK) : kind === "im" ? "●" : "#"),
    h("span", {}, name),
    count ? h("span", { class: "count" }, String(count)) : "",
  );
}

const option = (person) => h("option", { value: person.id });

function fillOption(node, person) {
  node.textContent = person.guest ? `${firstName(person)} (guest)` : firstName(person);
}
