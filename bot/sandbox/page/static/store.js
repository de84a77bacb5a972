// What the server says, what this viewer is looking at, and who is told when either changes.

export const state = { bot: null, people: [], channels: [], messages: [], batches: [] };
export const view = { user: "", channel: "", thread: "", panel: "chat", menu: false, traffic: false };
export const traffic = { rows: [] };
export const connection = { open: false, ever: false };
export const read = new Map(); // "person/channel" -> the newest ts that this person has seen there

const renderers = [];
let waiting = false;

export function onChange(render) {
  renderers.push(render);
}

/** Let the page be drawn anew, once for all changes of this moment. */
export function changed() {
  if (waiting) return;
  waiting = true;
  queueMicrotask(() => {
    waiting = false;
    if (state.bot) for (const render of renderers) render();
  });
}

/** Listen to the server for as long as the page is open. */
export function connect() {
  const source = new EventSource("/events");
  source.addEventListener("open", () => Object.assign(connection, { open: true, ever: true }));
  source.addEventListener("error", () => {
    connection.open = false;
    changed();
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
  });
  source.addEventListener("state", (event) => {
    const first = !state.bot;
    Object.assign(state, JSON.parse(event.data));
    if (first) begin();
    changed();
  });
  source.addEventListener("traffic", (event) => {
    const { fresh, rows } = JSON.parse(event.data);
    const merged = [...(fresh ? [] : traffic.rows), ...rows];
    traffic.rows = merged.sort((a, b) => a.at - b.at).slice(-500);
    changed();
  });
}

/** Ask the server for something; returns its answer, with `error` when it was not done. */
export async function post(action, body = {}) {
  try {
    const response = await fetch(`/api/${action}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    return await response.json();
  } catch {
    return { error: "The demo does not answer. Is it still running in its terminal?" };
  }
}

function begin() {
  fromAddress();
  for (const person of state.people)
    for (const channel of channelsOf(person.id)) read.set(`${person.id}/${channel.id}`, newest(person.id, channel.id));
  window.addEventListener("hashchange", () => (fromAddress(), changed()));
}

/** The address says who is looking at what: "#ana/batches/THREAD". */
function fromAddress() {
  const [name, place, thread] = decodeURIComponent(location.hash.slice(1)).split("/");
  const person = state.people.find((p) => p.name === name) ?? state.people[0];
  const channels = channelsOf(person.id);
  const channel = channels.find((c) => nameOf(c) === place) ?? channels[0];
  Object.assign(view, { user: person.id, channel: channel.id, thread: thread ?? "" });
}

/** Look at something else. */
export function go(changes) {
  Object.assign(view, changes);
  const channel = channelsOf(view.user).find((c) => c.id === view.channel);
  if (!channel) view.channel = channelsOf(view.user).find((c) => c.kind === "im").id;
  const parts = [me().name, nameOf(channelOf(view.channel)), view.thread].filter(Boolean);
  history.replaceState(null, "", `#${parts.join("/")}`);
  changed();
}

export const personOf = (id) => state.people.find((p) => p.id === id);
export const channelOf = (id) => state.channels.find((c) => c.id === id);
export const me = () => personOf(view.user);
export const nameOf = (channel) => (channel.kind === "im" ? "batch-bot" : channel.name);
export const directOf = (user) => `D0${user.slice(2)}`;
export const firstName = (person) => person.real_name.split(" ")[0];

export function channelsOf(user) {
  return state.channels.filter((c) => c.kind !== "im" || c.id === directOf(user));
}

/** What a person sees in a channel, oldest first, replies included. */
export function seenBy(user, channel) {
  return state.messages
    .filter((m) => m.channel === channel && (!m.only_for || m.only_for === user))
    .sort((a, b) => (a.ts < b.ts ? -1 : 1));
}

function newest(user, channel) {
  return seenBy(user, channel).at(-1)?.ts ?? "";
}

export function unread(channel) {
  const since = read.get(`${view.user}/${channel}`) ?? "";
  return seenBy(view.user, channel).filter((m) => m.ts > since && m.user !== view.user).length;
}

/** What is looked at is read. */
export function markRead() {
  if (document.visibilityState !== "visible") return;
  read.set(`${view.user}/${view.channel}`, newest(view.user, view.channel));
}
