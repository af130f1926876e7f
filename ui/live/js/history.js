/**
 * The recorded steps of a run, thinned for drawing: of every k steps the one with the largest gradient.
 *
 * As in `viz.curves.thin`, k is a power of two, so that most points stay where they are while a run grows.
 */

/**
 * @typedef {(number|null)[]} Row  the values of a step, in the order of `COLUMNS` or `MARKS`; the step is the first
 * @typedef {[number, number|null]} Point
 * @typedef {{after: number, to: number, rows: Row[], marks: Row[]}} Span  what is new in a log
 */

export const MOST_ROWS = 300;
export const MOST_MARKS = 120;

/**
 * @template T
 * @param {T[]} items sorted by place
 * @param {(item: T) => number} place 0 for the first of the run
 * @param {(item: T) => number} weight
 * @param {number} most
 * @returns {T[]} the heaviest of each block, and the last of all
 */
export function thin(items, place, weight, most) {
  const stride = strideOf(items.length ? place(items[items.length - 1]) + 1 : 0, most);
  if (stride === 1) return items;
  /** @type {T[]} */
  const kept = [];
  let block = -1;
  for (const item of items) {
    const its = Math.floor(place(item) / stride);
    if (its !== block) kept.push(item);
    else if (weight(item) > weight(kept[kept.length - 1])) kept[kept.length - 1] = item;
    block = its;
  }
  const last = items[items.length - 1];
  if (kept[kept.length - 1] !== last) kept.push(last);
  return kept;
}

/** The least power of two k with count / k at most `most`. @param {number} count @param {number} most */
export function strideOf(count, most) {
  let stride = 1;
  while (count > most * stride) stride *= 2;
  return stride;
}

export class History {
  /** @param {{columns: string[], marks: string[]}} names @param {Row[]} rows @param {Row[]} marks */
  constructor(names, rows, marks) {
    this.names = names;
    this.rows = rows;
    this.marks = marks;
  }

  /** The last step. */
  get last() {
    return this.rows[this.rows.length - 1]?.[0] ?? 0;
  }

  get stride() {
    return strideOf(this.last, MOST_ROWS);
  }

  /** @param {{rows: Row[], marks: Row[]}} span */
  add({ rows, marks }) {
    const weight = (/** @type {number} */ at) => (/** @type {Row} */ row) => row[at] ?? Infinity;
    const gradient = this.names.columns.indexOf("grad_norm");
    this.rows = thin([...this.rows, ...rows], ([step]) => (step ?? 1) - 1, weight(gradient), MOST_ROWS);
    const its = this.names.marks.indexOf("grad_norm");
    this.marks = thin([...this.marks, ...marks], ([, number]) => number ?? 0, weight(its), MOST_MARKS);
  }

  /** One column as points: step and value. @param {string} column @returns {Point[]} */
  points(column) {
    const at = this.names.columns.indexOf(column);
    if (at >= 0) return this.rows.map((row) => [row[0] ?? 0, row[at]]);
    const its = this.names.marks.indexOf(column);
    return this.marks.map((row) => [row[0] ?? 0, row[its]]);
  }
}
