/**
 * The grid alone on the whole screen.
 */

class FullScreen {
  constructor(grid) {
    this.grid = grid;
    this.on = false;
    this.changed = () => this.on && this.asked && !this.isGranted() && this.leave();
    document.addEventListener("fullscreenchange", this.changed);
  }

  dispose() {
    document.removeEventListener("fullscreenchange", this.changed);
    if (this.on) this.leave();
  }

  toggle() {
    if (this.on) this.leave();
    else this.enter();
  }

  isGranted() {
    const { root } = this.grid;
    return root.getRootNode().fullscreenElement === root;
  }

  /** Where the browser refuses, as in a frame of another page, the grid is laid over the page: as high as the window. */
  async enter() {
    const { root } = this.grid;
    try {
      await root.requestFullscreen();
      this.asked = true;
    } catch {
      this.asked = false;
      root.popover = "manual";
      root.showPopover();
    }
    this.set(true);
  }

  leave() {
    const { root } = this.grid;
    if (this.isGranted()) document.exitFullscreen();
    root.removeAttribute("popover"); // which shows it in its place again
    this.set(false);
  }

  set(on) {
    const { grid } = this;
    this.on = on;
    grid.root.classList.toggle("full", on);
    grid.redraw();
    grid.root.focus({ preventScroll: true });
  }
}
