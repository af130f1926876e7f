/**
 * Reports to the page: the position of the view, and the cells to change.
 *
 * @import { Lock } from "./data.js"
 * @import { State } from "./state.js"
 * @typedef {{kind: "frame"|"lock"|"cell", tensor: string, cells: number[][], frame: number, lock: Lock|null}} GridEvent
 */

const REST_MS = 400;
const UNANSWERED_MS = 2000;

export class Reports {
  /** Delays the report of a frame until the user stays there. @type {ReturnType<typeof setTimeout>|undefined} */
  #resting;
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  #waiting;
  /**
   * Cells clicked while an earlier click is not answered yet: tensor and index, with both as text as the key.
   * @type {Map<string, [string, number[]]>}
   */
  #unsent = new Map();
  #isUnanswered = false;

  /** @param {State} state @param {() => void} repaint draws the cells that are being changed */
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

  /** Report the frame once the user has stayed there for a moment. */
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

  /** Send pending reports after the grid's element came back or got new data. */
  resume() {
    this.sendUnsent();
    if (this.#resting !== undefined) this.rest();
  }

  /** Report that a panel was enlarged, or closed. */
  locked() {
    if (this.state.options.report.includes("lock")) this.#report("lock");
  }

  /** Ask the page to change cells of the tensor with index `pos`. @param {number} pos @param {number[][]} indices */
  edit(pos, indices) {
    const tensor = this.state.tensors[pos];
    this.state.painted = { pos, cells: indices };
    this.repaint();
    for (const index of indices) {
      /** @type {[string, number[]]} */
      const cell = [tensor.name, tensor.shown(index)];
      const key = JSON.stringify(cell);
      if (!this.#unsent.delete(key)) this.#unsent.set(key, cell); // two clicks cancel out
    }
    if (!this.#isUnanswered) this.sendUnsent();
  }

  /** Send the clicks on one tensor. Only one event may be on its way: of two, Streamlit would drop the first. */
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

  /** Remove the outlines: if the page changes nothing, no new data arrives to do so. */
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
