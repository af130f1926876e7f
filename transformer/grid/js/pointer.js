/**
 * Handles mouse, pen and touch in a picture: pointing, clicking, dragging, and the wheel.
 *
 * @import { Acts } from "./acts.js"
 * @import { Figure } from "./figure.js"
 * @import { State } from "./state.js"
 * @import { Cell } from "./tensor.js"
 */

import { hit } from "./picture.js";

const STILL = 4;
const WHEEL_PIXELS = 24;

export class Pointer {
  /**
   * Where the pointer was pressed, and the visible part at that time; null while it is not pressed.
   * @type {{x: number, y: number, starts: number[], moved: boolean}|null}
   */
  #drag = null;
  /** The cell on which the pointer was released without dragging. @type {Cell|null} */
  #letGo = null;

  /** @param {Figure} figure @param {State} state @param {Acts} acts */
  constructor(figure, state, acts) {
    this.figure = figure;
    this.state = state;
    this.acts = acts;
    const { over } = figure;
    over.onmousedown = (event) => event.preventDefault(); // would set the cursor to the first cell
    over.onpointermove = (event) => this.#pointed(event);
    over.onpointerleave = (event) => this.#left(event);
    over.onpointerdown = (event) => this.#pressed(event);
    over.onpointerup = (event) => this.#released(event);
    over.onpointercancel = () => {
      this.#drag = null;
    };
    over.onclick = (event) => this.#clicked(event);
    over.addEventListener("wheel", (event) => this.#wheeled(event), { passive: false });
  }

  /** @param {MouseEvent} event */
  #hit(event) {
    const box = this.figure.over.getBoundingClientRect();
    return hit(this.figure.picture, event.clientX - box.left, event.clientY - box.top);
  }

  /** @param {number[]} index */
  #cell(index) {
    return { pos: this.figure.pos, index };
  }

  /** @param {PointerEvent} event */
  #pointed(event) {
    const { cells, header } = this.#hit(event);
    const index = header ? null : (cells[0] ?? null);
    if (this.#drag) {
      this.#dragged(event, index);
      return;
    }
    this.figure.over.style.cursor = cells.length && this.#isActive(header) ? "pointer" : "default";
    this.acts.point(index && this.#cell(index));
  }

  /** Whether a click does something. @param {boolean} header */
  #isActive(header) {
    const { options, hasRows } = this.state;
    return options.editable || (!header && (hasRows || this.figure.picture.tensor.panels > 1));
  }

  /** After a touch, the cell stays highlighted. @param {PointerEvent} event */
  #left(event) {
    if (!this.#drag && event.pointerType !== "touch") this.acts.point(null);
  }

  /** @param {PointerEvent} event */
  #pressed(event) {
    if (event.button !== 0) return;
    this.acts.focus();
    const { cells, header } = this.#hit(event);
    this.#drag = { x: event.clientX, y: event.clientY, starts: this.figure.picture.starts, moved: false };
    this.figure.over.setPointerCapture(event.pointerId);
    if (!header && cells.length) this.acts.point(this.#cell(cells[0]));
    if (this.state.options.editable) this.acts.paint(this.figure.pos, cells);
  }

  /** Collect cells if they are editable, else scroll. @param {PointerEvent} event @param {number[]|null} index */
  #dragged(event, index) {
    if (!this.state.options.editable) this.#moveWindow(event);
    else if (index) {
      this.acts.paint(this.figure.pos, [index]);
      this.acts.point(this.#cell(index));
    }
  }

  /** @param {PointerEvent} event */
  #moveWindow(event) {
    const drag = this.#drag;
    const { tensor, geometry } = this.figure.picture;
    if (!drag) return;
    [event.clientY - drag.y, event.clientX - drag.x].forEach((distance, i) => {
      const axis = tensor.rank - 2 + i;
      if (Math.abs(distance) > STILL) drag.moved = true;
      if (geometry.counts[axis] < tensor.shape[axis]) {
        const start = drag.starts[axis] - Math.round(distance / geometry.cell);
        this.acts.move(this.figure.picture, axis, start);
      }
    });
  }

  /** @param {PointerEvent} event */
  #released(event) {
    const drag = this.#drag;
    if (!drag) return;
    this.#drag = null;
    const { options, painted } = this.state;
    if (options.editable) {
      if (painted?.cells.length) this.acts.edit(this.figure.pos, painted.cells);
      return;
    }
    const { cells, header } = this.#hit(event);
    this.#letGo = !drag.moved && !header && cells.length ? this.#cell(cells[0]) : null;
  }

  /** Handle a click, but not the second one of a double click, which would undo the first. @param {MouseEvent} event */
  #clicked(event) {
    if (this.#letGo && event.detail < 2) this.acts.choose(this.#letGo);
    this.#letGo = null;
  }

  /** Scroll an axis that is cut; at its end, the page scrolls. @param {WheelEvent} event */
  #wheeled(event) {
    const { tensor, geometry, starts } = this.figure.picture;
    const isAcross = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    const axis = tensor.rank - (isAcross ? 1 : 2);
    const cells = Math.max(1, Math.round(WHEEL_PIXELS / geometry.cell));
    const step = Math.sign(isAcross ? event.deltaX || event.deltaY : event.deltaY) * cells;
    const next = Math.max(0, Math.min(starts[axis] + step, tensor.shape[axis] - geometry.counts[axis]));
    if (next === starts[axis]) return;
    event.preventDefault();
    this.acts.move(this.figure.picture, axis, next);
  }
}
