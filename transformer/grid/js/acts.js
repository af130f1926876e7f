/**
 * What a hand can do to a grid, with a pointer, with keys, with buttons or through a screen reader. `grid.js` does it.
 *
 * @import { Lock } from "./data.js"
 * @import { Picture } from "./picture.js"
 * @import { Cell } from "./tensor.js"
 *
 * @typedef {object} Acts
 * @property {(at: number) => void} visit goes to a frame
 * @property {(row: number) => void} visitRow goes to the frame that is about a row
 * @property {() => void} toggle plays, or stops
 * @property {() => void} full fills the screen, or leaves it
 * @property {() => void} save saves the view as a picture
 * @property {(cell: Cell|null) => void} point points at a cell
 * @property {(cell: Cell) => void} choose does what a click does
 * @property {() => void} act does what Enter does to the cell pointed at
 * @property {(pos: number, cells: number[][]) => void} paint outlines cells that are being changed, more and more
 * @property {(pos: number, cells: number[][]) => void} edit has cells changed by the page
 * @property {(lock: Lock|null) => void} enlarge enlarges a panel, or shows all
 * @property {(picture: Picture, axis: number, start: number) => void} move shows another part of a large tensor
 * @property {() => void} focus gives the grid the focus
 */

export {};
