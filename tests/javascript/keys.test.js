import assert from "node:assert/strict";
import { test } from "node:test";
import { besideCell, keyInGrid, keyOnPage } from "../../transformer/grid/js/keys.js";
import { counting, tensorsOf } from "./fixtures.js";

const outside = { inCells: false, inButton: false, isLone: false };
const within = { ...outside, inCells: true };

test("arrows step through frames, and move the cursor in cells", () => {
  assert.deepEqual(
    ["ArrowLeft", "ArrowRight", "Home", "End"].map((key) => keyInGrid(key, outside)),
    ["back", "on", "first", "last"],
  );
  assert.deepEqual(
    ["ArrowLeft", "ArrowUp", "Home"].map((key) => keyInGrid(key, within)),
    ["left", "up", null],
  );
});

test("space plays frames, acts on cells, and is a button's own", () => {
  assert.equal(keyInGrid(" ", outside), "toggle");
  assert.equal(keyInGrid(" ", within), "act");
  assert.equal(keyInGrid(" ", { ...outside, isLone: true }), "act");
  assert.equal(keyInGrid(" ", { ...outside, inButton: true }), null);
  assert.equal(keyInGrid("Enter", { ...within, inButton: true }), null);
});

test("the page's main grid takes keys that need no cell", () => {
  assert.deepEqual(
    ["ArrowLeft", " ", "f", "s"].map((key) => keyOnPage(key, false)),
    ["back", "toggle", "full", "save"],
  );
  assert.deepEqual(
    ["Escape", "Enter", "ArrowUp", "x"].map((key) => keyOnPage(key, false)),
    [null, null, null, null],
  );
  assert.deepEqual(
    ["ArrowLeft", " ", "F"].map((key) => keyOnPage(key, true)),
    [null, null, "full"],
  );
});

test("the cursor goes through all panels of a row, and stops at the edge", () => {
  const [tensor] = tensorsOf(counting([1, 3, 2, 4]));
  let index = [0, 0, 1, 0];
  const seen = [index];
  for (let i = 0; i < 20; i++) {
    index = besideCell(tensor, index, 1, 1, false);
    seen.push(index);
  }
  assert.equal(new Set(seen.map(String)).size, 12);
  assert.deepEqual(index, [0, 2, 1, 3]);
  assert.deepEqual(besideCell(tensor, [0, 1, 0, 0], 1, -1, false), [0, 0, 0, 3]);
});

test("in an enlarged panel, and in a matrix, the cursor stays inside", () => {
  const [heads, matrix] = tensorsOf(counting([1, 3, 2, 4]), counting([2, 4], { name: "y" }));
  assert.deepEqual(besideCell(heads, [0, 0, 1, 3], 1, 1, true), [0, 0, 1, 3]);
  assert.deepEqual(besideCell(matrix, [1, 3], 2, 1, false), [1, 3]);
});
