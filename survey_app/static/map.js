// Zooms and pans the map of relationships; dots and names keep their size. Without this script the map is a picture.
"use strict";

const MOST = 12;
const STEP = 1.4;
const PUSH = 40;
const NEAR = 1.8;

class RelationshipMap {
  constructor(frame) {
    this.frame = frame;
    this.picture = frame.querySelector("svg");
    this.sheet = frame.querySelector(".sheet");
    this.spots = [...frame.querySelectorAll(".spot")];
    const { width, height } = this.picture.viewBox.baseVal;
    this.size = { width, height };
    this.show({ k: 1, x: 0, y: 0 });
    this.listen();
  }

  // What is shown stays inside the frame: zoomed out fully, the whole map.
  show({ k, x, y }) {
    const held = (place, side) => Math.min(0, Math.max(side * (1 - k), place));
    this.view = { k, x: held(x, this.size.width), y: held(y, this.size.height) };
    this.sheet.setAttribute("transform", `translate(${this.view.x} ${this.view.y}) scale(${k})`);
    for (const spot of this.spots) {
      spot.setAttribute("transform", `translate(${spot.dataset.x} ${spot.dataset.y}) scale(${1 / k})`);
    }
    this.frame.classList.toggle("near", k >= NEAR);
    for (const button of this.frame.querySelectorAll("[data-do]")) {
      const idle = button.dataset.do === "in" ? k >= MOST : k <= 1;
      button.setAttribute("aria-disabled", String(idle));
    }
  }

  zoom(factor, at = { x: this.size.width / 2, y: this.size.height / 2 }) {
    const k = Math.min(MOST, Math.max(1, this.view.k * factor));
    const grown = k / this.view.k;
    this.show({ k, x: at.x - (at.x - this.view.x) * grown, y: at.y - (at.y - this.view.y) * grown });
  }

  push(dx, dy) {
    this.show({ k: this.view.k, x: this.view.x + dx, y: this.view.y + dy });
  }

  act(what) {
    const acts = {
      in: () => this.zoom(STEP),
      out: () => this.zoom(1 / STEP),
      left: () => this.push(PUSH, 0),
      right: () => this.push(-PUSH, 0),
      up: () => this.push(0, PUSH),
      down: () => this.push(0, -PUSH),
      whole: () => this.show({ k: 1, x: 0, y: 0 }),
    };
    if (acts[what]) {
      acts[what]();
    }
    return what in acts;
  }

  // From pixels on the screen to units of the picture.
  place(event) {
    const box = this.picture.getBoundingClientRect();
    const unit = this.size.width / box.width;
    return { x: (event.clientX - box.left) * unit, y: (event.clientY - box.top) * unit };
  }

  listen() {
    const tools = this.frame.querySelector(".tools");
    tools.hidden = false;
    tools.addEventListener("click", ({ target }) => this.press(target.closest("button")));
    this.picture.setAttribute("tabindex", "0");
    this.picture.addEventListener("keydown", (event) => this.key(event));
    this.picture.addEventListener("dblclick", (event) => this.zoom(STEP, this.place(event)));
    // The wheel alone scrolls the page, as everywhere else.
    const wheel = (event) => {
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        this.zoom(event.deltaY < 0 ? STEP : 1 / STEP, this.place(event));
      }
    };
    this.picture.addEventListener("wheel", wheel, { passive: false });
    this.picture.addEventListener("pointerdown", (event) => this.drag(event));
  }

  press(button) {
    if (!button) {
      return;
    }
    if (button.dataset.kind) {
      const shown = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(shown));
      this.frame.classList.toggle(`without-${button.dataset.kind}`, !shown);
      return;
    }
    this.act(button.dataset.do);
  }

  key(event) {
    const keys = {
      "+": "in", "=": "in", "-": "out", "0": "whole",
      ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down",
    };
    const moves = event.key.startsWith("Arrow");
    if (event.ctrlKey || event.metaKey || event.altKey || (moves && this.view.k === 1)) {
      return;
    }
    if (this.act(keys[event.key])) {
      event.preventDefault();
    }
  }

  drag(start) {
    if (this.view.k === 1 || start.button !== 0) {
      return;
    }
    this.picture.setPointerCapture(start.pointerId);
    let last = this.place(start);
    const move = (event) => {
      const here = this.place(event);
      this.push(here.x - last.x, here.y - last.y);
      last = here;
    };
    this.picture.addEventListener("pointermove", move);
    const over = () => this.picture.removeEventListener("pointermove", move);
    this.picture.addEventListener("pointerup", over, { once: true });
    this.picture.addEventListener("pointercancel", over, { once: true });
  }
}

for (const frame of document.querySelectorAll("[data-map]")) {
  new RelationshipMap(frame);
}
