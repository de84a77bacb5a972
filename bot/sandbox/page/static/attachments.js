// What hangs below a message of another app: Slack's older form, which alerts still use.

import { mrkdwn } from "./blocks.js";
import { h } from "./dom.js";

/** Draw a message's attachments. Data only ever becomes text. */
export function attachments(list) {
  return list.map((one) => {
    const node = h("div", { class: "attachment" }, one.pretext && h("p", {}, mrkdwn(one.pretext)), inside(one));
    if (/^#?[0-9a-f]{6}$/i.test(one.color ?? "")) node.style.borderColor = `#${one.color.replace("#", "")}`;
    return node;
  });
}

function inside({ title, text, fields = [], footer, fallback }) {
  if (!title && !text && !fields.length) return h("div", { class: "words" }, fallback ?? "");
  return [
    title && h("p", {}, h("strong", {}, mrkdwn(title))),
    text && h("div", { class: "words" }, mrkdwn(text)),
    fields.length > 0 && h("div", { class: "fields" }, fields.map((field) => h("div", { class: "field" }, h("strong", {}, field.title), h("br"), mrkdwn(field.value)))),
    footer && h("p", { class: "context" }, footer),
  ];
}
