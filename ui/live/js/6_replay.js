/**
 * A recorded run drawn once more: one clock for all that shows it.
 */

/** @type {Map<number, number>} */
const began = new Map();

/** How much of the run is shown by now; 1 if there is no replay. @param {{since: number, seconds: number}|null} replay */
export function replayed(replay) {
  if (!replay) return 1;
  if (!began.has(replay.since)) began.set(replay.since, performance.now());
  return Math.min((performance.now() - began.get(replay.since)) / (1000 * replay.seconds), 1);
}
