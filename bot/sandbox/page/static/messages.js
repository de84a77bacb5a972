// The channel's messages, the thread beside it, and what is spoken of both.

import { attachments } from "./attachments.js";
import { body, plain } from "./blocks.js";
import { clock } from "./dates.js";
import { $, following, h, icon, LOCK, reconcile, say } from "./dom.js";
import { chosenIn } from "./menus.js";
import { more } from "./shortcuts.js";
import { changed, channelOf, firstName, go, markRead, nameOf, personOf, post, seenBy, state, view } from "./store.js";

const clicks = new Map(); // "person/ts/action" -> "busy", "late" or what went wrong
const spoken = new Set();
const SETTLE = 700; // ms after the acknowledgement in which the answer usually comes
const LATE = "The app did not answer within 3 seconds. Press again.";
const CHOICE_LATE = "The app did not hear of this choice. It hears of it with the button.";
let choosing = Promise.resolve(); // choices are told in their order
let shown = "";

export function render() {
  const seen = seenBy(view.user, view.channel);
  const top = seen.filter((m) => !m.thread_ts);
  const place = `${view.user}/${view.channel}`;
  following($("log"), () => {
    reconcile($("messages"), top.map((m) => item(m, seen)), { key: (m) => m.ts, make: article, update: fill });
    $("empty").hidden = top.length > 0;
  });
  if (shown !== place) $("log").scrollTop = $("log").scrollHeight;
  shown = place;
  renderPlace();
  renderThread(seen);
  renderForge();
  speak(seen);
  markRead();
}

/** What an article is made from; it is drawn anew where this has changed. */
function item(message, seen) {
  const replies = seen.filter((m) => m.thread_ts === message.ts);
  const pressed = [...clicks].filter(([key]) => key.startsWith(`${view.user}/${message.ts}/`));
  return { ...message, viewer: view.user, replies: replies.length, last: replies.at(-1)?.ts, pressed };
}

function article() {
  return h("article", { class: "message" });
}

function fill(node, message) {
  const author = personOf(message.user);
  const name = authorOf(message);
  const at = new Date(Number(message.ts) * 1000);
  const ask = () => use(message, "shortcut", "shortcut", {});
  node.classList.toggle("private", Boolean(message.only_for));
  node.classList.toggle("has-more", !message.only_for);
  node.setAttribute("aria-label", `${name}, ${clock(at)}`);
  node.replaceChildren(
    avatar(message, author),
    h(
      "div",
      { class: "message-main" },
      message.only_for && h("p", { class: "only" }, icon(LOCK), "Only visible to you"),
      h(
        "p",
        { class: "by" },
        h("b", {}, name),
        isApp(message) && h("span", { class: "badge" }, "APP"),
        author?.guest && h("span", { class: "badge" }, "guest"),
        h("time", { datetime: at.toISOString(), title: at.toString() }, clock(at)),
        message.edited && h("span", { class: "edited" }, "(edited)"),
      ),
      body(message, (action) => press(message, action), (action) => clicks.get(`${message.viewer}/${message.ts}/${action}`), (...choice) => choose(message, ...choice)),
      attachments(message.attachments),
      troubles(message),
      message.replies > 0 && threadButton(message),
    ),
    message.only_for ? "" : more(message, clicks.get(`${message.viewer}/${message.ts}/shortcut`) === "busy", ask),
  );
}

const isApp = ({ user, app }) => user === state.bot.user || Boolean(app);
const authorOf = ({ user, app }) => (user === state.bot.user ? "batch-bot" : app || (personOf(user)?.real_name ?? "Workspace"));

function avatar(message, author) {
  if (message.user === state.bot.user) return h("img", { class: "avatar", src: "/page/icon.svg", alt: "" });
  const initials = author ? author.real_name.split(" ").map((part) => part[0]).join("") : authorOf(message)[0].toUpperCase();
  return h("span", { class: `avatar ${author?.name ?? ""}`, "aria-hidden": "true" }, initials);
}

function troubles(message) {
  const words = message.pressed.map(([, what]) => what).filter((what) => what !== "busy");
  return words.map((what) => h("p", { class: "trouble", role: "alert" }, what));
}

function threadButton({ ts, replies, last }) {
  const open = () => (go({ thread: ts }), setTimeout(() => $("close-thread").focus()));
  return h(
    "p",
    { class: "replies" },
    h("button", { type: "button", class: "link", "data-focus": "replies", onclick: open }, `${replies} ${replies === 1 ? "reply" : "replies"}`),
    h("span", {}, `last at ${clock(new Date(Number(last) * 1000))}`),
  );
}

const press = (message, action) =>
  use(message, action, "click", { action_id: action, chosen: chosenIn(message) });

/** Ask the server for something about a message; what becomes of it stands there under `name`. */
async function use(message, name, what, fields) {
  const key = `${message.viewer}/${message.ts}/${name}`;
  clicks.set(key, "busy");
  changed();
  const answer = await post(what, { user: message.viewer, ts: message.ts, ...fields });
  if (answer.acked) await new Promise((resolve) => setTimeout(resolve, SETTLE));
  if (answer.acked) clicks.delete(key);
  else clicks.set(key, answer.error ?? LATE);
  changed();
}

/** Tell of a choice, which the page shows already. */
function choose(message, block, action, values) {
  const key = `${message.viewer}/${message.ts}/${action}`;
  choosing = choosing.then(async () => {
    const answer = await post("choose", { user: message.viewer, ts: message.ts, block_id: block, action_id: action, values });
    if (answer.acked) clicks.delete(key);
    else clicks.set(key, answer.error ?? CHOICE_LATE);
    changed();
  });
}

function renderPlace() {
  const channel = channelOf(view.channel);
  const sign = { public: "#", private: "", im: "" }[channel.kind];
  const place = `${sign}${nameOf(channel)}`;
  if ($("place").dataset.place !== place) {
    $("place").replaceChildren(channel.kind === "private" ? icon(LOCK) : "", place);
    $("place").dataset.place = place;
  }
  say($("place-note"), note(channel));
  say(
    $("empty-text"),
    channel.kind === "im"
      ? "What the app can't say in a channel, it says here."
      : "Type /cancel-batch and choose from the list, or press Cancel… beside a batch.",
  );
}

function note(channel) {
  if (channel.kind === "im") return "The app's direct messages to you";
  if (channel.kind === "private") return "Private; batch-bot is not a member";
  return channel.member ? "batch-bot is a member" : "Public; batch-bot is not a member, and can post all the same";
}

function renderThread(seen) {
  const parent = seen.find((m) => m.ts === view.thread && !m.thread_ts);
  $("thread").hidden = !parent;
  document.body.classList.toggle("with-thread", Boolean(parent));
  const replies = seen.filter((m) => m.thread_ts === view.thread);
  const rows = parent ? [{ ...item(parent, []), count: replies.length }, ...replies.map((m) => item(m, []))] : [];
  if (parent) say($("thread-place"), $("place").textContent);
  following($("thread-messages"), () =>
    reconcile($("thread-messages"), rows, { key: (m) => m.ts, make: article, update: fillInThread }),
  );
}

function fillInThread(node, message) {
  fill(node, message);
  if (message.count === undefined) return;
  const words = `${message.count || "No"} ${message.count === 1 ? "reply" : "replies"}${message.count ? "" : " yet"}`;
  node.append(h("p", { class: "divider" }, words));
}

/** Somebody else's question is not shown here, but a forged request can try to answer it. */
function renderForge() {
  const open = state.messages.filter(
    (m) => m.channel === view.channel && m.only_for && m.only_for !== view.user && buttonsOf(m).length,
  );
  const items = open.slice(-1).map((m) => ({ ts: m.ts, who: firstName(personOf(m.only_for)), action: buttonsOf(m)[0].action_id }));
  $("forge").hidden = !items.length;
  reconcile($("forge"), items, { key: (m) => m.ts, make: () => h("div"), update: fillForge });
}

const buttonsOf = (message) => message.blocks.filter((b) => b.type === "actions").flatMap((b) => b.elements);

function fillForge(node, { ts, who, action }) {
  const attempt = () => post("click", { user: view.user, ts, action_id: action });
  node.replaceChildren(
    h("p", {}, `${who} was asked something here that only ${who} can see.`),
    h("button", { type: "button", class: "plain", "data-focus": "forge", onclick: attempt }, `Try to answer for ${who}`),
  );
}

/** Say aloud what is new here: each message once, and a private one again when it is replaced. */
function speak(seen) {
  const first = spoken.size === 0;
  const fresh = [];
  for (const message of state.messages) {
    const key = message.only_for ? `${message.ts} ${message.text}` : message.ts;
    if (!spoken.has(key) && !first && message.user !== view.user && seen.includes(message)) fresh.push(message);
    spoken.add(key);
  }
  spoken.add("begun");
  for (const message of fresh) $("announcer").append(h("p", {}, `${authorOf(message)}: ${plain(message.text)}`));
  while ($("announcer").children.length > 5) $("announcer").firstChild.remove();
}

