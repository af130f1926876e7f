/**
 * The frames of a grid: their tensors, which are unpacked at first use, and what the frames have in common.
 *
 * @import { GridData, PackedTensor } from "./data.js"
 */

import { Values } from "./data.js";
import { Tensor } from "./tensor.js";

export class Frames {
  /** @type {Map<number, Tensor[]>} */
  #tensors = new Map();
  /** @type {Map<string, number>|undefined} */
  #kinds;

  /** @param {GridData} data */
  constructor(data) {
    this.data = data;
    this.arrays = data.arrays.map((packed) => new Values(packed, data.codecs));
  }

  get count() {
    return this.data.frames.length;
  }

  get titles() {
    return this.data.frames.map(({ title }) => title);
  }

  /** The tensors of the frame with index `at`. @param {number} at */
  tensors(at) {
    const found = this.#tensors.get(at) ?? this.data.frames[at].tensors.map((packed) => this.unpack(packed));
    this.#tensors.set(at, found);
    return found;
  }

  /** @param {PackedTensor} packed */
  unpack(packed) {
    return new Tensor(this.data, this.arrays, packed);
  }

  /** The kind of a frame: frames whose tensors have the same names and shapes are laid out alike. @param {number} at */
  kindOf(at) {
    return this.tensors(at)
      .map(({ signature }) => signature)
      .join("/");
  }

  /** The index of one frame of each kind. @returns {Map<string, number>} */
  get kinds() {
    this.#kinds ??= new Map(this.data.frames.map((_, at) => [this.kindOf(at), at]));
    return this.#kinds;
  }

  /** Whether all frames show tensors with the same names. */
  get showsTheSame() {
    const names = (/** @type {number} */ at) => String(this.tensors(at).map(({ name }) => name));
    return [...this.kinds.values()].every((at) => names(at) === names(0));
  }

  /** The names of tensors that have the same shape as tensor `name` in every frame with both. @param {string} name */
  kin(name) {
    /** @type {Map<string, boolean>} */
    const alike = new Map();
    for (let at = 0; at < this.count; at++) {
      const tensors = this.tensors(at);
      const own = tensors.find((tensor) => tensor.name === name);
      for (const other of own ? tensors : []) {
        const same = String(other.shape) === String(own?.shape);
        alike.set(other.name, same && (alike.get(other.name) ?? true));
      }
    }
    return new Set([...alike].filter(([, same]) => same).map(([other]) => other));
  }
}
