/**
 * Lines and marks on a canvas.
 */

/** @param {CanvasRenderingContext2D} context @param {[number, number][]} points in pixels */
export function stroke(context, points) {
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
}

/** @type {Record<string, [number, number][]>} */
const CORNERS = {
  square: [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ],
  diamond: [
    [0, -1.3],
    [1.3, 0],
    [0, 1.3],
    [-1.3, 0],
  ],
  "triangle-up": [
    [0, -1.2],
    [1.2, 1],
    [-1.2, 1],
  ],
  "triangle-down": [
    [0, 1.2],
    [1.2, -1],
    [-1.2, -1],
  ],
  "triangle-right": [
    [1.2, 0],
    [-1, 1.2],
    [-1, -1.2],
  ],
  cross: [
    [-0.4, -1.2],
    [0.4, -1.2],
    [0.4, -0.4],
    [1.2, -0.4],
    [1.2, 0.4],
    [0.4, 0.4],
    [0.4, 1.2],
    [-0.4, 1.2],
    [-0.4, 0.4],
    [-1.2, 0.4],
    [-1.2, -0.4],
    [-0.4, -0.4],
  ],
};

/**
 * Draw a mark. Its shape distinguishes curves, too, so that colour is not the only sign.
 * @param {CanvasRenderingContext2D} context
 * @param {string} shape
 * @param {number} x
 * @param {number} y
 * @param {number} size
 */
export function dot(context, shape, x, y, size) {
  const corners = CORNERS[shape];
  context.beginPath();
  if (corners) for (const [dx, dy] of corners) context.lineTo(x + dx * size, y + dy * size);
  else context.arc(x, y, size, 0, 2 * Math.PI);
  context.fill();
}
