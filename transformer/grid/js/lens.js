/**
 * A magnifier beside the panel pointed at, if its cells are too small to read.
 *
 * @import { Figure } from "./figure.js"
 * @import { Geometry } from "./geometry.js"
 * @import { Picture } from "./picture.js"
 * @import { Nodes } from "./skeleton.js"
 * @import { State } from "./state.js"
 */

import { largestCell, MIN_SINGLE_CELL } from "./arrange.js";
import { prepare } from "./dom.js";
import { drawCross, drawTensor } from "./drawing.js";
import { fullCounts, measure } from "./geometry.js";
import { placeOf } from "./picture.js";

const LENS_CELL = 14;
const LENS_ROOM = 320;
const LENS_GAIN = 1.4;
const MAX_LENS_CELL = 34;

export class Lens {
  /** @param {Nodes} nodes @param {State} state */
  constructor(nodes, state) {
    this.nodes = nodes;
    this.state = state;
  }

  /** @param {Figure[]} figures */
  show(figures) {
    const { hover } = this.state;
    const { lens } = this.nodes;
    const figure = hover && figures[hover.pos];
    lens.hidden = !figure || !this.#helps(figure.picture);
    if (!figure || lens.hidden) return;
    const picture = this.#enlarged(figure.picture, hover.index);
    const context = prepare(lens, picture.geometry, picture.look.ratio);
    drawTensor(context, picture);
    drawCross(context, picture, hover.index);
    this.#put(figure, hover.index, picture.geometry);
  }

  /** @param {Picture} picture */
  #helps({ tensor, geometry, look }) {
    return tensor.panels > 1 && !this.state.isLocked(tensor) && geometry.cell < LENS_CELL * look.scale;
  }

  /**
   * A picture of the visible part of the panel with larger cells.
   * @param {Picture} picture
   * @param {number[]} index
   */
  #enlarged({ tensor, geometry }, index) {
    const { look } = this.state;
    const least = Math.max(look.snap(geometry.cell * LENS_GAIN), MIN_SINGLE_CELL);
    const [rows, columns] = geometry.counts.slice(-2);
    const room = Math.max(LENS_ROOM * look.scale, Math.max(rows, columns) * least + 2 * look.maxLabel);
    const largest = largestCell([tensor], 1, room, room, look, () => true);
    const cell = look.snap(Math.max(least, Math.min(largest, MAX_LENS_CELL * look.scale)));
    const counts = [...fullCounts(tensor, true).slice(0, -2), rows, columns];
    return this.state.picture(tensor, measure(tensor, cell, counts, room, look), index.slice(0, -2));
  }

  /**
   * Place the magnifier right of the panel, or left of it if there is not enough space.
   * @param {Figure} figure
   * @param {number[]} index
   * @param {Geometry} geometry of the lens
   */
  #put(figure, index, { width, height }) {
    const { root, lens } = this.nodes;
    const { geometry } = figure.picture;
    const { panel } = placeOf(figure.picture, index);
    if (!panel) return;
    const outer = root.getBoundingClientRect();
    const inner = figure.area.getBoundingClientRect();
    const left = inner.left - outer.left + panel.left;
    const right = left + geometry.stepX + 4;
    const most = outer.height - height - 24;
    lens.style.left = `${right + width + 24 < outer.width ? right : Math.max(0, left - width - 32)}px`;
    lens.style.top = `${Math.max(0, Math.min(inner.top - outer.top + panel.top - 40, most))}px`;
  }
}
