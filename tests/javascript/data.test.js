import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "../../transformer/grid/js/data.js";

/** @param {number[]} bytes */
const packed = (bytes, length = bytes.length) => ({
  shape: [length],
  codec: 0,
  data: Buffer.from(bytes).toString("base64"),
});

test("bits are read from the lowest on, and only as many as there are cells", () => {
  assert.deepEqual([...decode(packed([0b00000101, 0b1], 9), { kind: "bits" })], [1, 0, 1, 0, 0, 0, 0, 0, 1]);
});

test("the first codes of whole numbers are what is no number", () => {
  const found = [...decode(packed([0, 1, 2, 3, 13]), { kind: "whole", bytes: 1, low: -5 })];
  assert.deepEqual(found, [NaN, -Infinity, Infinity, -5, 5]);
});

test("whole numbers of two bytes are little-endian", () => {
  assert.deepEqual([...decode(packed([3, 1], 1), { kind: "whole", bytes: 2, low: 0 })], [256]);
});

test("decimals go decade by decade, each mantissa with both signs", () => {
  const codec = /** @type {const} */ ({ kind: "decimal", digits: 3, low: -1, signed: true });
  const codes = [3, 4, 5, 4 + 2 * 150, 4 + 2 * 900, 5 + 2 * 901];
  const bytes = codes.flatMap((code) => [code & 255, code >> 8]);
  assert.deepEqual([...decode(packed(bytes, codes.length), codec)], [0, 0.1, -0.1, 0.25, 1, -1.01]);
});
