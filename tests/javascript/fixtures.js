/**
 * Grids to test with: their data is packed by the page without a server, their font is six pixels a character.
 *
 * @import { GridData, Options, Scale } from "../../transformer/grid/js/data.js"
 * @import { Look } from "../../transformer/grid/js/look.js"
 * @import { Frame, View } from "../../transformer/standalone/js/payload.js"
 */

import { Frames } from "../../transformer/grid/js/frames.js";
import { State } from "../../transformer/grid/js/state.js";
import { Tensor as Numbers } from "../../transformer/standalone/js/model.js";
import { gridData } from "../../transformer/standalone/js/payload.js";

export const TEXTS = {
  row: "row",
  column: "column",
  label: "{name} ‘{label}’",
  masked: "masked",
  leaks: "leaks",
  terms: "({count} terms)",
};
const COLOURS = {
  sequential: ["#000000", "#ffffff"],
  diverging: ["#000000", "#ffffff"],
  lines: [],
  masked: "",
  pad: "",
};

/** A tensor that counts its cells from 0. @param {number[]} shape @param {Partial<View>} [more] @returns {View} */
export function counting(shape, more = {}) {
  const values = new Numbers(shape).map((_, i) => i);
  return { name: "x", values, scale: /** @type {Scale} */ ({ kind: "sequential", low: 0, high: 1 }), ...more };
}

/** @param {Frame[]} frames @param {Partial<Options>} [options] @returns {GridData} */
export function dataOf(frames, options = {}) {
  return gridData(frames, TEXTS, { ...COLOURS, chosen: "", right: "", wrong: "" }, options);
}

/** The tensors of one frame, as the grid has them. @param {...View} views */
export const tensorsOf = (...views) => new Frames(dataOf([{ title: "", tensors: views }])).tensors(0);

/** @param {Partial<Look>} [more] */
export function look(more = {}) {
  const width = (/** @type {string} */ text) => 6 * text.length;
  const found = {
    width,
    font: 11,
    maxLabel: 72,
    scale: 1,
    room: 800,
    around: 32,
    notes: true,
    widest: (/** @type {string[]} */ texts) => Math.max(0, ...texts.map(width)),
    headingWidth: (/** @type {{name: string}} */ { name }) => width(name),
    snap: (/** @type {number} */ x) => Math.round(x),
    ...more,
  };
  return /** @type {Look} */ (/** @type {unknown} */ (found));
}

/** @param {Frame[]} frames @param {Partial<Options>} [options] */
export function stateOf(frames, options = {}) {
  const data = dataOf(frames, options);
  const state = new State(data, look());
  state.take(data);
  return state;
}

/** Whole numbers below `most`, the same for the same seed. @param {number} seed */
export function dice(seed) {
  let state = seed;
  return (/** @type {number} */ most) => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * most);
  };
}

/** Indices of all cells. @param {number[]} shape @returns {number[][]} */
export const allIndices = (shape) =>
  shape.reduce(
    (found, length) => found.flatMap((index) => Array.from({ length }, (_, i) => [...index, i])),
    [/** @type {number[]} */ ([])],
  );
