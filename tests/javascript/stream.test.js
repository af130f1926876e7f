import assert from "node:assert/strict";
import { test } from "node:test";

/** @import { Row } from "../../ui/live/js/history.js" */

/** A page that never changes and a clock that stands still: the module opens its stream when it is imported. */
Object.assign(globalThis, { document: { addEventListener() {} }, addEventListener() {}, setInterval() {} });
const { stream } = await import("../../ui/live/js/stream.js");

/** @param {number} after @param {number} to */
function span(after, to) {
  const rows = Array.from({ length: to - after }, (_, i) => [after + 1 + i]);
  return { after, to, marks: [], rows };
}

test("of steps told twice each is heard once", () => {
  /** @type {(number | null)[][]} */
  const heard = [];
  const topic = { kind: "steps", words: {} };
  const hear = (/** @type {{rows: Row[]}} */ news) => heard.push(news.rows.map(([step]) => step));
  stream.listeners.add({ topic, after: 3, hear });
  for (const one of [span(0, 5), span(2, 5), span(5, 6), span(0, 8)])
    stream.tell([{ topic, after: 0 }], { news: { 0: one } });
  assert.deepEqual(heard, [[4, 5], [6], [7, 8]]);
});

test("a topic is asked for once, from the least step on that a listener knows", () => {
  stream.listeners.clear();
  const topic = { kind: "steps", words: { run: "a" } };
  for (const after of [7, 3, 9]) stream.listeners.add({ topic, after, hear() {} });
  stream.listeners.add({ topic: { kind: "queue", words: {} }, after: 0, hear() {} });
  assert.deepEqual(
    stream.topics().map(({ after }) => after),
    [3, 0],
  );
});
