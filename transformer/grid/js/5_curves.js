/**
 * Columns of a matrix as curves over its rows, beside its picture. Pointing at a curve points at its cell.
 */

const CURVE_DASHES = [[], [7, 4], [2, 3], [8, 3, 2, 3], [13, 5], [4, 4]];
const CURVES_HEIGHT = 320;
const LOWEST_CURVES = 160;
const TICKS_APART = 44;
const DOTS_APART = 5;
const STEPS_OF_TICKS = [1, 2, 5, 10, 20, 50, 100, 200];
const LEVELS = 4;

class Curves {
  constructor(grid) {
    this.grid = grid;
    this.canvas = el("canvas", { "aria-hidden": "true" });
    this.over = el("canvas", { "aria-hidden": "true", class: "over" });
    this.legend = el("div", { class: "legend", "data-testid": "tg-curves" });
    this.node = el("div", { class: "curves" }, this.legend, el("div", { class: "area" }, this.canvas, this.over));
    this.over.onpointermove = (event) => grid.setHover(this.hit(event));
    this.over.onpointerleave = () => grid.setHover(null);
    this.over.onclick = (event) => grid.visitRow(this.hit(event).index[0]);
  }

  /** There is room for curves as long as any frame has some. */
  reserve() {
    this.node.hidden = this.grid.data.views.every(({ curves }) => !curves.length);
  }

  show() {
    if (this.node.hidden) return;
    const { grid } = this;
    const tensors = grid.tensorsOf(grid.at);
    this.pos = tensors.findIndex(({ view }) => view.curves.length);
    this.tensor = tensors[this.pos] ?? null;
    this.row = grid.data.frames[grid.at].row ?? null;
    this.legend.replaceChildren(...(this.tensor ? this.legendParts() : []));
    this.geometry = this.measure();
    const context = prepare(this.canvas, this.geometry, grid.look.ratio);
    if (this.tensor) this.draw(context);
  }

  measure() {
    const { look } = this.grid;
    const left = look.widest(this.levels().map(numberText)) + 12;
    const width = this.node.clientWidth;
    const height = Math.round(Math.max(LOWEST_CURVES, Math.min(CURVES_HEIGHT * look.scale, this.room())));
    return { width, height, left, right: width - 10, top: 10, bottom: height - 2.6 * look.font - 8 };
  }

  /** Below the legend, in pixels. */
  room() {
    const { main, stage } = this.grid;
    return stage.fills ? main.clientHeight - this.legend.offsetHeight : Infinity;
  }

  get rows() {
    return this.tensor.shape[0];
  }

  /** Heights at which the axis is labelled. */
  levels() {
    if (!this.tensor) return [];
    const { low, high } = this.tensor.view.scale;
    return Array.from({ length: LEVELS + 1 }, (_, i) => low + ((high - low) * i) / LEVELS);
  }

  x(row) {
    const { left, right } = this.geometry;
    return left + (row / Math.max(this.rows - 1, 1)) * (right - left);
  }

  y(value) {
    const { top, bottom } = this.geometry;
    const { low, high } = this.tensor.view.scale;
    return bottom - ((value - low) / (high - low)) * (bottom - top);
  }

  draw(context) {
    this.drawAxes(context);
    if (this.row !== null) this.drawRow(context);
    this.tensor.view.curves.forEach((column, number) => this.drawCurve(context, column, number));
  }

  drawAxes(context) {
    const { look } = this.grid;
    const { left, right, bottom, height } = this.geometry;
    context.font = look.fontOf(look.font);
    context.fillStyle = css(look.soft);
    context.strokeStyle = css(look.neutral);
    context.lineWidth = 1;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const level of this.levels()) {
      line(context, left, this.y(level), right, this.y(level));
      context.fillText(numberText(level), left - 6, this.y(level));
    }
    context.textAlign = "center";
    context.textBaseline = "top";
    const fitting = (right - left) / TICKS_APART;
    const step = STEPS_OF_TICKS.find((one) => this.rows / one <= fitting) ?? this.rows;
    for (let row = 0; row < this.rows; row += step) context.fillText(String(row), this.x(row), bottom + 6);
    context.textBaseline = "bottom";
    context.fillText(this.tensor.axisName(0) ?? this.grid.texts.row, (left + right) / 2, height);
  }

  /** The row that the frame is about. */
  drawRow(context) {
    const { top, bottom } = this.geometry;
    context.strokeStyle = this.grid.data.colours.chosen;
    context.lineWidth = 3;
    line(context, this.x(this.row), top - 6, this.x(this.row), bottom);
  }

  drawCurve(context, column, number) {
    const dots = this.x(1) - this.x(0) >= DOTS_APART;
    this.takePen(context, number);
    context.beginPath();
    for (let row = 0; row < this.rows; row++) context.lineTo(this.x(row), this.y(this.tensor.at([row, column])));
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = context.strokeStyle;
    for (let row = 0; row < this.rows; row++) {
      const radius = row === this.row ? 5 : dots ? 2 : 0;
      context.beginPath();
      context.arc(this.x(row), this.y(this.tensor.at([row, column])), radius, 0, 2 * Math.PI);
      context.fill();
    }
  }

  /** Colour and dash of curve `number`. Black is not seen on a dark page, and the chosen row's colour is taken. */
  takePen(context, number) {
    const { data, look } = this.grid;
    const { lines, chosen } = data.colours;
    const colours = [...lines.slice(0, -1).filter((colour) => colour !== chosen), css(look.text)];
    context.strokeStyle = colours[number % colours.length];
    context.lineWidth = 2 * look.scale;
    context.setLineDash(CURVE_DASHES[number % CURVE_DASHES.length]);
  }

  /** What each colour and dash is, with its value in the frame's row. */
  legendParts() {
    const { tensor, row } = this;
    return tensor.view.curves.map((column, number) => {
      const name = `${tensor.axisName(1) ?? this.grid.texts.column} ${labelText(tensor.labels("columns", []), column)}`;
      const value = row === null ? "" : ` = ${valueText(tensor.values, tensor.at([row, column]))}`;
      return el("span", { class: "key" }, this.sample(number), name + value);
    });
  }

  sample(number) {
    const { look } = this.grid;
    const canvas = el("canvas", { "aria-hidden": "true" });
    const context = prepare(canvas, { width: 30 * look.scale, height: 10 * look.scale }, look.ratio);
    this.takePen(context, number);
    line(context, 0, 5 * look.scale, 30 * look.scale, 5 * look.scale);
    return canvas;
  }

  /** The row and the curve nearest to the pointer. @returns {Cell} */
  hit(event) {
    const { left, right } = this.geometry;
    const box = this.over.getBoundingClientRect();
    const part = (event.clientX - box.left - left) / (right - left);
    const row = Math.max(0, Math.min(Math.round(part * (this.rows - 1)), this.rows - 1));
    const away = (column) => Math.abs(this.y(this.tensor.at([row, column])) - (event.clientY - box.top));
    const column = this.tensor.view.curves.reduce((a, b) => (away(b) < away(a) ? b : a));
    return { pos: this.pos, index: [row, column] };
  }

  /** Show where the cell pointed at lies. @param {Cell|null} hover */
  drawOver(hover) {
    if (this.node.hidden) return;
    const { look } = this.grid;
    const context = prepare(this.over, this.geometry, look.ratio);
    if (!hover || hover.pos !== this.pos) return;
    const { top, bottom } = this.geometry;
    const [row, column] = hover.index;
    const number = this.tensor.view.curves.indexOf(column);
    context.strokeStyle = css(look.soft);
    context.lineWidth = 1;
    line(context, this.x(row), top, this.x(row), bottom);
    if (number < 0) return;
    this.takePen(context, number);
    context.setLineDash([]);
    context.beginPath();
    context.arc(this.x(row), this.y(this.tensor.at([row, column])), 7, 0, 2 * Math.PI);
    context.stroke();
  }
}
