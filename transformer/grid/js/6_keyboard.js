/**
 * Keys for a grid that has the focus, and for the page's main grid while nothing else wants them.
 */

/** The grids of this page. @type {Set<Grid>} */
const onPage = new Set();

/** What uses arrows, space or the first and last key itself. */
const FIELDS = "input, select, textarea, [contenteditable]:not([contenteditable=false]), audio, video, summary";
const ROLES = ["radio", "radiogroup", "tab", "slider", "spinbutton", "listbox", "option", "combobox", "menu", "menuitem"]
  .concat("grid", "gridcell", "tree", "treeitem", "textbox", "searchbox", "application", "dialog")
  .map((role) => `[role=${role}]`)
  .join();
const RANGE_KEYS = /^(Arrow|Home|End|Page|Enter)/;
const PRESSED = "a[href], button, [role=button], [role=link], [role=checkbox], [role=switch]";

class Keyboard {
  constructor(grid) {
    this.grid = grid;
    this.pressed = (event) => this.key(event);
  }

  listen() {
    onPage.add(this.grid);
    document.addEventListener("keydown", this.pressed);
  }

  dispose() {
    onPage.delete(this.grid);
    document.removeEventListener("keydown", this.pressed);
  }

  key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const { grid } = this;
    const focused = event.composedPath()[0];
    const inside = event.composedPath().includes(grid.root);
    if (inside ? isOwnKey(event.key, focused) : !this.isWanted(event, focused)) return;
    const act = inside ? grid.actOf(event.key, focused) : this.fromPage(event.key);
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** Of what a key does in a grid, the page's main grid does stepping, playing, the whole screen and saving. */
  fromPage(key) {
    const { grid } = this;
    const step = grid.count > 1 ? { ...grid.stepKeys(), " ": () => grid.toggle() } : {};
    return { ...step, ...grid.pageKeys() }[key] ?? null;
  }

  /** Whether a key pressed outside of all grids is for this one. */
  isWanted(event, focused) {
    if (mainGrid() !== this.grid) return false;
    if (!(focused instanceof Element) || [...onPage].some(({ root }) => event.composedPath().includes(root))) return false;
    if (focused.closest(`${FIELDS}, ${ROLES}`)) return false;
    return event.key !== " " || !focused.closest(PRESSED);
  }
}

/** Whether a field of the grid uses the key itself. */
const isOwnKey = (key, field) => field.matches("select") || (field.matches("input") && RANGE_KEYS.test(key));

/** The grid that fills the screen, the first that is stepped through on a stage, or the first that is stepped through. */
function mainGrid() {
  const shown = [...onPage].filter(({ root }) => root.isConnected && root.getClientRects().length > 0).sort(inOrder);
  const worth = (grid) => 4 * grid.full.on + 2 * (grid.count > 1) + Boolean(grid.data.options.stage);
  return shown.reduce((best, grid) => (best && worth(best) >= worth(grid) ? best : grid), null);
}

/** Grids as they stand on the page. */
function inOrder(a, b) {
  const [one, other] = [a, b].map(({ root }) => root.getRootNode().host ?? root);
  return one.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
}
