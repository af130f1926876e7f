/**
 * Plays the frames one after the other.
 *
 * @import { State } from "./state.js"
 */

export const SPEEDS = [0.5, 1, 2, 4];
const STEP_MS = 1000;

export class Player {
  /** @type {ReturnType<typeof setInterval>|undefined} */
  #timer;

  /**
   * @param {State} state
   * @param {(at: number) => void} show goes to a frame
   * @param {() => void} changed is called when playing begins and ends
   */
  constructor(state, show, changed) {
    this.state = state;
    this.show = show;
    this.changed = changed;
    this.speed = 1;
  }

  toggle() {
    if (this.state.isPlaying) {
      this.pause();
      return;
    }
    if (this.#isAtEnd) this.show(0);
    this.#play();
  }

  pause() {
    if (!this.state.isPlaying) return;
    clearInterval(this.#timer);
    this.state.isPlaying = false;
    this.changed();
  }

  /** @param {number} speed in steps per second */
  setSpeed(speed) {
    this.speed = speed;
    if (this.state.isPlaying) this.#play();
  }

  get #isAtEnd() {
    return this.state.at === this.state.count - 1;
  }

  #play() {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#advance(), STEP_MS / this.speed);
    this.state.isPlaying = true;
    this.changed();
  }

  #advance() {
    this.show(this.state.at + 1);
    if (this.#isAtEnd) this.pause();
  }
}
