// node compare.mjs SOURCES CHECKPOINT CASES: every tensor that JavaScript computes beside the one of PyTorch.
// Prints JSON: the largest difference and where, and what both wrote.
import { readFileSync } from "node:fs";

const [sources, checkpoint, cases] = process.argv.slice(2);
const names = "Tensor, Trace, readCheckpoint, decodeSteps, EOS";
const code = sources.split(",").map((path) => readFileSync(path, "utf8")).join("\n");
const { Tensor, Trace, readCheckpoint, decodeSteps } = new Function(`${code}\nreturn { ${names} };`)();
const bytes = (path) => { const file = readFileSync(path); return file.buffer.slice(file.byteOffset, file.byteOffset + file.length); };
const model = readCheckpoint(bytes(checkpoint));

function readTensors(buffer) {
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)));
  delete header.__metadata__;
  return new Map(Object.entries(header).map(([name, { shape, data_offsets: [from, to] }]) =>
    [name, new Tensor(shape, new Float32Array(buffer.slice(8 + length + from, 8 + length + to)))]));
}

const found = JSON.parse(readFileSync(`${cases}/cases.json`, "utf8")).map((one) => {
  const expected = readTensors(bytes(`${cases}/${one.file}`));
  const edits = new Map(one.edited.map((place) => [place, () => expected.get(place)]));
  const trace = new Trace(edits);
  model.forward(one.src, one.trg, trace);
  let worst = 0;
  let place = "";
  for (const [name, tensor] of expected) {
    const own = trace.get(name);
    if (String(own.shape) !== String(tensor.shape)) return { worst: Infinity, place: `${name}: ${own.shape}` };
    tensor.values.forEach((value, i) => {
      const far = Object.is(value, own.values[i]) || value === own.values[i] ? 0 : Math.abs(value - own.values[i]);
      if (!(far <= worst)) { worst = far; place = name; }
    });
  }
  const written = one.src.map((row) => [...decodeSteps(model, row, one.limit)].at(-1)?.tokens);
  return { worst, place, written, missing: [...trace.tensors.keys()].filter((name) => !expected.has(name)) };
});
console.log(JSON.stringify(found));
