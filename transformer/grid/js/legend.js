/**
 * The line under the picture that explains colours, hatching, axes and the numbers under panels. An explanation that
 * applies to several tensors appears once.
 *
 * @import { Colours, Scale, Texts } from "./data.js"
 * @import { State } from "./state.js"
 * @import { Tensor } from "./tensor.js"
 */

import { size } from "./data.js";
import { el, fill } from "./element.js";

/** @param {Tensor[]} tensors @param {State} state */
export function legendParts(tensors, { data, texts, look }) {
  const shown = tensors.filter((tensor) => size(tensor.shape) > 0);
  const scales = grouped(shown, ({ view }) => JSON.stringify(view.scale));
  const colours = scales.flatMap((alike) => colourKeys(alike, scales.length > 1, data.colours));
  const hatches = unique(shown.filter(({ mask, view }) => mask && !view.framed).map((tensor) => tensor.hatched(texts)));
  const frames = unique(shown.filter(({ hasFrames }) => hasFrames).map((tensor) => tensor.framed(texts)));
  const axes = unique(shown.map((tensor) => axesText(tensor, texts)));
  const notes = unique(
    shown.filter((one) => one.notes && look.notes).map(({ view }) => fill(texts.below, { what: view.noteName })),
  );
  const words = [...axes, ...notes].map((text) => el("span", {}, text));
  return [
    ...frames.map((text) => swatch("leak", text)),
    ...colours,
    ...hatches.map((text) => swatch("hatched", text)),
    ...words,
  ];
}

/**
 * The colours of tensors with the same scale; with the tensors' names if there are other scales, too.
 * @param {Tensor[]} alike
 * @param {boolean} named
 * @param {Colours} colours
 */
function colourKeys(alike, named, colours) {
  const { scale } = alike[0].view;
  const names = named ? [el("span", { class: "of" }, unique(alike.map(({ name }) => name)).join(", "))] : [];
  const parts = scale.kind === "boolean" ? booleanKeys(colours) : [colourBar(scale, colours[scale.kind])];
  return [el("span", { class: "key" }, ...names, ...parts)];
}

/** @param {Colours} colours */
const booleanKeys = ({ sequential }) => [
  swatch("", "True", sequential[sequential.length - 1]),
  swatch("", "False", sequential[0]),
];

/** @param {Scale} scale @param {string[]} colours */
function colourBar(scale, colours) {
  const bar = el("span", { class: "colours", "data-kind": scale.kind });
  bar.style.background = `linear-gradient(to right, ${colours.join(",")})`;
  const end = (/** @type {number} */ value) => el("span", {}, String(Number(value.toPrecision(3))));
  return el("span", { class: "scale" }, end(scale.low), bar, end(scale.high));
}

/**
 * What rows and columns are; empty if they have no names of their own.
 * @param {Tensor} tensor
 * @param {Texts} texts
 */
function axesText(tensor, texts) {
  const [rows, columns] = [tensor.axisName(tensor.rank - 2), tensor.axisName(tensor.rank - 1)];
  if (!rows || !columns || (rows === texts.row && columns === texts.column)) return "";
  return fill(texts.axes, { rows, columns });
}

/** @param {string} kind @param {string} text @param {string} [colour] */
function swatch(kind, text, colour) {
  const box = el("span", { class: `swatch ${kind}` });
  if (colour) box.style.background = colour;
  return el("span", { class: "key" }, box, text);
}

/** @param {string[]} texts */
const unique = (texts) => [...new Set(texts)].filter(Boolean);

/** @template T @param {T[]} items @param {(item: T) => string} keyOf @returns {T[][]} */
function grouped(items, keyOf) {
  /** @type {Map<string, T[]>} */
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return [...groups.values()];
}
