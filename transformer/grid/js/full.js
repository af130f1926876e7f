/**
 * Full screen mode of a grid.
 *
 * @import { State } from "./state.js"
 */

export class FullScreen {
  /** Whether the browser granted full screen; then it also reports when the user leaves it. */
  #isAsked = false;

  /** @param {HTMLElement} root @param {State} state @param {() => void} changed */
  constructor(root, state, changed) {
    this.root = root;
    this.state = state;
    this.changed = changed;
    this.left = () => {
      if (state.isFull && this.#isAsked && !this.#isGranted) this.leave();
    };
    document.addEventListener("fullscreenchange", this.left);
  }

  dispose() {
    document.removeEventListener("fullscreenchange", this.left);
    if (this.state.isFull) this.leave();
  }

  toggle() {
    if (this.state.isFull) this.leave();
    else this.enter();
  }

  get #isGranted() {
    return /** @type {Document|ShadowRoot} */ (this.root.getRootNode()).fullscreenElement === this.root;
  }

  /**
   * If the browser refuses, as in an iframe, the grid covers the page as a popover as high as the window.
   */
  async enter() {
    try {
      await this.root.requestFullscreen();
      this.#isAsked = true;
    } catch {
      this.#isAsked = false;
      this.root.popover = "manual";
      this.root.showPopover();
    }
    this.#set(true);
  }

  leave() {
    if (this.#isGranted) document.exitFullscreen();
    this.root.removeAttribute("popover"); // shows the grid in its place again
    this.#set(false);
  }

  /** @param {boolean} isFull */
  #set(isFull) {
    this.state.isFull = isFull;
    this.root.classList.toggle("full", isFull);
    this.changed();
    this.root.focus({ preventScroll: true });
  }
}
