import assert from "node:assert/strict";
import { test } from "node:test";
import { Frames } from "../../transformer/grid/js/frames.js";
import { cellsOf, editedMask } from "../../transformer/standalone/js/laboratory.js";
import { Tensor } from "../../transformer/standalone/js/model.js";
import { BOOLEAN } from "../../transformer/standalone/js/payload.js";
import { hashOf, readSettings, within } from "../../transformer/standalone/js/settings.js";
import { Task } from "../../transformer/standalone/js/views.js";
import { allIndices, counting, dataOf } from "./fixtures.js";

test("an address says what is not at its default, and is read back", () => {
  assert.equal(hashOf(readSettings("")), "#");
  const hash = "#view=laboratory&input=7+2+8&cells=0%2C1+0%2C2&lang=en";
  const settings = readSettings(hash);
  assert.deepEqual([settings.view, settings.input, settings.cells], ["laboratory", "7 2 8", "0,1 0,2"]);
  assert.equal(hashOf(settings), hash);
});

test("what an address cannot ask for is left at its default", () => {
  const settings = readSettings(`#view=__proto__&show=toString&nothing=1&input=${"9".repeat(1000)}`);
  assert.deepEqual([settings.view, settings.show, settings.input.length], ["decoding", "cross", 400]);
  assert.deepEqual(
    [within("", 0, 1, 0.5), within("2", 0, 1, 0.5), within("x", 0, 1, 0.5), within("0", 0, 1, 0.5)],
    [0.5, 0.5, 0.5, 0],
  );
});

test("cells of a mask are turned round, in every row that there is, and then all", () => {
  const mask = new Tensor([1, 1, 1, 3], Float32Array.of(1, 1, 0));
  const edit = { flipped: cellsOf("1,0 0,2 nonsense"), isInverted: false };
  assert.deepEqual([...editedMask(mask, 2, edit).values], [1, 1, 1, 0, 1, 0]);
  assert.deepEqual([...editedMask(mask, 2, { ...edit, isInverted: true }).values], [0, 0, 0, 1, 0, 1]);
});

test("what is packed here is what the grid unpacks", () => {
  const mask = new Tensor([2, 3, 4]).map((_, i) => Number(i % 3 === 0));
  const frames = new Frames(
    dataOf([
      { title: "", tensors: [counting([2, 3, 4], { masked: mask }), { name: "m", values: mask, scale: BOOLEAN }] },
    ]),
  );
  const [numbers, flags] = frames.tensors(0);
  allIndices([2, 3, 4]).forEach((index, i) => {
    assert.deepEqual(
      [numbers.at(index), numbers.masked(index), flags.at(index)],
      [i, i % 3 === 0, Number(i % 3 === 0)],
    );
  });
});

test("what was typed becomes ids, the longest word first", () => {
  const task = new Task({ source: ["a", "ab", "c"], target: ["x"], example: "", separator: " " });
  assert.deepEqual(task.encode("ab, c a"), [1, 4, 5, 3, 2]);
  assert.deepEqual(task.encode("abc"), [1, 4, 5, 2]);
  assert.equal(task.encode("ad"), null);
  assert.equal(task.encode("  "), null);
});
