import assert from "node:assert/strict";
import { test } from "node:test";
import { Frames } from "../../transformer/grid/js/frames.js";
import { editedMask } from "../../transformer/standalone/js/laboratory.js";
import { Tensor } from "../../transformer/standalone/js/model.js";
import { BOOLEAN } from "../../transformer/standalone/js/payload.js";
import { hashOf, readCells, readSettings, within, writeCells } from "../../transformer/standalone/js/settings.js";
import { Task } from "../../transformer/standalone/js/views.js";
import { allIndices, counting, dataOf } from "./fixtures.js";

test("an address says what is not at its default, and is read back", () => {
  assert.equal(hashOf(readSettings("")), "#");
  const hash = "#view=laboratory&input=7+2+8&cells=0.0.6&lang=en";
  const settings = readSettings(hash);
  assert.deepEqual([settings.view, settings.input, settings.cells], ["laboratory", "7 2 8", "0.0.6"]);
  assert.equal(hashOf(settings), hash);
});

test("what an address cannot ask for is left at its default", () => {
  const settings = readSettings(`#view=__proto__&show=toString&nothing=1&input=${"9".repeat(2000)}`);
  assert.deepEqual([settings.view, settings.show, settings.input.length], ["decoding", "cross", 1000]);
  assert.deepEqual(
    [within("", 0, 1, 0.5), within("2", 0, 1, 0.5), within("x", 0, 1, 0.5), within("0", 0, 1, 0.5)],
    [0.5, 0.5, 0.5, 0],
  );
});

test("cells of a mask are turned round, in every row that there is, and then all", () => {
  const mask = new Tensor([1, 1, 1, 3], Float32Array.of(1, 1, 0));
  const edit = { flipped: readCells("0.1.1_0.0.4_nonsense"), isInverted: false, isPlain: false, fill: -Infinity };
  assert.deepEqual([...editedMask(mask, 2, edit).values], [1, 1, 1, 0, 1, 0]);
  assert.deepEqual([...editedMask(mask, 2, { ...edit, isInverted: true }).values], [0, 0, 0, 1, 0, 1]);
});

test("cells are written as the app writes them, and read back", () => {
  assert.deepEqual([...readCells("0.2-3.a")], ["2,1", "2,3", "3,1", "3,3"]);
  assert.equal(readCells("1.0.1_0.0_x_0.0.g").size, 0);
  const cells = new Set(["10,40", "0,0", "3,2", "0,39"]);
  assert.deepEqual(new Set(readCells(writeCells(cells))), cells);
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

test("what was typed becomes ids: words between blanks, characters, or the longest word first", () => {
  /** @param {Partial<import("../../transformer/standalone/js/views.js").Reading>} reading */
  const task = (reading) =>
    new Task({
      words: ["a", "ab", "c", "␣"],
      labels: { source: [], target: [] },
      example: "",
      reading: { form: "NFC", lower: true, replaced: [["[,;]", " "]], split: "longest", blank: "␣", ...reading },
    });
  assert.deepEqual(task({}).encode("ab, C a"), [1, 4, 5, 3, 2]);
  assert.deepEqual(task({}).encode("abc"), [1, 4, 5, 2]);
  assert.deepEqual(task({ split: "word" }).encode("ab c"), [1, 4, 5, 2]);
  assert.equal(task({ split: "word" }).encode("abc"), null);
  assert.equal(task({ lower: false }).encode("C"), null);
  assert.deepEqual(task({ split: "character" }).encode(" a  c "), [1, 3, 6, 5, 2]);
  assert.equal(task({}).encode("ad"), null);
  assert.equal(task({}).encode("  "), null);
});
