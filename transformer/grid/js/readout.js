/**
 * The description of the cell pointed at, and hints on what the user can do.
 *
 * @import { State } from "./state.js"
 * @import { Operand, Tensor } from "./tensor.js"
 */

import { el } from "./element.js";
import { operandIndex } from "./tensor.js";
import { arithmetic, cellWords, indexText, operandText, sentences, valueText } from "./text.js";

/** @param {State} state */
export function readoutParts(state) {
  if (!state.hover) return [el("span", { class: "hint" }, hint(state))];
  const { texts, tensors, hover } = state;
  const { index } = hover;
  const tensor = tensors[hover.pos];
  const where = el("span", { class: "where" }, `${tensor.name}${indexText(tensor.shown(index))}`);
  const value = el("b", { class: "value" }, valueText(tensor.values, tensor.at(index)));
  const said = tensor.masked(index) && tensor.maskedText(tensor.at(index), texts);
  const masked = said ? [el("span", { class: "flag" }, said)] : [];
  const words = el("span", { class: "words" }, cellWords(tensor, index, texts));
  const parts = [el("div", {}, where, " = ", value, ...masked, words)];
  const read = tensor.operands.map((operand) => operandPart(operand, index));
  if (read.length) parts.push(el("div", { class: "read" }, "← ", ...read));
  if (tensor.view.formula) parts.push(el("div", { class: "formula" }, `= ${arithmetic(tensor, index, texts)}`));
  return parts;
}

/** @param {Operand} operand @param {number[]} index */
function operandPart(operand, index) {
  const read = operandIndex(operand, index);
  const value = operandText(operand, read);
  return el("span", { class: "operand" }, `${operand.name}${indexText(read)}${value === null ? "" : ` = ${value}`}`);
}

/** A hint on what pointing and clicking do. @param {State} state */
function hint({ texts, options, hasRows, tensors }) {
  if (options.editable) return sentences(texts.hover, texts.edit);
  if (hasRows) return sentences(texts.hover, texts.choose);
  return tensors.some(({ panels }) => panels > 1) ? sentences(texts.hover, texts.enlarge) : texts.hover;
}

/** A description of a grid's keys. @param {State} state */
export function gridKeys({ texts, options, count }) {
  if (count > 1) return texts.stepKeys;
  return options.editable ? texts.editKeys : texts.enlargeKeys;
}

/** A description of the keys in a tensor's picture. @param {State} state @param {Tensor} tensor */
export function cellKeys({ texts, options }, tensor) {
  if (options.editable) return texts.editKeys;
  return tensor.panels > 1 ? texts.enlargeKeys : texts.readKeys;
}
