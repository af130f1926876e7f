/**
 * Handles keys for a grid that has the focus, and for the page's main grid if nothing else uses them.
 *
 * @import { Acts } from "./acts.js"
 * @import { Cursor } from "./cursor.js"
 * @import { Figures } from "./figures.js"
 * @import { KeyAct } from "./keys.js"
 * @import { Nodes } from "./skeleton.js"
 * @import { State } from "./state.js"
 */

import { hostOf } from "./dom.js";
import { keyInGrid, keyOnPage } from "./keys.js";

/** The keyboards of all grids on this page. @type {Set<Keyboard>} */
const onPage = new Set();

/** Elements that use arrow keys, space, Home or End themselves. */
const FIELDS = "input, select, textarea, [contenteditable]:not([contenteditable=false]), audio, video, summary";
const ROLES = [
  "radio",
  "radiogroup",
  "tab",
  "slider",
  "spinbutton",
  "listbox",
  "option",
  "combobox",
  "menu",
  "menuitem",
]
  .concat("grid", "gridcell", "tree", "treeitem", "textbox", "searchbox", "application", "dialog")
  .map((role) => `[role=${role}]`)
  .join();
const RANGE_KEYS = /^(Arrow|Home|End|Page|Enter)/;
const PRESSED = "a[href], button, [role=button], [role=link], [role=checkbox], [role=switch]";

export class Keyboard {
  /** @type {Record<KeyAct, () => void>} */
  #acts;

  /** @param {Nodes} nodes @param {State} state @param {Figures} figures @param {Cursor} cursor @param {Acts} acts */
  constructor({ root }, state, figures, cursor, acts) {
    this.root = root;
    this.state = state;
    this.figures = figures;
    this.pressed = (/** @type {KeyboardEvent} */ event) => this.#key(event);
    this.#acts = {
      toggle: () => acts.toggle(),
      act: () => acts.act(),
      full: () => acts.full(),
      save: () => acts.save(),
      back: () => acts.visit(state.at - 1),
      on: () => acts.visit(state.at + 1),
      first: () => acts.visit(0),
      last: () => acts.visit(state.count - 1),
      left: () => cursor.move(1, -1),
      right: () => cursor.move(1, 1),
      up: () => cursor.move(2, -1),
      down: () => cursor.move(2, 1),
      escape: () => this.#escape(acts),
    };
  }

  listen() {
    onPage.add(this);
    document.addEventListener("keydown", this.pressed);
  }

  dispose() {
    onPage.delete(this);
    document.removeEventListener("keydown", this.pressed);
  }

  /** The priority for keys pressed outside of all grids; the highest wins. */
  get worth() {
    const { isFull, count, options } = this.state;
    return 4 * Number(isFull) + 2 * Number(count > 1) + Number(options.stage);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const [focused] = event.composedPath();
    const isInside = event.composedPath().includes(this.root) && focused instanceof Element;
    if (isInside ? isOwnKey(event.key, focused) : !this.#isWanted(event, focused)) return;
    const act = isInside ? keyInGrid(event.key, this.#where(focused)) : keyOnPage(event.key, this.state.count < 2);
    if (!act || (act === "save" && !this.state.isPicturable)) return;
    event.preventDefault();
    this.#acts[act]();
  }

  /** @param {Element} focused */
  #where(focused) {
    const isLone = this.state.count < 2;
    const inCells = this.figures.includes(focused) || (isLone && focused === this.root);
    return { inCells, inButton: focused.tagName === "BUTTON", isLone };
  }

  /** Leave one thing per key press: the enlarged panel, then the cells, then full screen. @param {Acts} acts */
  #escape(acts) {
    const { activeElement } = /** @type {Document|ShadowRoot} */ (this.root.getRootNode());
    if (this.state.lock) acts.enlarge(null);
    else if (activeElement && this.figures.includes(activeElement)) acts.focus();
    else if (this.state.isFull) acts.full();
  }

  /**
   * Whether this grid handles a key that was pressed outside of all grids.
   * @param {KeyboardEvent} event
   * @param {EventTarget} focused
   */
  #isWanted(event, focused) {
    if (mainKeyboard() !== this) return false;
    if (!(focused instanceof Element) || [...onPage].some(({ root }) => event.composedPath().includes(root)))
      return false;
    if (focused.closest(`${FIELDS}, ${ROLES}`)) return false;
    return event.key !== " " || !focused.closest(PRESSED);
  }
}

/** Whether a field of the grid uses the key itself. @param {string} key @param {Element} field */
const isOwnKey = (key, field) => field.matches("select") || (field.matches("input") && RANGE_KEYS.test(key));

/**
 * The keyboard of the grid in full screen, else of the first with several frames on a stage, else of the first with
 * several frames.
 */
function mainKeyboard() {
  const shown = [...onPage].filter(({ root }) => root.isConnected && root.getClientRects().length > 0).sort(inOrder);
  return shown.reduce(
    (best, one) => (best && best.worth >= one.worth ? best : one),
    /** @type {Keyboard|null} */ (null),
  );
}

/** Compares by the order on the page. @param {Keyboard} a @param {Keyboard} b */
function inOrder(a, b) {
  const [one, other] = [a, b].map(({ root }) => hostOf(root) ?? root);
  return one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
}
