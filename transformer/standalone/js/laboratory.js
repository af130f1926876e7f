/**
 * A mask that is edited cell by cell: what the model answers with it, what changes, and whether it leaks.
 *
 * @import { Edits, Transformer } from "./model.js"
 * @import { Frame } from "./payload.js"
 * @import { Attention, Scene } from "./views.js"
 * @typedef {{flipped: Set<string>, isInverted: boolean, isPlain: boolean, fill: number}} Edit  `flipped`: cells
 *   "row,column" that are not as the model has them; `isInverted`: then all are turned round; `isPlain`: softmax has no
 *   guard against rows without a key; `fill` takes the place of a forbidden score, -Infinity for the model's own
 */

import { decodeSteps, probeLeak } from "./decoding.js";
import { softmax, Tensor, Trace } from "./model.js";
import { changeViews, headsOf, leakFrame, maskView, placeOf, tokensOf } from "./views.js";

const BEYOND = 3; // so many tokens may an answer be longer than that of the model's own mask

/**
 * A mask [1, 1, 1 or L, S] with its cells edited: [1, 1, `rows`, S].
 * @param {Tensor} mask
 * @param {number} rows
 * @param {Edit} edit
 */
export function editedMask(mask, rows, { flipped, isInverted }) {
  const wide = mask.expand([1, 1, rows, mask.size(-1)]);
  const columns = wide.size(-1);
  return wide.map((value, i) => {
    const kept = flipped.has(`${Math.floor(i / columns) % rows},${i % columns}`) ? 1 - value : value;
    return isInverted ? 1 - kept : kept;
  });
}

/**
 * The edit in all layers of an attention, for a `Trace`.
 * @param {Transformer} model @param {Attention} attention @param {Edit} edit @returns {Edits}
 */
export function editsOf(model, attention, edit) {
  const layers = Array.from({ length: model.config.num_layers }, (_, layer) => placeOf(attention, layer));
  return new Map(layers.flatMap((place) => editsAt(place, edit)));
}

/**
 * A mask comes as it is stored, so how many rows it has is read off the scores.
 * @param {string} place @param {Edit} edit @returns {[string, (tensor: Tensor) => Tensor][]}
 */
function editsAt(place, edit) {
  let [energy, mask, masked] = [new Tensor([0]), new Tensor([0]), new Tensor([0])];
  return [
    [`${place}.energy`, (tensor) => (energy = tensor)],
    [`${place}.mask`, (tensor) => (mask = editedMask(tensor, energy.size(-2), edit))],
    [
      `${place}.masked_energy`,
      (tensor) => (masked = edit.fill === -Infinity ? tensor : filled(tensor, mask, edit.fill)),
    ],
    [`${place}.weights`, (tensor) => (edit.isPlain ? softmax(masked, false) : tensor)],
  ];
}

/** @param {Tensor} scores [1, H, L, S] @param {Tensor} mask @param {number} fill */
function filled(scores, mask, fill) {
  const allowed = mask.expand(scores.shape);
  return scores.map((score, i) => (allowed.values[i] ? score : fill));
}

/**
 * @param {Scene} scene @param {number[]} source @param {Attention} attention @param {Edit} edit
 * @param {number} limit
 * @returns {Frame[]}
 */
export function laboratoryFrames(scene, source, attention, edit, limit) {
  const { model, t } = scene;
  const edits = editsOf(model, attention, edit);
  const before = answerOf([...decodeSteps(model, source, limit)]);
  const after = answerOf([...decodeSteps(model, source, before.length + BEYOND, null, edits)]);
  const read = before.slice(0, -1); // both passes read the same, so that positions can be compared
  const [own, edited] = [new Trace(), new Trace(edits)];
  for (const trace of [own, edited]) model.forward([source], [read], trace);
  const mask = edited.get(`${placeOf(attention, 0)}.mask`);
  const beside = maskView(scene, mask.view(mask.shape.slice(-2)), attention, source, read);
  const weights = { ...headsOf(scene, edited, attention, source, read), name: t("weights") };
  const leak = probeLeak(
    { config: model.config, forward: (src, trg) => model.forward(src, trg, new Trace(edits)) },
    source,
    read,
  );
  const tokens = answers(scene, before.slice(1), after.slice(1));
  return [
    {
      title: t("mask"),
      tokens,
      tensors: [beside, weights],
      caption: t(
        "Click cells of the mask: it holds for all heads and layers of this attention, at every step of decoding.",
      ),
    },
    {
      title: t("changes"),
      tokens,
      tensors: [beside, ...changeViews(scene, own, edited, attention, source, read)],
      caption: t("Both passes read the answer of the model's own mask, so that positions can be compared."),
    },
    { ...leakFrame(scene, read, leak, beside), tokens },
  ];
}

/** From SOS on. @param {{tokens: number[]}[]} steps */
export const answerOf = (steps) => steps[steps.length - 1].tokens;

/** Both answers, what differs marked. @param {Scene} scene @param {number[]} before @param {number[]} after
 * @returns {Frame["tokens"]} */
function answers({ task, t }, before, after) {
  const marked = tokensOf(task, "target", after).map((token, i) => ({
    ...token,
    kind: after[i] === before[i] ? "plain" : "wrong",
  }));
  return [
    [t("answer"), tokensOf(task, "target", before)],
    [t("answer with this mask"), marked],
  ];
}
