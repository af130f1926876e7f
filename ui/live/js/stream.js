/**
 * The event stream of this tab: opened for the first listener, shared by all, closed after the last.
 *
 * It is closed while the tab is hidden; when the tab is shown again, listeners get what they have missed. Where
 * streams do not get through, such as behind some proxies, the same data is polled every two seconds.
 *
 * @import { Row, Span } from "./history.js"
 */

const POLL = 2000;
const OPENING = 5000;
const SILENCE = 25000;
const TRY_AGAIN = 60000;
const TICK = 1000;
const SLEPT = 10000;

/**
 * @typedef {{kind: string, words: Record<string, string>}} Topic
 * @typedef {{topic: Topic, after: number}} Asked  `after`: for a log, the last known step
 * @typedef {Asked & {hear: Hear}} Listener
 * @typedef {(news: any, at: number) => void} Hear  `at`: when the server looked, in seconds since 1970
 * @typedef {{url: string, language: string}} Server
 */

class Stream {
  constructor() {
    /** @type {Set<Listener>} */
    this.listeners = new Set();
    /** @type {EventSource|null} */
    this.source = null;
    this.failures = 0;
    this.isPolling = false;
    this.heard = 0;
    this.asked = 0;
    this.since = Date.now();
    /** @type {Server} */
    this.server = { url: "", language: "" };
    /** Identifies the current polling loop. @type {object|null} */
    this.polling = null;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.soon = undefined;
    document.addEventListener("visibilitychange", () => this.settle());
    addEventListener("online", () => this.renew());
    setInterval(() => this.look(), TICK);
  }

  /**
   * @param {Server} server
   * @param {Topic} topic
   * @param {number} after for a log, the last known step
   * @param {Hear} hear called with what is new; with null if the topic no longer exists
   * @returns {() => void} stops listening
   */
  listen(server, topic, after, hear) {
    this.server = server;
    const listener = { topic, after, hear };
    this.listeners.add(listener);
    this.renew();
    return () => {
      this.listeners.delete(listener);
      this.renew();
    };
  }

  /** Reconnect after a short delay, since a page run adds and removes several listeners at once. */
  renew() {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => {
      this.close();
      this.settle();
    }, 20);
  }

  settle() {
    const wanted = this.listeners.size > 0 && !document.hidden;
    if (!wanted) this.close();
    else if (!this.source && !this.isPolling) this.open();
  }

  close() {
    this.source?.close();
    this.source = null;
    this.isPolling = false;
  }

  /** The topics to request: each once, with the least `after` of its listeners. */
  topics() {
    /** @type {Map<string, Asked>} */
    const found = new Map();
    for (const { topic, after } of this.listeners) {
      const name = JSON.stringify(topic);
      const known = found.get(name);
      found.set(name, { topic, after: known ? Math.min(known.after, after) : after });
    }
    return [...found.values()];
  }

  /** @param {Asked[]} topics @param {Record<string, string>} more */
  address(topics, more = {}) {
    const query = new URLSearchParams({
      topics: JSON.stringify(topics.map(({ topic }) => topic)),
      after: topics.map(({ after }) => after).join("."),
      language: this.server.language,
      browser: browserName(),
      ...more,
    });
    return `${this.server.url}?${query}`;
  }

  open() {
    const topics = this.topics();
    const source = new EventSource(this.address(topics));
    this.source = source;
    this.asked = performance.now();
    this.heard = 0;
    source.onmessage = (event) => {
      if (source !== this.source) return;
      this.failures = 0;
      this.heard = performance.now();
      this.tell(topics, JSON.parse(event.data));
    };
    source.onerror = () => {
      if (source === this.source && source.readyState === EventSource.CLOSED) this.fail();
    };
  }

  /** Try again after a second; if that fails as well, poll for a while. */
  fail() {
    this.close();
    this.failures += 1;
    if (this.failures < 2) setTimeout(() => this.settle(), 1000);
    else this.poll(performance.now());
  }

  /** Every second: check that the stream is alive. After the computer slept, it is lost, whatever its state says. */
  look() {
    const slept = Date.now() - this.since > SLEPT;
    this.since = Date.now();
    if (!this.source) return;
    if (slept) {
      this.renew();
      return;
    }
    const silent = performance.now() - (this.heard || this.asked);
    if (silent > (this.heard ? SILENCE : OPENING)) this.fail();
  }

  /** Poll every two seconds; try a stream again after a while. @param {number} since */
  async poll(since) {
    this.isPolling = true;
    let failed = false;
    const mine = {};
    this.polling = mine;
    while (this.isPolling && this.polling === mine) {
      const topics = this.topics();
      try {
        const answer = await fetch(this.address(topics, { once: "1" }));
        if (!answer.ok) throw new Error(String(answer.status));
        const told = await answer.json();
        if (this.polling !== mine || !this.isPolling) return;
        this.tell(topics, told);
        if (failed || performance.now() - since > TRY_AGAIN) {
          this.failures = failed ? 0 : 1;
          this.close();
          this.settle();
          return;
        }
      } catch {
        failed = true;
      }
      await new Promise((done) => setTimeout(done, POLL));
    }
  }

  /** @param {Asked[]} topics @param {{news?: Record<string, any>, at?: number}} told news by the index of its topic */
  tell(topics, { news = {}, at = 0 }) {
    for (const [place, one] of Object.entries(news)) {
      const name = JSON.stringify(topics[Number(place)].topic);
      for (const listener of [...this.listeners]) {
        if (JSON.stringify(listener.topic) !== name) continue;
        if (one?.to === undefined) listener.hear(one, at);
        else if (one.to > listener.after) {
          listener.hear(beyond(one, listener.after), at);
          listener.after = one.to;
        }
      }
    }
  }
}

/** The steps of `span` that a listener does not know yet. @param {Span} span @param {number} after */
function beyond(span, after) {
  const fresh = (/** @type {Row[]} */ rows) => rows.filter(([step]) => (step ?? 0) > after);
  return { ...span, rows: fresh(span.rows), marks: fresh(span.marks) };
}

/** A random name of this browser, by which the server counts its streams outside of classroom mode. */
function browserName() {
  try {
    const name = localStorage.getItem("live-browser") ?? String(Math.random()).slice(2);
    localStorage.setItem("live-browser", name);
    return name;
  } catch {
    return "";
  }
}

export const stream = new Stream();
