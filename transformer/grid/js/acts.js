/**
 * What a user can do to a grid, with pointer, keys, buttons or a screen reader. `grid.js` implements it.
 *
 * @import { Lock } from "./data.js"
 * @import { Picture } from "./picture.js"
 * @import { Cell } from "./tensor.js"
 *
 * @typedef {object} Acts
 * @property {(at: number) => void} visit goes to a frame
 * @property {(row: number) => void} visitRow goes to the frame that highlights a row
 * @property {() => void} toggle starts or stops playing
 * @property {() => void} full enters or leaves full screen
 * @property {() => void} save saves the view as an image file
 * @property {(cell: Cell|null) => void} point points at a cell
 * @property {(cell: Cell) => void} choose does what a click does
 * @property {() => void} act does what Enter does to the cell pointed at
 * @property {(pos: number, cells: number[][]) => void} paint adds cells to the outlined ones, which are being changed
 * @property {(pos: number, cells: number[][]) => void} edit asks the page to change cells
 * @property {(lock: Lock|null) => void} enlarge enlarges a panel; null shows all
 * @property {(picture: Picture, axis: number, start: number) => void} move shows another part of a large tensor
 * @property {() => void} focus gives the grid the focus
 */

export {};
