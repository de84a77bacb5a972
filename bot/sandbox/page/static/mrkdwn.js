// Slack's mrkdwn as a tree. Pure functions: text in, nodes out; nothing here touches the page.
//
// A node is { type, children } or a leaf: { type: "text", text }, { type: "code", text },
// { type: "pre", text }, { type: "break" }, { type: "link", url, children },
// { type: "user" | "channel", id, label }, { type: "special", label },
// { type: "date", unix, format, url, fallback, starts }.

const STYLES = { "*": "bold", _: "italic", "~": "strike" };
const WORD = /[\p{L}\p{N}]/u;

export function unescape(text) {
  return text.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);
}

/** Return the nodes of a mrkdwn text. */
export function parse(text) {
  return text.split(/```/).flatMap((part, index, parts) => {
    if (index % 2 === 0) return lines(part);
    // An opening fence without its end is only three characters.
    if (index === parts.length - 1) return lines("```" + part);
    return [{ type: "pre", text: unescape(part.replace(/^\n|\n$/g, "")) }];
  });
}

function lines(text) {
  const nodes = [];
  text.split("\n").forEach((line, index) => {
    const quoted = /^(?:&gt;|>)\s?(.*)$/.exec(line);
    const quote = nodes.at(-1)?.type === "quote" ? nodes.at(-1) : null;
    if (quoted && quote) quote.children.push({ type: "break" }, ...inline(quoted[1]));
    else if (quoted) nodes.push({ type: "quote", children: inline(quoted[1]) });
    else {
      if (index > 0 && !quote) nodes.push({ type: "break" });
      nodes.push(...inline(line));
    }
  });
  return nodes;
}

/** Return the nodes of one line. */
function inline(text, starts = true) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push({ type: "text", text: unescape(plain) });
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const found = span(text, at, starts && !nodes.length && !plain);
    if (found) {
      flush();
      nodes.push(found.node);
      at = found.end;
    } else plain += text[at++];
  }
  flush();
  return nodes;
}

/** Return the node that begins here and where it ends, null where none begins. */
function span(text, at, starts) {
  const mark = text[at];
  if (mark === "<") return token(text, at, starts);
  if (mark === "`") {
    const end = text.indexOf("`", at + 1);
    if (end <= at + 1) return null;
    return { node: { type: "code", text: unescape(text.slice(at + 1, end)) }, end: end + 1 };
  }
  return STYLES[mark] ? styled(text, at, starts) : null;
}

function styled(text, at, starts) {
  const mark = text[at];
  if (WORD.test(text[at - 1] ?? " ") || /\s/.test(text[at + 1] ?? " ")) return null;
  for (let end = text.indexOf(mark, at + 2); end > 0; end = text.indexOf(mark, end + 1)) {
    if (/\s/.test(text[end - 1]) || WORD.test(text[end + 1] ?? " ")) continue;
    const children = inline(text.slice(at + 1, end), starts);
    return { node: { type: STYLES[mark], children }, end: end + 1 };
  }
  return null;
}

/** Return what stands between angle brackets: a mention, a date, a link. */
function token(text, at, starts) {
  const end = text.indexOf(">", at);
  if (end < 0) return null;
  const [target, ...rest] = text.slice(at + 1, end).split("|");
  const label = rest.length ? unescape(rest.join("|")) : "";
  const node = meaning(target, label, starts);
  return node && { node, end: end + 1 };
}

function meaning(target, label, starts) {
  if (/^@[UW]\w*$/.test(target)) return { type: "user", id: target.slice(1), label };
  if (/^#[CG]\w*$/.test(target)) return { type: "channel", id: target.slice(1), label };
  if (target.startsWith("!date^")) return date(target, label, starts);
  if (/^!(here|channel|everyone)$/.test(target)) return { type: "special", label: `@${target.slice(1)}` };
  if (target.startsWith("!subteam^")) return { type: "special", label: label || `@${target.slice(9)}` };
  if (target.startsWith("!")) return { type: "special", label: label || target.slice(1) };
  if (!/^[a-z][a-z0-9+.-]*:/i.test(target)) return null;
  const url = unescape(target);
  return { type: "link", url, children: [{ type: "text", text: label || url }] };
}

function date(target, fallback, starts) {
  const [, unix, format = "", url = ""] = target.split("^");
  return { type: "date", unix: Number(unix), format: unescape(format), url: unescape(url), fallback, starts };
}
