import assert from "node:assert/strict";
import { test } from "node:test";
import { levelsOf, Plot } from "../../transformer/grid/js/plot.js";
import { Tensor as Numbers } from "../../transformer/standalone/js/model.js";
import { tensorsOf } from "./fixtures.js";

const values = new Numbers([3, 2], Float32Array.of(0, 1, 0.5, 0.5, 1, 0));
const [tensor] = tensorsOf({ name: "x", values, scale: { kind: "sequential", low: 0, high: 1 }, curves: [0, 1] });
const plot = new Plot(tensor, { width: 220, height: 120, left: 10, right: 210, top: 10, bottom: 110 });

test("a curve goes from the left edge to the right, low values below", () => {
  assert.deepEqual(
    [plot.at(0, 0), plot.at(1, 0), plot.at(2, 0)],
    [
      [10, 110],
      [110, 60],
      [210, 10],
    ],
  );
  assert.deepEqual(levelsOf(tensor), [0, 0.25, 0.5, 0.75, 1]);
});

test("a point is nearest to a row, and there to a curve", () => {
  for (const row of [0, 2])
    for (const column of [0, 1]) assert.deepEqual(plot.nearest(...plot.at(row, column)), [row, column]);
  assert.deepEqual(plot.nearest(-50, 10), [0, 1]);
  assert.deepEqual(plot.nearest(999, 10), [2, 0]);
});
