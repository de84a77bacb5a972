// Block Kit as the bot sent it, drawn with elements. Data only ever becomes text.

import { formatDate } from "./dates.js";
import { h } from "./dom.js";
import { menu, menuOf } from "./menus.js";
import { parse } from "./mrkdwn.js";
import { channelOf, directOf, go, personOf, state, view } from "./store.js";

const TAGS = { bold: "strong", italic: "em", strike: "s", quote: "blockquote" };
const PERMALINK = /^https:\/\/sandbox\.slack\.com\/archives\/(\w+)\/p(\d+)(\d{6})(?:\?thread_ts=([\d.]+)&cid=\w+)?$/;
const KNOWN = new Set(["section", "context", "actions", "input", "header", "divider"]);

/**
 * Draw a message's inside. `press(actionId)` is called for a button; `stateOf(actionId)` says
 * whether its click is under way; `choose` is called for a menu, see there. An unknown block makes
 * the whole message its plain text.
 */
export function body(message, press, stateOf, choose) {
  const blocks = message.blocks;
  const known = blocks.length && blocks.every((block) => KNOWN.has(block.type));
  if (!known) return [h("div", { class: "words" }, mrkdwn(message.text))];
  return blocks.map((block) => draw(block, message, press, stateOf, choose));
}

function draw(block, message, press, stateOf, choose) {
  switch (block.type) {
    case "header":
      return h("h3", { class: "block-header" }, textOf(block.text));
    case "divider":
      return h("hr");
    case "context":
      return h("p", { class: "context" }, block.elements.flatMap((e) => [...textOf(e), " "]));
    case "actions":
      return h("div", { class: "actions" }, block.elements.map((e) => button(e, press, stateOf)));
    case "input":
      return h("div", { class: "input-block" }, h("p", { class: "input-label" }, textOf(block.label)), menu(message, block, block.element, choose));
    default:
      return section(block, accessory(block, message, press, stateOf, choose));
  }
}

function accessory(block, message, press, stateOf, choose) {
  if (block.accessory?.type === "button") return button(block.accessory, press, stateOf);
  return menuOf(block) && menu(message, block, block.accessory, choose);
}

function section(block, beside) {
  const fields = block.fields?.map((field) => h("div", { class: "field" }, textOf(field)));
  return h(
    "div",
    { class: beside ? "section section-with" : "section" },
    block.text && h("div", { class: "words" }, textOf(block.text)),
    beside,
    fields && h("div", { class: "fields" }, fields),
  );
}

function button(element, press, stateOf) {
  const busy = stateOf(element.action_id) === "busy";
  return h(
    "button",
    {
      type: "button",
      class: `action ${element.style ?? "default"}`,
      "data-focus": element.action_id,
      // Not `disabled`: the focus would be lost while the click is under way.
      "aria-disabled": busy && "true",
      "aria-busy": busy && "true",
      onclick: () => busy || press(element.action_id),
    },
    element.text.text,
  );
}

const textOf = (object) => (object.type === "mrkdwn" ? mrkdwn(object.text) : [object.text]);

export function mrkdwn(text) {
  return parse(text).map(node);
}

/** Return mrkdwn as plain words: for what is spoken. */
export function plain(text) {
  return h("p", {}, mrkdwn(text)).textContent;
}

function node(tree) {
  switch (tree.type) {
    case "text":
      return tree.text;
    case "break":
      return h("br");
    case "code":
      return h("code", {}, tree.text);
    case "pre":
      return h("pre", {}, tree.text);
    case "user":
      return mention(`@${tree.label || personOf(tree.id)?.name || (tree.id === state.bot.user ? "batch-bot" : tree.id)}`, tree.id);
    case "channel":
      return place(tree);
    case "special":
      return mention(tree.label);
    case "date":
      return date(tree);
    case "link":
      return link(tree.url, tree.children.map(node));
    default:
      return h(TAGS[tree.type], {}, tree.children.map(node));
  }
}

const mention = (label, id) =>
  h("span", { class: id && id === view.user ? "mention mine" : "mention" }, label);

function place({ id, label }) {
  const channel = channelOf(id);
  if (!channel || channel.kind === "im") return mention(`#${label || id}`);
  const open = () => go({ channel: id, thread: "", panel: "chat" });
  return h("button", { type: "button", class: "mention", onclick: open }, `#${channel.name}`);
}

function date({ unix, format, url, fallback, starts }) {
  const words = formatDate(unix, format, fallback);
  const shown = starts ? words.charAt(0).toUpperCase() + words.slice(1) : words;
  const valid = Number.isInteger(unix) && Math.abs(unix) < 8.64e12;
  const at = valid ? new Date(unix * 1000) : null;
  const time = h("time", { datetime: at?.toISOString(), title: at?.toString() }, shown);
  return url ? link(url, [time]) : time;
}

/** A link into the workspace opens it here; only https leads out. */
function link(url, children) {
  const inside = PERMALINK.exec(url);
  if (inside) {
    const [, channel, seconds, count, thread] = inside;
    const open = () => follow(channel, thread ?? `${seconds}.${count}`);
    return h("button", { type: "button", class: "link", onclick: open }, children);
  }
  if (!url.startsWith("https://")) return h("span", {}, children);
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, children);
}

function follow(channel, ts) {
  const visible = channelOf(channel)?.kind !== "im" || channel === directOf(view.user);
  if (visible) go({ channel, thread: ts, panel: "chat" });
}
