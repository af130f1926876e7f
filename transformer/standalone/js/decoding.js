/**
 * Writing an answer one token at a time, and which tokens may be drawn.
 *
 * @import { Edits, Transformer } from "./model.js"
 */

import { EOS, SOS, softmax, Tensor, Trace } from "./model.js";

/**
 * @typedef {{temperature: number, topK: number, topP: number, seed: number}} Sampling top-k 0 keeps all tokens
 * @typedef {{tokens: number[], logits: Float32Array, probabilities: Float32Array, chances: Float32Array,
 *   trace: Trace}} DecodeStep `tokens` from SOS to the one just written; it was drawn by `chances`
 */

/** Decode one source: a step per token, until EOS is written. Greedy without `sampling`: the most probable token,
 * of equals the one with the lowest id. `edits` alter every step's pass (see `Trace`).
 * @param {Pick<Transformer, "config" | "makeSrcMask" | "encode" | "decode">} model
 * @param {number[]} source @param {number} limit @param {Sampling | null} [sampling]
 * @param {Edits} [edits] @returns {Generator<DecodeStep>} */
export function* decodeSteps(model, source, limit, sampling = null, edits = new Map()) {
  const random = sampling ? generator(sampling.seed) : null;
  const ofEncoder = new Trace(edits);
  const srcMask = model.makeSrcMask([source]);
  const encoded = model.encode([source], srcMask, ofEncoder);
  const tokens = [SOS];
  for (let step = 0; step < Math.min(limit, model.config.max_len); step++) {
    const trace = new Trace(edits);
    trace.tensors = new Map(ofEncoder.tensors);
    const all = model.decode([tokens], encoded, srcMask, trace); // [1, L, V]
    const logits = all.values.slice(-all.size(-1)); // of the last position
    const probabilities = softmax(new Tensor([logits.length], logits)).values;
    const chances = sampling ? chancesOf(logits, sampling) : probabilities;
    const newest = random ? drawn(chances, random()) : argmax(logits);
    tokens.push(newest);
    yield { tokens: [...tokens], logits, probabilities, chances, trace };
    if (newest === EOS) return;
  }
}

/** The place of the largest number, of equals the first; as in PyTorch, NaN is larger than any number.
 * @param {Float32Array} values */
function argmax(values) {
  if (values.some(Number.isNaN)) return values.findIndex(Number.isNaN);
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** By which chances a token is drawn: logits / temperature, then only the k most probable, then the fewest whose
 * probabilities add up to at least p; of equals those with the lowest ids stay.
 * @param {Float32Array} logits @param {Sampling} sampling */
function chancesOf(logits, { temperature, topK, topP }) {
  const order = [...logits.keys()].sort((a, b) => logits[b] - logits[a] || a - b);
  const scaled = logits.map((value, id) => {
    if (temperature === 0) return id === order[0] ? 0 : -Infinity;
    return topK && order.indexOf(id) >= topK ? -Infinity : value / temperature;
  });
  const shares = softmax(new Tensor([logits.length], scaled)).values;
  let before = 0;
  const kept = new Set();
  for (const id of order) {
    if (before < topP || kept.size === 0) kept.add(id);
    before += shares[id];
  }
  const left = scaled.map((value, id) => (kept.has(id) ? value : -Infinity));
  return softmax(new Tensor([logits.length], left)).values;
}

/** @param {Float32Array} chances @param {number} chance from 0 up to 1 */
function drawn(chances, chance) {
  let below = 0;
  let last = 0;
  for (let id = 0; id < chances.length; id++) {
    if (!chances[id]) continue;
    below += chances[id];
    last = id;
    if (chance < below) return id;
  }
  return last;
}

/** Random numbers from 0 up to 1, the same for the same seed (mulberry32; other ones than PyTorch's).
 * @param {number} seed */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How far two numbers are apart; 0 if both are NaN, NaN if one of them is. @param {number} a @param {number} b */
export const change = (a, b) => (Object.is(a, b) ? 0 : a - b);

/** Whether any other content of a masked place reaches the logits: token by token, as the app's leak probe. For
 * each source token and each later target token another one is put in its place; reported is what changed.
 * @param {Pick<Transformer, "config" | "forward">} model @param {number[]} source @param {number[]} target
 * @returns {{future: number[][], largest: number}} [changed, affected]: largest change of any logit there */
export function probeLeak(model, source, target) {
  const words = model.config.trg_vocab_size;
  const before = model.forward([source], [target]);
  const width = before.size(-1);
  let largest = 0;
  const future = target.map((token, changed) => {
    const other = target.map((id, i) => (i === changed ? 3 + ((token - 3 + 1) % Math.max(words - 3, 1)) : id));
    const after = model.forward([source], [other]);
    return target.map((_, affected) => {
      let difference = 0;
      for (let word = 0; word < width; word++) {
        const at = affected * width + word;
        difference = Math.max(difference, Math.abs(change(after.values[at], before.values[at])));
      }
      if (affected < changed) largest = Math.max(largest, difference);
      return difference;
    });
  });
  return { future, largest };
}
