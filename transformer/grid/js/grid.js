/**
 * The grid: creates its parts, and updates them when the data, the available space or the view changes.
 *
 * @import { GridData, Lock } from "./data.js"
 * @import { Picture } from "./picture.js"
 * @import { GridEvent } from "./reports.js"
 * @import { Cell } from "./tensor.js"
 */

import { Cursor } from "./cursor.js";
import { Curves } from "./curves.js";
import { hostOf, parentOf } from "./dom.js";
import { Figures } from "./figures.js";
import { FullScreen } from "./full.js";
import { saveImage } from "./image.js";
import { Keyboard } from "./keyboard.js";
import { Lens } from "./lens.js";
import { TokenLink } from "./link.js";
import { isLight, Look } from "./look.js";
import { Mirror } from "./mirror.js";
import { Planner } from "./planner.js";
import { Player } from "./player.js";
import { gridKeys, readoutParts } from "./readout.js";
import { Reports } from "./reports.js";
import { roomKey } from "./room.js";
import { skeleton } from "./skeleton.js";
import { Stage } from "./stage.js";
import { State } from "./state.js";
import { Surroundings } from "./surroundings.js";
import { Transport } from "./transport.js";

const PRESENTER_SCALE = 1.4;
const FULL_HEIGHT = 520;
const LEAST_FULL_SCALE = 1.4;
const MOST_FULL_SCALE = 2.2;

export class Grid {
  /** The data and look that were drawn, as text. */
  #drawn = "";
  /** The `roomKey` it was drawn for. */
  #fitted = "";
  /** The last announcement to screen readers. */
  #announced = "";

  /** @param {HTMLElement} root @param {GridData} data */
  constructor(root, data) {
    this.root = root;
    this.nodes = skeleton(root);
    const { nodes } = this;
    const scale = scaleOf(false, data.options.presenter);
    this.state = new State(data, new Look(root, data, Look.key(root, data, scale), scale));
    const { state } = this;
    this.player = new Player(
      state,
      (at) => this.#goTo(at),
      () => this.#playingChanged(),
    );
    this.transport = new Transport(nodes, state, this.player, this);
    this.surroundings = new Surroundings(nodes, state, new TokenLink(nodes, state));
    this.planner = new Planner(nodes, state);
    this.stage = new Stage(nodes, state, this.planner);
    this.curves = new Curves(nodes, state, this);
    this.lens = new Lens(nodes, state);
    this.figures = new Figures(nodes, state, this, (pos) => this.cursor.enter(pos));
    this.cursor = new Cursor(nodes, state, this.figures, this);
    this.mirror = new Mirror(nodes, state, this);
    this.reports = new Reports(state, () => this.#showHover());
    this.keyboard = new Keyboard(nodes, state, this.figures, this.cursor, this);
    this.screen = new FullScreen(root, state, () => this.#redraw());
    this.observer = new ResizeObserver(() => this.#resized());
    this.onResize = () => this.#resized();
    window.addEventListener("resize", this.onResize);
  }

  dispose() {
    this.player.pause();
    for (const part of [this.reports, this.mirror, this.screen, this.keyboard]) part.dispose();
    this.observer.disconnect();
    window.removeEventListener("resize", this.onResize);
    this.#drawn = ""; // so that all is drawn again if the element comes back
  }

  // ----- new data

  /** @param {GridData} data @param {(event: GridEvent) => void} send sends an event to the page */
  update(data, send) {
    const { state, root } = this;
    this.reports.send = send;
    if (this.#isEcho(data)) {
      this.#follow(data);
      return;
    }
    state.take(data);
    root.setAttribute("aria-label", `${state.texts.grid} ${gridKeys(state)}`);
    root.classList.toggle("alone", state.count < 2);
    root.classList.toggle("strips-only", state.count < 2 && state.tensors.length === 0);
    root.classList.toggle("picturable", state.isPicturable);
    this.keyboard.listen();
    this.#nameHost();
    for (const name of /** @type {const} */ (["masked", "pad", "chosen", "right", "wrong"])) {
      root.style.setProperty(`--tg-${name}`, data.colours[name]);
    }
    if (this.transport.build()) this.stage.replace();
    this.curves.reserve();
    this.#redraw();
    document.fonts.ready.then(() => this.#fontsCame());
    this.#watch();
    this.reports.resume();
  }

  /**
   * Whether nothing has changed, except maybe `start` and `lock`: such data is the answer to a report of this grid.
   * @param {GridData} data
   */
  #isEcho(data) {
    const { start: _, lock: __, ...options } = data.options;
    const drawn = JSON.stringify([{ ...data, options }, Look.key(this.root, data, this.#scale)]);
    const isSame = drawn === this.#drawn;
    this.#drawn = drawn;
    return isSame;
  }

  /** Apply `start` and `lock` of data that is otherwise unchanged. @param {GridData} data */
  #follow({ options }) {
    const { state } = this;
    const { at, lock } = state;
    state.follow(options);
    if (at !== state.at || lock !== state.lock) this.#relayout();
    else this.#showHover();
  }

  /** Name the host `grid-<name>`, so that the page can give it the focus, which is passed on to the grid. */
  #nameHost() {
    const host = hostOf(this.root);
    if (!host) return;
    host.id = `grid-${this.state.options.name}`;
    host.tabIndex = -1;
    host.onfocus = () => this.focus();
  }

  // ----- the room and the look

  get #scale() {
    return scaleOf(this.state.isFull, this.state.options.presenter);
  }

  /** Draw everything for the current colours, size and space. */
  #redraw() {
    const { root, state } = this;
    const key = Look.key(root, state.data, this.#scale);
    if (key !== state.look.key) state.look = new Look(root, state.data, key, this.#scale);
    root.classList.toggle("presenter", this.#scale > 1);
    root.style.setProperty("--tg-ratio", String(this.#scale));
    root.style.colorScheme = isLight(state.look.back) ? "light" : "dark";
    this.#relayout();
  }

  /** Fonts have loaded: text was measured in another font before. */
  #fontsCame() {
    if (this.root.isConnected && Look.key(this.root, this.state.data, this.#scale) !== this.state.look.key)
      this.#redraw();
  }

  /** Observe all ancestors: content above the grid that changes its height resizes a common ancestor. */
  #watch() {
    for (let node = /** @type {Element|null} */ (this.root); node; node = parentOf(node)) this.observer.observe(node);
  }

  #resized() {
    if (this.#fitted && roomKey(this.root, this.state) !== this.#fitted) this.#redraw();
  }

  #relayout() {
    this.surroundings.reserve();
    this.transport.reserve();
    this.stage.showRooms();
    this.planner.forget();
    this.stage.fit();
    this.#fitted = roomKey(this.root, this.state);
    this.root.dataset.places = Object.values(this.stage.places ?? {}).join(" ");
    this.#show();
    if (this.figures.revealRow()) this.#show();
  }

  // ----- the frame on screen

  #show() {
    const { frame, at } = this.state;
    this.nodes.frame.dataset.frame = String(at);
    this.nodes.frame.dataset.title = frame.title;
    this.surroundings.show();
    this.transport.show();
    this.#showTensors();
    this.#announce();
  }

  #showTensors() {
    const plan = this.planner.plan ?? this.planner.make();
    this.figures.show(plan);
    this.curves.show();
    this.#showHover();
    this.mirror.fillSoon(this.figures.list);
  }

  #showHover() {
    this.figures.drawOver();
    this.curves.drawOver();
    this.nodes.readout.replaceChildren(...readoutParts(this.state));
    this.#showReadout();
    this.lens.show(this.figures.list);
  }

  /** Show the readout that lies over the picture only while a cell is pointed at, and away from that cell. */
  #showReadout() {
    const { hover } = this.state;
    const { rooms, box } = this.nodes;
    rooms.over.classList.toggle("seen", hover !== null);
    if (!hover || rooms.over.hidden) return;
    const { top, height } = box.getBoundingClientRect();
    const isLow = this.figures.list[hover.pos].middleOf(hover.index) > top + height / 2;
    rooms.over.classList.toggle("high", isLow);
  }

  #announce() {
    const { frame, tensors, isPlaying } = this.state;
    if (isPlaying) return;
    const said = [frame.title, frame.caption].filter(Boolean).join(". ");
    const words = said || tensors.map(({ name }) => name).join(", ");
    if (words === this.#announced) return; // same frame; keep a cell that was announced since
    this.#announced = this.nodes.live.textContent = words;
  }

  #playingChanged() {
    this.transport.showPlaying();
    if (this.state.isPlaying) return;
    this.#announce();
    this.reports.rest();
  }

  /** @param {number} at */
  #goTo(at) {
    const { state } = this;
    const next = Math.max(0, Math.min(at, state.count - 1));
    if (next === state.at) return;
    state.at = next;
    this.figures.revealRow();
    if (state.hover && !state.has(state.hover)) state.hover = null;
    this.#show();
    this.reports.rest();
  }

  // ----- user actions, see `Acts`

  /** @param {number} at */
  visit(at) {
    this.player.pause();
    this.#goTo(at);
  }

  /** @param {number} row */
  visitRow(row) {
    const at = this.state.data.frames.findIndex((frame) => frame.row === row);
    if (at >= 0) this.visit(at);
  }

  toggle() {
    this.player.toggle();
  }

  full() {
    this.screen.toggle();
  }

  save() {
    saveImage(this.nodes, this.state, this.figures.list);
  }

  focus() {
    this.root.focus({ preventScroll: true });
  }

  /** @param {Cell|null} cell */
  point(cell) {
    if (JSON.stringify(cell) === JSON.stringify(this.state.hover)) return;
    this.state.hover = cell;
    this.#showHover();
  }

  act() {
    const { hover, options } = this.state;
    if (!hover) return;
    if (options.editable) this.edit(hover.pos, [hover.index]);
    else this.choose(hover);
  }

  /** If frames highlight rows, go to that of the cell's row; else enlarge its panel, or show all. @param {Cell} cell */
  choose({ pos, index }) {
    const tensor = this.state.tensors[pos];
    if (this.state.hasRows) this.visitRow(index[index.length - 2]);
    else if (this.state.isLocked(tensor)) this.enlarge(null);
    else if (tensor.panels > 1) this.enlarge({ tensor: tensor.name, panel: index.slice(0, -2) });
  }

  /** @param {Lock|null} lock */
  enlarge(lock) {
    if (!lock && !this.state.lock) return;
    this.state.enlarge(lock);
    this.#relayout();
    this.reports.locked();
  }

  /** @param {number} pos @param {number[][]} cells */
  paint(pos, cells) {
    const { painted } = this.state;
    const known = painted?.live && painted.pos === pos ? painted.cells : [];
    const fresh = cells.filter((cell) => !known.some((one) => String(one) === String(cell)));
    this.state.painted = { pos, cells: [...known, ...fresh], live: true };
    this.#showHover();
  }

  /** @param {number} pos @param {number[][]} cells */
  edit(pos, cells) {
    this.reports.edit(pos, cells);
  }

  /** @param {Picture} picture @param {number} axis @param {number} start */
  move(picture, axis, start) {
    this.state.move(picture, axis, start);
    this.#showTensors();
  }
}

/** The scale of everything that is drawn, including text. @param {boolean} isFull @param {boolean} isPresenter */
function scaleOf(isFull, isPresenter) {
  if (isFull) return Math.max(LEAST_FULL_SCALE, Math.min(window.innerHeight / FULL_HEIGHT, MOST_FULL_SCALE));
  return isPresenter ? PRESENTER_SCALE : 1;
}
