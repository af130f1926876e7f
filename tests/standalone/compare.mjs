// node compare.mjs CHECKPOINT CASES: every tensor that JavaScript computes beside the one of PyTorch.
// Prints JSON: the largest difference and where, and what both wrote.
import { readFileSync } from "node:fs";
import { decodeSteps } from "../../transformer/standalone/js/decoding.js";
import { readCheckpoint, Tensor, Trace } from "../../transformer/standalone/js/model.js";

/** @typedef {{file: string, src: number[][], trg: number[][], edited: string[], limit: number}} Case */

const [checkpoint, cases] = process.argv.slice(2);

/** @param {string} path */
function bytes(path) {
  const file = readFileSync(path);
  return /** @type {ArrayBuffer} */ (file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
}

const model = readCheckpoint(bytes(checkpoint));

/** @param {ArrayBuffer} buffer a safetensors file @returns {Map<string, Tensor>} */
function readTensors(buffer) {
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  const { __metadata__: _, ...tensors } = header;
  const read = Object.entries(tensors).map(
    ([
      name,
      {
        shape,
        data_offsets: [from, to],
      },
    ]) => {
      const values = new Float32Array(buffer.slice(8 + length + from, 8 + length + to));
      return /** @type {const} */ ([name, new Tensor(shape, values)]);
    },
  );
  return new Map(read);
}

/** @param {Case} one */
function compared(one) {
  const expected = readTensors(bytes(`${cases}/${one.file}`));
  const edits = new Map(one.edited.map((place) => [place, () => /** @type {Tensor} */ (expected.get(place))]));
  const trace = new Trace(edits);
  model.forward(one.src, one.trg, trace);
  let worst = 0;
  let place = "";
  for (const [name, tensor] of expected) {
    const own = trace.get(name);
    if (String(own.shape) !== String(tensor.shape)) return { worst: Infinity, place: `${name}: ${own.shape}` };
    tensor.values.forEach((value, i) => {
      const far = Object.is(value, own.values[i]) || value === own.values[i] ? 0 : Math.abs(value - own.values[i]);
      if (!(far <= worst)) {
        worst = far;
        place = name;
      }
    });
  }
  const written = one.src.map((row) => [...decodeSteps(model, row, one.limit)].at(-1)?.tokens);
  return { worst, place, written, missing: [...trace.tensors.keys()].filter((name) => !expected.has(name)) };
}

const found = JSON.parse(readFileSync(`${cases}/cases.json`, "utf8")).map(compared);
console.log(JSON.stringify(found));
