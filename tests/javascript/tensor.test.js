import assert from "node:assert/strict";
import { test } from "node:test";
import { indexAt, operandIndex, place } from "../../transformer/grid/js/tensor.js";
import { Tensor as Numbers } from "../../transformer/standalone/js/model.js";
import { allIndices, counting, TEXTS, tensorsOf } from "./fixtures.js";

test("cells lie in row-major order, and each has its index back", () => {
  const shape = [2, 3, 4];
  allIndices(shape).forEach((index, offset) => {
    assert.equal(place(shape, index), offset);
    assert.deepEqual(indexAt(shape, offset), index);
  });
});

test("an array of a smaller shape is read as broadcasting does", () => {
  assert.equal(place([2, 1, 1, 3], [1, 5, 7, 2]), 5);
  assert.equal(place([3], [1, 5, 7, 2]), 2);
});

test("a vector is drawn as one row, and shown without it", () => {
  const [tensor] = tensorsOf(counting([5]));
  assert.deepEqual([tensor.shape, tensor.rank, tensor.hidden], [[1, 5], 2, 1]);
  assert.deepEqual(tensor.shown([0, 3]), [3]);
  assert.deepEqual(tensor.padded([3]), [0, 3]);
  assert.equal(tensor.at([0, 3]), 3);
});

test("a mask is broadcast over the cells, and only what flows is framed", () => {
  const mask = new Numbers([1, 3], Float32Array.of(0, 1, 1));
  const [weights] = tensorsOf(counting([2, 3], { masked: mask }));
  assert.deepEqual(
    [0, 1, 2].map((column) => weights.masked([1, column])),
    [false, true, true],
  );
  assert.equal(weights.isFramed(0, true), false);
  assert.equal(weights.hasFrames, false);
});

test("masked cells are framed, not hatched, in a tensor that says what a frame means", () => {
  const mask = new Numbers([1, 3], Float32Array.of(0, 1, 1));
  const [painted] = tensorsOf(counting([2, 3], { masked: mask, framed: "wrong" }));
  assert.deepEqual([painted.isFramed(0, true), painted.isFramed(0, false)], [true, false]);
  assert.equal(painted.hasFrames, true);
  assert.equal(painted.maskedText(0, TEXTS), "wrong");
});

/** @param {number[]} shape @param {(number | number[] | null)[] | null} axes */
const operand = (shape, axes) => ({ name: "a", shape, axes, values: null, result: [2, 3, 4, 5] });

test("a cell reads the cells of operands that its computation did", () => {
  const index = [1, 2, 3, 4];
  assert.deepEqual(operandIndex(operand([2, 1, 1, 5], null), index), [1, 0, 0, 4]);
  assert.deepEqual(operandIndex(operand([2, 3, 4, 8], [0, 1, 2, null]), index), [1, 2, 3, null]);
  assert.deepEqual(operandIndex(operand([6, 4, 5], [[0, 1], 2, 3]), index), [5, 3, 4]);
});
