/**
 * Numbers, indices and templates as text.
 *
 * @import { Codec, Texts, Values } from "./data.js"
 * @import { Operand, Tensor } from "./tensor.js"
 */

import { fill } from "./element.js";
import { isOneCell, operandIndex, place } from "./tensor.js";

/** @param {number} value */
export const truth = (value) => (value ? "True" : "False");

/** @param {number} value */
export function numberText(value) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "−∞" : "+∞";
  return String(value);
}

/** A value with as many digits as its encoding keeps. @param {{codec: Codec}} values @param {number} value */
export function valueText({ codec }, value) {
  if (codec.kind === "bits") return truth(value);
  if (codec.kind === "whole" || !Number.isFinite(value)) return numberText(value);
  if (value === 0) return "0";
  if (codec.kind === "decimal") return value.toPrecision(codec.digits);
  return String(Number(value.toPrecision(codec.kind === "f32" ? 6 : 10)));
}

/**
 * The value of an operand at `read` as text; null if `read` is not a single cell, or the values were not sent.
 * @param {Operand} operand
 * @param {(number|null)[]} read
 */
export function operandText({ values, shape }, read) {
  return values && isOneCell(read) ? valueText(values, values.values[place(shape, read)]) : null;
}

const ALL_TERMS = 4;

/**
 * A view's formula with the numbers of one cell: `{0}` is operand 0's number, `{0·1}` the sum of products of two.
 * @param {Tensor} tensor
 * @param {number[]} index
 * @param {Texts} texts
 */
export function arithmetic(tensor, index, texts) {
  const number = (/** @type {Operand} */ operand, /** @type {(number|null)[]} */ read) => {
    const text = operandText(operand, read) ?? "?";
    return text.startsWith("-") ? `(${text.replace("-", "−")})` : text;
  };
  const product = (/** @type {Operand} */ a, /** @type {Operand} */ b) => {
    const reads = [a, b].map((operand) => operandIndex(operand, index));
    const along = (/** @type {Operand} */ operand, /** @type {(number|null)[]} */ read, /** @type {number} */ i) =>
      number(
        operand,
        read.map((axis) => axis ?? i),
      );
    const term = (/** @type {number} */ i) => `${along(a, reads[0], i)}×${along(b, reads[1], i)}`;
    const count = a.shape[reads[0].indexOf(null)];
    if (count <= ALL_TERMS) return Array.from({ length: count }, (_, i) => term(i)).join(" + ");
    return `${[0, 1, 2].map(term).join(" + ")} + … + ${term(count - 1)} ${fill(texts.terms, { count })}`;
  };
  return tensor.view.formula.replace(/\{(\d+)(?:·(\d+))?\}/g, (_, first, second) => {
    const one = tensor.operands[first];
    return second === undefined ? number(one, operandIndex(one, index)) : product(one, tensor.operands[second]);
  });
}

/** @param {(number|null)[]} index null for a whole axis */
export const indexText = (index) => `[${index.map((value) => (value === null ? ":" : value)).join(", ")}]`;

/** Joins two sentences, with a space unless they are Chinese. @param {string} first @param {string} second */
export function sentences(first, second) {
  return first.endsWith("。") ? first + second : `${first} ${second}`;
}

/** The name of a row or column: its label, or its index. @param {string[]|null} labels @param {number} index */
export const labelText = (labels, index) => labels?.[index] ?? String(index);

/**
 * The name of a panel's index on the axis `back` from the right.
 * @param {Tensor} tensor
 * @param {number[]} lead
 * @param {number} back
 */
export function panelText(tensor, lead, back) {
  const axis = tensor.rank - back;
  const labels = tensor.view.panels[4 - back];
  if (labels !== null) return tensor.lists[labels][lead[axis]];
  const name = tensor.axisName(axis);
  if (name?.length === 1) return `${name} = ${lead[axis]}`;
  return name ? `${name} ${lead[axis]}` : `[${lead[axis]}]`;
}

/** A cell in words: panel names, query and key. @param {Tensor} tensor @param {number[]} index @param {Texts} texts */
export function cellWords(tensor, index, texts) {
  const parts = [];
  for (let axis = 0; axis < tensor.rank - 2; axis++) {
    const back = tensor.rank - axis;
    if (back <= 4 && tensor.view.panels[4 - back] !== null) parts.push(panelText(tensor, index, back));
  }
  const note = tensor.note(index.slice(0, -2));
  if (note) parts.push(`${tensor.view.noteName}: ${note}`);
  const side = (/** @type {"rows"|"columns"} */ which, /** @type {string} */ usual, /** @type {number} */ axis) => {
    const label = tensor.labels(which, index)?.[index[axis]];
    return label === undefined ? null : fill(texts.label, { name: tensor.axisName(axis) ?? usual, label });
  };
  const pair = [side("rows", texts.row, tensor.rank - 2), side("columns", texts.column, tensor.rank - 1)];
  return [...parts, pair.filter(Boolean).join(" → ")].filter(Boolean).join(" · ");
}
