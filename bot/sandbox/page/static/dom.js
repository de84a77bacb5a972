// The few helpers that build and renew the page. Text only ever goes in as text.

const SVG = "http://www.w3.org/2000/svg";
const stamps = new WeakMap();

export const $ = (id) => document.getElementById(id);

/** Make an element. `props` are attributes, `class`, and listeners under "on…". */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== false));
  return node;
}

/** Make a 16 px icon out of the path of its lines. */
export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export const COPY = "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3";
export const DONE = "M3 8.5l3.2 3.2L13 5";
export const LOCK = "M4.5 7V5.2a3.5 3.5 0 0 1 7 0V7M3.5 7h9v6.5h-9z";

/** Set the text of an element if it is another one: what is selected or spoken stays alone. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Make a parent's children those of `items`, by key. A child is renewed only where its item has
 * changed, by `update(child, item)`, so that focus, selection and scrolling stay.
 */
export function reconcile(parent, items, { key, make, update }) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const id = key(item);
    const stamp = JSON.stringify(item);
    let node = old.get(id);
    old.delete(id);
    if (!node) {
      node = make(item);
      node.dataset.key = id;
      update?.(node, item);
    } else if (stamps.get(node) !== stamp) {
      keepingFocus(node, () => update(node, item));
    }
    stamps.set(node, stamp);
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  for (const node of old.values()) node.remove();
}

/** Do something to a node's inside; the focus returns to what stands there under the same name. */
function keepingFocus(node, change) {
  const focused = node.contains(document.activeElement) ? document.activeElement : null;
  const name = focused?.dataset.focus;
  change();
  if (!focused || node.contains(document.activeElement)) return;
  const again = name && node.querySelector(`[data-focus="${CSS.escape(name)}"]`);
  if (!again) node.tabIndex = -1;
  (again || node).focus({ preventScroll: true });
}

const nearEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 60;

/** Scroll to the end, if the reader was there before the change. */
export function following(box, change) {
  const atEnd = nearEnd(box);
  change();
  if (atEnd) box.scrollTop = box.scrollHeight;
}

/** Stay at the end when the box becomes smaller or larger. */
export function stayAtEnd(box) {
  let atEnd = true;
  box.addEventListener("scroll", () => (atEnd = nearEnd(box)));
  new ResizeObserver(() => atEnd && (box.scrollTop = box.scrollHeight)).observe(box);
}
