/**
 * One tensor on the stage, what the pointer does to it, and the lens that enlarges small panels.
 */

/** One tensor on the stage: title, two canvases (picture, highlights), legend and sliders. */
class Figure {
  constructor(grid) {
    this.grid = grid;
    this.heading = el("figcaption");
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.over = el("canvas", { role: "application", tabindex: 0, class: "over" });
    this.area = el("div", { class: "area" }, this.canvas, this.over);
    this.sliders = el("div", { class: "sliders" });
    this.node = el("figure", {}, this.heading, this.area, this.sliders);
    this.listen();
  }

  /** @param {Picture} picture */
  show(picture, pos) {
    this.pos = pos;
    const { tensor, geometry, look } = picture;
    const looks = `${tensor.signature}|${this.grid.slots.get(tensor.name)?.width}|${picture.starts}|${geometry.width}|${geometry.outer}|${look.text}|${tensor.view.scale.low},${tensor.view.scale.high}`;
    this.picture = picture;
    this.node.dataset.figure = tensor.name;
    this.node.dataset.cell = geometry.cell;
    this.node.dataset.numbered = drawTensor(prepare(this.canvas, geometry, look.ratio), picture);
    if (looks === this.looks && this.data === this.grid.data) return;
    this.looks = looks;
    this.data = this.grid.data;
    const slot = this.grid.slots.get(tensor.name);
    this.node.style.width = `${slot?.width ?? geometry.outer}px`;
    this.node.style.minHeight = slot ? `${slot.height + look.title}px` : "";
    this.area.style.width = `${geometry.width}px`;
    this.over.style.touchAction = this.grid.data.options.editable ? "none" : "pan-y";
    this.showHeading();
    this.showSliders();
  }

  showHeading() {
    const { tensor } = this.picture;
    const shape = el("span", { class: "shape" }, indexText(tensor.values.shape));
    const empty = size(tensor.shape) === 0 ? ` ${this.grid.texts.empty}` : "";
    const truth = el("span", { class: "truth" }, tensor.truth + empty);
    this.over.setAttribute("aria-label", `${tensor.name} ${shape.textContent}. ${this.grid.cellKeys(tensor)}`);
    this.heading.title = `${tensor.name} ${shape.textContent}`;
    this.heading.replaceChildren(el("b", {}, tensor.name), truth, shape);
  }

  /** A slider for every axis that is not shown whole. */
  showSliders() {
    const { tensor, geometry } = this.picture;
    const locked = this.grid.isLocked(tensor);
    const cut = tensor.shape
      .map((length, axis) => ({ axis, length, count: geometry.counts[axis] }))
      .filter(({ axis, length, count }) => count < length && !(locked && axis >= tensor.rank - 4 && axis < tensor.rank - 2));
    if (this.sliders.contains(this.node.getRootNode().activeElement) && this.cutKey === JSON.stringify(cut)) {
      return this.labelSliders();
    }
    this.cutKey = JSON.stringify(cut);
    this.sliderParts = cut.map((part) => ({ ...part, ...this.slider(part) }));
    this.sliders.replaceChildren(...this.sliderParts.map(({ node }) => node));
    return this.labelSliders();
  }

  slider({ axis, length, count }) {
    const label = el("span");
    const input = el("input", { type: "range", min: 0, max: length - count, step: 1, "data-axis": axis });
    input.oninput = () => this.move(axis, Number(input.value));
    return { node: el("label", { class: "slider" }, label, input), label, input };
  }

  labelSliders() {
    const { tensor, starts } = this.picture;
    const { texts } = this.grid;
    for (const { axis, length, count, label, input } of this.sliderParts) {
      const name = tensor.axisName(axis) ?? fill(texts.axis, { number: axis - tensor.hidden });
      const first = starts[axis];
      const text = count === 1 ? texts.choice : texts.window;
      const last = count === 1 ? length - 1 : first + count - 1;
      label.textContent = fill(text, { axis: name, first, last, size: length });
      input.value = String(first);
    }
  }

  move(axis, start) {
    const { tensor, geometry } = this.picture;
    const most = tensor.shape[axis] - geometry.counts[axis];
    this.grid.windows.get(String(tensor.shape))[axis] = Math.max(0, Math.min(start, most));
    this.grid.showTensors();
    this.grid.showHover();
    this.grid.mirrorSoon();
  }

  /** Move the window of a large tensor so that it shows the cell at `index`. */
  reveal(index) {
    const { starts, geometry } = this.picture;
    index.forEach((at, axis) => {
      const [start, count] = [starts[axis], geometry.counts[axis]];
      if (at < start || at >= start + count) this.move(axis, at < start ? at : at - count + 1);
    });
  }

  /** How far down the window the cell at `index` is drawn, in pixels. */
  middleOf(index) {
    const { geometry, panels, starts, tensor } = this.picture;
    const panel = panels.find(({ lead }) => lead.every((value, axis) => value === index[axis]));
    const row = index[tensor.rank - 2] - starts[tensor.rank - 2];
    return this.over.getBoundingClientRect().top + (panel?.top ?? 0) + (row + 0.5) * geometry.cell;
  }

  drawOver(index, painted) {
    const { geometry, look } = this.picture;
    const context = prepare(this.over, geometry, look.ratio);
    if (painted?.pos === this.pos) this.drawPainted(context, painted.cells);
    if (index) drawCross(context, this.picture, index);
  }

  /** Cells being changed: outlined until the answer arrives. */
  drawPainted(context, cells) {
    const { geometry, starts, panels, look, tensor } = this.picture;
    const [row0, column0] = starts.slice(-2);
    context.strokeStyle = css(look.primary);
    context.lineWidth = 3;
    for (const index of cells) {
      const panel = panels.find(({ lead }) => lead.every((value, axis) => value === index[axis]));
      if (!panel) continue;
      const [row, column] = [index[tensor.rank - 2] - row0, index[tensor.rank - 1] - column0];
      context.strokeRect(panel.left + column * geometry.cell + 1.5, panel.top + row * geometry.cell + 1.5, geometry.cell - 3, geometry.cell - 3);
    }
  }

  // ----- pointer

  listen() {
    this.over.onmousedown = (event) => event.preventDefault(); // which would set the cursor to the first cell
    this.over.onfocus = () => this.grid.enterCells(this.pos);
    this.over.onpointermove = (event) => this.pointed(event);
    this.over.onpointerleave = (event) => this.left(event);
    this.over.onpointerdown = (event) => this.pressed(event);
    this.over.onpointerup = (event) => this.released(event);
    this.over.onpointercancel = () => (this.dragging = null);
    this.over.onclick = (event) => this.clicked(event);
    this.over.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
  }

  /** What lies under the pointer: cells (one, a row's, a column's) and whether it is a header. */
  hit(event) {
    const { geometry, starts, panels, tensor } = this.picture;
    const { cell } = geometry;
    const [rows, columns] = geometry.counts.slice(-2);
    const box = this.over.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const inside = (value, from, length) => value >= from && value < from + length;
    const column = (panel) => Math.floor((x - panel.left) / cell) + starts[tensor.rank - 1];
    const row = (panel) => Math.floor((y - panel.top) / cell) + starts[tensor.rank - 2];
    const across = panels.filter((panel) => inside(x, panel.left, columns * cell));
    const down = panels.filter((panel) => inside(y, panel.top, rows * cell));
    const panel = across.find((one) => down.includes(one));
    if (panel) return { cells: [[...panel.lead, row(panel), column(panel)]], header: false };
    const beside = geometry.eachLeft
      ? down.filter((one) => inside(x, one.left - geometry.rowWidth, geometry.rowWidth))
      : x < geometry.left && x > geometry.nameLeft ? down : [];
    if (geometry.labelled && beside.length) {
      const cells = beside.flatMap((one) => span(starts[tensor.rank - 1], columns, (c) => [...one.lead, row(one), c]));
      return { cells, header: true };
    }
    const below = geometry.labelled
      ? across.filter((one) => inside(y, one.top - geometry.columnHeight, geometry.columnHeight))
      : [];
    const heads = geometry.eachTop ? below : below.length ? across : [];
    const cells = heads.flatMap((one) => span(starts[tensor.rank - 2], rows, (r) => [...one.lead, r, column(one)]));
    return { cells, header: true };
  }

  pointed(event) {
    const { grid } = this;
    const { cells, header } = this.hit(event);
    const cell = header ? null : cells[0];
    if (this.dragging) return this.dragged(event, cell);
    this.over.style.cursor = cells.length && (grid.data.options.editable || (!header && (this.lockable() || grid.hasRows))) ? "pointer" : "default";
    grid.setHover(cell ? { pos: this.pos, index: cell } : null);
    return undefined;
  }

  lockable() {
    const { tensor } = this.picture;
    return tensor.panels > 1;
  }

  /** A finger that is lifted leaves the cell it pointed at lit. */
  left(event) {
    if (!this.dragging && event.pointerType !== "touch") this.grid.setHover(null);
  }

  pressed(event) {
    if (event.button !== 0) return;
    this.grid.root.focus({ preventScroll: true });
    const { cells, header } = this.hit(event);
    const editable = this.grid.data.options.editable;
    this.dragging = { x: event.clientX, y: event.clientY, starts: this.picture.starts, moved: false };
    this.over.setPointerCapture(event.pointerId);
    if (!header && cells.length) this.grid.setHover({ pos: this.pos, index: cells[0] });
    if (editable) this.paint(cells);
  }

  /** Editing: collect cells. Looking: move the window. */
  dragged(event, cell) {
    const { dragging, grid } = this;
    if (grid.data.options.editable) {
      if (cell) {
        this.paint([cell]);
        grid.setHover({ pos: this.pos, index: cell });
      }
      return;
    }
    const { tensor, geometry } = this.picture;
    [event.clientY - dragging.y, event.clientX - dragging.x].forEach((distance, i) => {
      const axis = tensor.rank - 2 + i;
      if (Math.abs(distance) > 4) dragging.moved = true;
      if (geometry.counts[axis] < tensor.shape[axis]) {
        this.move(axis, dragging.starts[axis] - Math.round(distance / geometry.cell));
      }
    });
  }

  paint(cells) {
    const { grid } = this;
    const known = grid.painted?.live && grid.painted.pos === this.pos ? grid.painted.cells : [];
    const fresh = cells.filter((cell) => !known.some((one) => String(one) === String(cell)));
    grid.painted = { pos: this.pos, cells: [...known, ...fresh], live: true };
    grid.showHover();
  }

  released(event) {
    const { grid, dragging } = this;
    if (!dragging) return;
    this.dragging = null;
    if (grid.data.options.editable) {
      const { cells } = grid.painted ?? { cells: [] };
      if (cells.length) grid.sendCells(this.pos, cells);
      return;
    }
    const { cells, header } = this.hit(event);
    this.letGo = !dragging.moved && !header && cells.length ? { pos: this.pos, index: cells[0] } : null;
  }

  /** The second click of a double one does not undo the first. */
  clicked(event) {
    if (this.letGo && event.detail < 2) this.grid.choose(this.letGo);
    this.letGo = null;
  }

  /** The wheel moves a cut axis while it can; otherwise the page scrolls. */
  wheeled(event) {
    const { tensor, geometry, starts } = this.picture;
    const across = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    const axis = tensor.rank - (across ? 1 : 2);
    const step = Math.sign(across ? event.deltaX || event.deltaY : event.deltaY) * Math.max(1, Math.round(24 / geometry.cell));
    const next = Math.max(0, Math.min(starts[axis] + step, tensor.shape[axis] - geometry.counts[axis]));
    if (next === starts[axis]) return;
    event.preventDefault();
    this.move(axis, next);
  }
}

/** The panel pointed at, enlarged beside it, where its cells are too small to read. */
class Lens {
  constructor(grid) {
    this.grid = grid;
    this.canvas = el("canvas", { class: "lens", "aria-hidden": "true", "data-testid": "tg-lens" });
    this.canvas.hidden = true;
  }

  /** @param {Cell|null} hover */
  show(hover) {
    const figure = hover && this.grid.figures[hover.pos];
    this.canvas.hidden = !figure || !this.helps(figure.picture);
    if (this.canvas.hidden) return;
    const picture = this.enlarged(figure.picture, hover.index);
    const context = prepare(this.canvas, picture.geometry, picture.look.ratio);
    drawTensor(context, picture);
    drawCross(context, picture, hover.index);
    this.put(figure, hover.index, picture.geometry);
  }

  helps({ tensor, geometry, look }) {
    return tensor.panels > 1 && !this.grid.isLocked(tensor) && geometry.cell < LENS_CELL * look.scale;
  }

  /** The panel with larger cells than it has in the picture, all of those that are seen there. */
  enlarged({ tensor, geometry }, index) {
    const { look } = this.grid;
    const least = Math.max(look.snap(geometry.cell * LENS_GAIN), MIN_SINGLE_CELL);
    const [rows, columns] = geometry.counts.slice(-2);
    const room = Math.max(LENS_ROOM * look.scale, Math.max(rows, columns) * least + 2 * look.maxLabel);
    const largest = largestCell([tensor], 1, room, room, look, () => true);
    const cell = look.snap(Math.max(least, Math.min(largest, MAX_LENS_CELL * look.scale)));
    const counts = [...fullCounts(tensor, true).slice(0, -2), rows, columns];
    return this.grid.pictureOf(tensor, measure(tensor, cell, counts, room, look), index.slice(0, -2));
  }

  /** Right of the panel, or left of it where there is no room. */
  put(figure, index, { width, height }) {
    const { geometry, panels } = figure.picture;
    const panel = panels.find(({ lead }) => lead.every((value, axis) => value === index[axis]));
    const outer = this.grid.root.getBoundingClientRect();
    const inner = figure.area.getBoundingClientRect();
    const left = inner.left - outer.left + panel.left;
    const right = left + geometry.stepX + 4;
    const most = outer.height - height - 24;
    this.canvas.style.left = `${right + width + 24 < outer.width ? right : Math.max(0, left - width - 32)}px`;
    this.canvas.style.top = `${Math.max(0, Math.min(inner.top - outer.top + panel.top - 40, most))}px`;
  }
}

const span = (start, count, make) => Array.from({ length: count }, (_, i) => make(start + i));
