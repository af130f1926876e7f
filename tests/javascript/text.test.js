import assert from "node:assert/strict";
import { test } from "node:test";
import { fill } from "../../transformer/grid/js/element.js";
import { formats } from "../../transformer/grid/js/numbers.js";
import { barSpans } from "../../transformer/grid/js/strips.js";
import { arithmetic, cellWords, indexText, sentences, valueText } from "../../transformer/grid/js/text.js";
import { counting, TEXTS, tensorsOf } from "./fixtures.js";

/** @import { Codec, Values } from "../../transformer/grid/js/data.js" */

test("values have the digits that were sent", () => {
  /** @type {[Codec, number, string][]} */
  const cases = [
    [{ kind: "bits" }, 1, "True"],
    [{ kind: "whole", bytes: 1, low: 0 }, 7, "7"],
    [{ kind: "decimal", digits: 3, low: 0, signed: true }, 0.5, "0.500"],
    [{ kind: "f32" }, 1 / 3, "0.333333"],
    [{ kind: "f32" }, -Infinity, "−∞"],
    [{ kind: "f64" }, NaN, "NaN"],
  ];
  for (const [codec, value, text] of cases) assert.equal(valueText({ codec }, value), text);
});

test("numbers in cells are rounded to fewer and fewer digits, without a sign for zero", () => {
  const codec = /** @type {const} */ ({ kind: "f32" });
  assert.deepEqual(
    formats(codec).map((format) => format(0.123456)),
    ["0.1235", "0.123", "0.12", ".12"],
  );
  assert.deepEqual(
    formats(codec).map((format) => format(-0.00001)),
    ["0.0000", "0.000", "0.00", ".00"],
  );
  assert.deepEqual(
    formats(codec).map((format) => format(123456)),
    ["1e5", "1e5", "1e5", "1e5"],
  );
});

test("a cell is said by its labels", () => {
  const [tensor] = tensorsOf(
    counting([1, 2, 2, 2], {
      rows: ["a", "b"],
      columns: ["c", "d"],
      panels: [[], ["h0", "h1"]],
      axes: ["n", "head", "query", "key"],
    }),
  );
  assert.equal(cellWords(tensor, [0, 1, 0, 1], TEXTS), "h1 · query ‘a’ → key ‘d’");
});

test("a formula is written with the numbers of one cell", () => {
  const [tensor] = tensorsOf(counting([2, 2]));
  const values = /** @type {Values} */ (/** @type {unknown} */ ({ values: [1, 2, 3, -4], codec: { kind: "f32" } }));
  const factor = (/** @type {(number|null)[]} */ axes) => ({ name: "a", shape: [2, 2], axes, values, result: [2, 2] });
  tensor.operands = [factor([0, null]), factor([null, 1])];
  tensor.view = { ...tensor.view, formula: "{0·1} / 2" };
  assert.equal(arithmetic(tensor, [1, 1], TEXTS), "3×2 + (−4)×(−4) / 2");
});

test("of a long sum the first terms are written and the last, and how many there are", () => {
  const [tensor] = tensorsOf(counting([1, 1]));
  const values = /** @type {Values} */ (
    /** @type {unknown} */ ({ values: [1, 2, 3, 4, 5, 6], codec: { kind: "f32" } })
  );
  const factor = { name: "a", shape: [1, 6], axes: [0, null], values, result: [1, 1] };
  tensor.operands = [factor, factor];
  tensor.view = { ...tensor.view, formula: "{0·1}" };
  assert.equal(arithmetic(tensor, [0, 0], TEXTS), "1×1 + 2×2 + 3×3 + … + 6×6 (6 terms)");
});

test("templates, indices and sentences", () => {
  assert.equal(fill("{a} of {b}, {a}", { a: 1, b: "x" }), "1 of x, 1");
  assert.equal(indexText([0, null, 2]), "[0, :, 2]");
  assert.deepEqual([sentences("A.", "B."), sentences("甲。", "乙。")], ["A. B.", "甲。乙。"]);
});

test("bars of all frames share one scale, which begins at zero", () => {
  const frame = (/** @type {[string, (number|null)[]]} */ [label, values]) => ({
    title: "",
    tensors: [],
    bars: [
      /** @type {[string, {label: string, value: number|null}[]]} */ ([
        label,
        values.map((value) => ({ label: "", value })),
      ]),
    ],
  });
  const spans = barSpans([frame(["p", [0.2, null]]), frame(["logits", [-2, 3]]), frame(["logits", [5]])]);
  assert.deepEqual(spans, { p: { low: 0, high: 1 }, logits: { low: -2, high: 5 } });
});
