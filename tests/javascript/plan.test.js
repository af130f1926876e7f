import assert from "node:assert/strict";
import { test } from "node:test";
import { Plan } from "../../transformer/grid/js/plan.js";
import { counting, stateOf } from "./fixtures.js";

const LIMITS = {
  room: 800,
  heights: /** @type {[number, () => number]} */ ([420, () => Infinity]),
  screen: 1e6,
  sizes: () => ({ least: 10, wanted: 10, most: 10 }),
};

test("cells of one name are equally large in all frames, and none is wider than the room", () => {
  const frames = [14, 9, 4].map((length) => ({ title: String(length), tensors: [counting([2, 4, length, length])] }));
  const state = stateOf(frames);
  const plan = new Plan(state, LIMITS);
  const all = frames.map((_, at) => plan.geometry(state.frames.tensors(at)[0], at));
  assert.equal(new Set(all.map(({ cell }) => cell)).size, 1);
  assert.ok(all.every(({ outer }) => outer <= LIMITS.room));
  assert.ok(all[0].width > all[2].width);
  assert.deepEqual(plan.slots.get("x"), { width: all[0].outer, height: all[0].height });
});

test("an enlarged panel has larger cells, and it alone is shown", () => {
  const state = stateOf([{ title: "", tensors: [counting([2, 4, 6, 6])] }]);
  const before = new Plan(state, LIMITS).geometry(state.tensors[0], 0);
  state.enlarge({ tensor: "x", panel: [1, 2] });
  const after = new Plan(state, LIMITS).geometry(state.tensors[0], 0);
  assert.ok(after.cell > before.cell);
  assert.deepEqual(
    [before.counts, after.counts],
    [
      [2, 4, 6, 6],
      [1, 1, 6, 6],
    ],
  );
  assert.deepEqual(state.picture(state.tensors[0], after).starts, [1, 2, 0, 0]);
});
