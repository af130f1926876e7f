/**
 * What the page is told: where the view is, and which cells it should change.
 *
 * @import { Lock } from "./data.js"
 * @import { State } from "./state.js"
 * @typedef {{kind: "frame"|"lock"|"cell", tensor: string, cells: number[][], frame: number, lock: Lock|null}} GridEvent
 */

const REST_MS = 400;
const UNANSWERED_MS = 2000;

export class Reports {
  /** The timer of what the page is to be told once the user rests. @type {ReturnType<typeof setTimeout>|undefined} */
  #resting;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #waiting;
  /**
   * Cells clicked while an earlier click is not answered yet: tensor and index, by both as text.
   * @type {Map<string, [string, number[]]>}
   */
  #unsent = new Map();
  #isUnanswered = false;

  /** @param {State} state @param {() => void} repaint draws what is being changed */
  constructor(state, repaint) {
    this.state = state;
    this.repaint = repaint;
    /** @type {(event: GridEvent) => void} */
    this.send = () => {};
  }

  dispose() {
    clearTimeout(this.#resting);
    clearTimeout(this.#waiting);
  }

  /** Tell the page once the user has stayed at a frame for a moment. */
  rest() {
    clearTimeout(this.#resting);
    this.#resting = undefined;
    const { isPlaying, options, at, reported } = this.state;
    if (isPlaying || !options.report.includes("frame") || at === reported.frame) return;
    this.#resting = setTimeout(() => {
      this.#resting = undefined;
      this.#report("frame");
    }, REST_MS);
  }

  /** The grid's element came back or has new data: what was to be told is still to be told. */
  resume() {
    this.sendUnsent();
    if (this.#resting !== undefined) this.rest();
  }

  /** A panel was enlarged, or let go. */
  locked() {
    if (this.state.options.report.includes("lock")) this.#report("lock");
  }

  /** Have cells of tensor number `pos` changed. @param {number} pos @param {number[][]} indices */
  edit(pos, indices) {
    const tensor = this.state.tensors[pos];
    this.state.painted = { pos, cells: indices };
    this.repaint();
    for (const index of indices) {
      /** @type {[string, number[]]} */
      const cell = [tensor.name, tensor.shown(index)];
      const key = JSON.stringify(cell);
      if (!this.#unsent.delete(key)) this.#unsent.set(key, cell); // clicked twice, it is as it was
    }
    if (!this.#isUnanswered) this.sendUnsent();
  }

  /** One event at a time, about one tensor: of two that are under way Streamlit keeps the later. */
  sendUnsent() {
    clearTimeout(this.#waiting);
    const all = [...this.#unsent.values()];
    this.#isUnanswered = all.length > 0;
    if (!this.#isUnanswered) return;
    this.#waiting = setTimeout(() => {
      this.#forgetPaint();
      this.sendUnsent();
    }, UNANSWERED_MS);
    const [name] = all[0];
    this.#unsent = new Map([...this.#unsent].filter(([, [tensor]]) => tensor !== name));
    this.#report(
      "cell",
      name,
      all.filter(([tensor]) => tensor === name).map(([, cell]) => cell),
    );
  }

  /** The page may leave everything as it was, and then no new data comes. */
  #forgetPaint() {
    if (this.state.painted?.live) return;
    this.state.painted = null;
    this.repaint();
  }

  /** @param {GridEvent["kind"]} kind @param {string} tensor @param {number[][]} cells */
  #report(kind, tensor = "", cells = []) {
    const { at: frame, lock } = this.state;
    this.state.reported = { frame, lock };
    this.send({ kind, tensor, cells, frame, lock });
  }
}
