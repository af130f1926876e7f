import assert from "node:assert/strict";
import { test } from "node:test";
import { MOST_ROWS, strideOf, thin } from "../../ui/live/js/history.js";
import { logTicks, numberText, ticks } from "../../ui/live/js/numbers.js";
import { Axes, moved, rangeOf, zoomed } from "../../ui/live/js/view.js";
import { dice } from "./fixtures.js";

/** @param {number[]} found @param {number[]} expected */
function assertNear(found, expected) {
  assert.equal(found.length, expected.length, String(found));
  found.forEach((one, i) => {
    assert.ok(Math.abs(one - expected[i]) <= 1e-9 * Math.max(1, Math.abs(one)), `${found} is not ${expected}`);
  });
}

test("an axis has round numbers", () => {
  assertNear(ticks(0, 1500, 3), [0, 500, 1000, 1500]);
  assertNear(ticks(1000, 4800, 2), [2000, 4000]);
  assertNear(ticks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assertNear(ticks(3, 3, 4), [3]);
});

test("an axis of steps has whole numbers and a logarithmic one powers", () => {
  assertNear(ticks(1, 4, 9, 1), [1, 2, 3, 4]);
  assertNear(logTicks(2e-4, 30), [1e-3, 1e-2, 0.1, 1, 10]);
  assertNear(logTicks(1.2, 7), [2, 5]);
});

test("numbers are short on axes and exact where they are read", () => {
  const found = [
    numberText(0.0005, "number"),
    numberText(0.25, "share"),
    numberText(0.2512, "share", true),
    numberText(12345, "short"),
    numberText(1.23456, "number", true),
    numberText(null, "number"),
    numberText(12345, "step"),
  ];
  assert.deepEqual(found, ["5e-4", "25 %", "25.1 %", "12.3K", "1.2346", "–", "12,345"]);
});

test("of a long run the heaviest of each block stays, the last of all, and no more than asked for", () => {
  const draw = dice(3);
  const items = Array.from({ length: 1000 }, (_, i) => ({ i, weight: draw(1e6) }));
  const kept = thin(
    items,
    ({ i }) => i,
    ({ weight }) => weight,
    MOST_ROWS,
  );
  const stride = strideOf(items.length, MOST_ROWS);
  assert.equal(stride, 4);
  assert.ok(kept.length <= MOST_ROWS + 1);
  assert.equal(kept.at(-1), items.at(-1));
  for (let from = 0; from < items.length; from += stride) {
    const block = items.slice(from, from + stride);
    assert.ok(kept.includes(block.reduce((a, b) => (b.weight > a.weight ? b : a))));
  }
});

test("a zoom keeps the step pointed at in place, and stays within the run", () => {
  assert.deepEqual(zoomed([0, 100], [0, 100], 0.5, 40), [20, 70]);
  assert.deepEqual(zoomed([20, 70], [0, 100], 0.5, 70), [45, 70]);
  assert.equal(zoomed([20, 70], [0, 100], 4, 40), null);
  assert.deepEqual(moved([20, 70], [0, 100], 50), [50, 100]);
  assert.deepEqual(moved([20, 70], [0, 100], -50), [0, 50]);
});

test("the axis of values holds what is in view, and one point to each side", () => {
  const curve = /** @type {[number, number][]} */ ([
    [0, 100],
    [10, 3],
    [20, 2],
    [30, 1],
    [40, -50],
  ]);
  const [low, high] = rangeOf([curve], [15, 25], false);
  assert.ok(low <= 1 && low > -50 && high >= 3 && high < 100);
  assert.deepEqual(rangeOf([[]], [0, 1], true), [0.1, 1]);
  assert.deepEqual(rangeOf([[[1, 2]]], [0, 1], true), [1, 4]);
});

test("a place on the canvas is that of its step and value", () => {
  const area = { left: 40, right: 240, top: 10, bottom: 110 };
  const linear = new Axes(area, [0, 100], [0, 2], false);
  assert.deepEqual([linear.x(50), linear.y(2), linear.y(1)], [140, 10, 60]);
  assert.equal(linear.stepAt(linear.x(73)), 73);
  assert.equal(linear.stepAt(999), 100);
  assertNear([new Axes(area, [0, 100], [0.01, 100], true).y(1)], [60]);
});
