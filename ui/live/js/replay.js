/**
 * The replay of a recorded run, with one clock for all components that show it.
 */

/**
 * @typedef {{since: number, seconds: number, frames: [number, any][]}} Replay  a frame: a share of the run, and the
 *   state that is shown from there on
 */

/** @type {Map<number, number>} */
const began = new Map();

/** The share of the run that is shown now; 1 if there is no replay. @param {Replay|null} replay */
export function replayed(replay) {
  if (!replay) return 1;
  const since = began.get(replay.since) ?? performance.now();
  began.set(replay.since, since);
  return Math.min((performance.now() - since) / (1000 * replay.seconds), 1);
}
