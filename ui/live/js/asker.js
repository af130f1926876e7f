/**
 * Reruns the fragment around it when the stream reports a new version of data that is too large for the stream.
 *
 * It does so only while it is in view, and at most once in `PAUSE` milliseconds.
 *
 * @import { Report, Told } from "./mount.js"
 */

import { stream } from "./stream.js";

const PAUSE = 2000;
const NEAR = { rootMargin: "100% 0px" };

export class Asker {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.last = -Infinity;
    this.isSeen = false;
    /** The version that is drawn, and (`latest`) the one reported last. @type {unknown} */
    this.known = undefined;
    /** @type {unknown} */
    this.latest = undefined;
    /** @type {(() => void)|null} */
    this.stop = null;
    /** @type {Report} */
    this.report = () => {};
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.later = undefined;
    this.seen = new IntersectionObserver((entries) => {
      this.isSeen = entries[entries.length - 1].isIntersecting;
      this.ask();
    }, NEAR);
  }

  /** @param {Told & {state: {version: number}}} told @param {Report} report */
  update(told, report) {
    this.report = report;
    this.seen.observe(this.root);
    this.known = told.state.version;
    this.stop?.();
    this.stop = told.topic ? stream.listen(told.server, told.topic, 0, (news) => this.hear(news)) : null;
  }

  dispose() {
    this.stop?.();
    this.stop = null;
    clearTimeout(this.later);
    this.seen.disconnect();
  }

  /** @param {{version: number}|null} news */
  hear(news) {
    this.latest = news?.version;
    this.ask();
  }

  ask() {
    clearTimeout(this.later);
    if (!this.stop || !this.isSeen || this.latest === undefined || this.latest === this.known) return;
    const wait = this.last + PAUSE - performance.now();
    if (wait > 0) {
      this.later = setTimeout(() => this.ask(), wait);
      return;
    }
    this.last = performance.now();
    this.report("changed", { changed: this.latest });
    this.later = setTimeout(() => this.ask(), 2 * PAUSE);
  }
}
