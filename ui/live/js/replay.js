/**
 * A recorded run drawn once more: one clock for all that shows it.
 */

/**
 * @typedef {{since: number, seconds: number, frames: [number, any][]}} Replay  what is shown from which share of the run on
 */

/** @type {Map<number, number>} */
const began = new Map();

/** How much of the run is shown by now; 1 if there is no replay. @param {Replay|null} replay */
export function replayed(replay) {
  if (!replay) return 1;
  const since = began.get(replay.since) ?? performance.now();
  began.set(replay.since, since);
  return Math.min((performance.now() - since) / (1000 * replay.seconds), 1);
}
