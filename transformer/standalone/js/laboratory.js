/**
 * A mask that is edited cell by cell: what the model answers with it, and whether it leaks.
 *
 * @import { Edits, Transformer } from "./model.js"
 * @import { Frame } from "./payload.js"
 * @import { Attention, Scene } from "./views.js"
 * @typedef {{flipped: Set<string>, isInverted: boolean}} Edit  cells "row,column" that are not as the model has them, and
 *   whether then all are turned round
 */

import { decodeSteps, probeLeak } from "./decoding.js";
import { Tensor, Trace } from "./model.js";
import { headsOf, leakFrame, maskView, placeOf, tokensOf } from "./views.js";

/** The cells in an address. @param {string} text @returns {Set<string>} */
export const cellsOf = (text) => new Set(text.split(" ").filter((one) => /^\d+,\d+$/.test(one)));

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
 * The edit in all layers of an attention.
 * @param {Transformer} model @param {Attention} attention @param {Edit} edit
 * @param {() => number} rows how many there are in the pass
 * @returns {Edits}
 */
function editsOf(model, attention, edit, rows) {
  const places = Array.from({ length: model.config.num_layers }, (_, layer) => `${placeOf(attention, layer)}.mask`);
  return new Map(places.map((place) => [place, (mask) => editedMask(mask, rows(), edit)]));
}

/**
 * @param {Scene} scene @param {number[]} source @param {Attention} attention @param {Edit} edit
 * @param {number} limit
 * @returns {Frame[]}
 */
export function laboratoryFrames(scene, source, attention, edit, limit) {
  const { model, task, t } = scene;
  const before = answerOf([...decodeSteps(model, source, limit)]);
  const read = before.slice(0, -1);
  const own = new Trace();
  model.forward([source], [read], own);
  const place = placeOf(attention, 0);
  const [rows, columns] = own.get(`${place}.energy`).shape.slice(-2);
  const mask = editedMask(own.get(`${place}.mask`), rows, edit);
  const trace = new Trace(editsOf(model, attention, edit, () => rows));
  model.forward([source], [read], trace);
  const after = answerWith(model, source, attention, edit, limit);
  /** @type {Frame["tokens"]} */
  const tokens = [
    [t("answer"), tokensOf(task, "target", before.slice(1))],
    [
      t("answer with this mask"),
      tokensOf(task, "target", after.slice(1)).map((token, i) => ({
        ...token,
        kind: after[i + 1] === before[i + 1] ? "plain" : "wrong",
      })),
    ],
  ];
  const weights = { ...headsOf(scene, trace, attention, source, read), name: t("weights") };
  const first = {
    title: t("mask"),
    tokens,
    tensors: [maskView(scene, mask.view([rows, columns]), attention, source, read), weights],
    caption: t(
      "Click cells of the mask: it holds for all heads and layers of this attention, at every step of decoding.",
    ),
  };
  const leak = probeLeak(withEdit(model, attention, edit), source, read);
  return [first, { ...leakFrame(scene, read, leak), tokens }];
}

/** From SOS on. @param {{tokens: number[]}[]} steps */
export const answerOf = (steps) => steps[steps.length - 1].tokens;

/**
 * The answer with the edited mask: a step's rows are those of the target so far.
 * @param {Transformer} model @param {number[]} source @param {Attention} attention @param {Edit} edit
 * @param {number} limit
 */
function answerWith(model, source, attention, edit, limit) {
  let rows = 0;
  /** @type {Pick<Transformer, "config" | "makeSrcMask" | "encode" | "decode">} */
  const watched = {
    config: model.config,
    makeSrcMask: (src) => model.makeSrcMask(src),
    encode: (src, mask, trace) => model.encode(src, mask, trace),
    decode: (trg, encoded, mask, trace) => {
      rows = trg[0].length;
      return model.decode(trg, encoded, mask, trace);
    },
  };
  const edits = editsOf(model, attention, edit, () => (attention === "encoder" ? source.length : rows));
  return answerOf([...decodeSteps(watched, source, limit, null, edits)]);
}

/**
 * The model with the edited mask in every pass.
 * @param {Transformer} model @param {Attention} attention @param {Edit} edit
 * @returns {Pick<Transformer, "config" | "forward">}
 */
function withEdit(model, attention, edit) {
  return {
    config: model.config,
    forward: (src, trg) => {
      const rows = (attention === "encoder" ? src : trg)[0].length;
      return model.forward(src, trg, new Trace(editsOf(model, attention, edit, () => rows)));
    },
  };
}
