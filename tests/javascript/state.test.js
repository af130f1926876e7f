import assert from "node:assert/strict";
import { test } from "node:test";
import { measure } from "../../transformer/grid/js/geometry.js";
import { keptPlace } from "../../transformer/grid/js/state.js";
import { counting, dataOf, look, stateOf } from "./fixtures.js";

const three = ["a", "b", "c"].map((title) => ({ title, tensors: [counting([2, 3])] }));

test("who is at the last frame stays at the last, others at theirs or as far along", () => {
  assert.equal(keptPlace(2, ["a", "b", "c"], ["a", "b", "c", "d"]), 3);
  assert.equal(keptPlace(1, ["a", "b", "c"], ["b", "c", "d"]), 0);
  assert.equal(keptPlace(1, ["a", "b", "c"], ["e", "f", "g", "h", "i"]), 2);
});

test("the page moves the view where it changes `start`, not where it repeats it", () => {
  const state = stateOf(three, { start: 1 });
  assert.equal(state.at, 1);
  state.at = 2;
  state.take(dataOf(three, { start: 1 }));
  assert.equal(state.at, 2);
  state.take(dataOf(three, { start: 0 }));
  assert.equal(state.at, 0);
});

test("what the page repeats of a report does not move the view back", () => {
  const state = stateOf(three, { start: 0 });
  state.at = 2;
  state.reported = { frame: 1, lock: null };
  state.take(dataOf(three, { start: 1 }));
  assert.equal(state.at, 2);
  state.reported = { frame: 2, lock: null };
  state.take(dataOf(three, { start: 1, revision: 1 }));
  assert.equal(state.at, 1);
});

test("with fewer frames the last is shown, and no cell that there is not", () => {
  const state = stateOf(three);
  state.at = 2;
  state.hover = { pos: 0, index: [1, 2] };
  state.take(dataOf([{ title: "a", tensors: [counting([2, 2])] }]));
  assert.deepEqual([state.at, state.hover], [0, null]);
});

test("a panel is enlarged with those of the same shape in every frame", () => {
  const shapes = [
    [2, 4, 4],
    [2, 4, 4],
    [2, 3, 3],
  ];
  const [x, y, z] = shapes.map((shape, i) => counting(shape, { name: "xyz"[i] }));
  const state = stateOf([
    { title: "", tensors: [x, y, z] },
    { title: "", tensors: [x, counting([2, 3, 3], { name: "y" })] },
  ]);
  state.enlarge({ tensor: "x", panel: [0] });
  assert.deepEqual(
    state.tensors.map((tensor) => state.isLocked(tensor)),
    [true, false, false],
  );
  state.enlarge(null);
  assert.equal(state.isLocked(state.tensors[0]), false);
});

test("a window stays inside its tensor, and equal shapes move together", () => {
  const state = stateOf([{ title: "", tensors: [counting([50, 9]), counting([50, 9], { name: "y" })] }]);
  const [x, y] = state.tensors.map((tensor) => state.picture(tensor, measure(tensor, 8, [10, 9], 400, look())));
  state.move(x, 0, 99);
  assert.deepEqual(state.picture(y.tensor, y.geometry).starts, [40, 0]);
  const taller = measure(y.tensor, 8, [30, 9], 400, look());
  assert.deepEqual(state.picture(y.tensor, taller).starts, [20, 0]);
  state.move(x, 0, -5);
  assert.deepEqual(state.picture(y.tensor, y.geometry).starts, [0, 0]);
});

test("the cell pointed at is lit in its like, and not in other shapes", () => {
  const views = [counting([4, 4]), counting([4, 4], { name: "y" }), counting([4, 5], { name: "z" })];
  const state = stateOf([{ title: "", tensors: views }]);
  assert.equal(state.lit(0), null);
  state.hover = { pos: 0, index: [1, 2] };
  assert.deepEqual([state.lit(0), state.lit(1), state.lit(2)], [[1, 2], [1, 2], null]);
});
