// Hands on the timeline: wheel, drag, two fingers and keys move and zoom it; the pointer or n and p tell of an event.

const SCROLLING = 250;
let lastScroll = { at: 0, plot: null };

// A page that is being scrolled goes on scrolling when the timeline comes under the pointer.
addEventListener("wheel", (event) => { lastScroll = { at: event.timeStamp, plot: event.target.closest ? event.target.closest(".plot") : null }; }, { passive: true });

class Hands {
  constructor(timeline) {
    this.timeline = timeline;
    this.fingers = new Map();
    this.wheeled = 0;
    const plot = timeline.plot;
    const on = (name, act, options) => plot.addEventListener(name, act, options);
    on("wheel", (event) => this.wheel(event), { passive: false });
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel", "pointerleave"]) on(name, (event) => this.up(event));
    on("keydown", (event) => this.key(event));
    on("blur", hideTip);
  }

  wheel(event) {
    const { scale } = this.timeline;
    const scrolling = lastScroll.plot !== this.timeline.plot && event.timeStamp - lastScroll.at < SCROLLING;
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    if (scrolling || (!sideways && event.deltaY > 0 && scale.whole)) return;
    event.preventDefault();
    if (sideways) scale.move((event.deltaX || event.deltaY) / 800);
    else scale.zoom(Math.exp(Math.max(-120, Math.min(120, event.deltaY)) / 400), this.momentAt(event.clientX));
    this.soon();
  }

  momentAt(clientX) {
    const { plot, gutter, scale } = this.timeline;
    return scale.at(Math.max(0, Math.min(scale.width, clientX - plot.getBoundingClientRect().left - gutter)));
  }

  down(event) {
    if (event.button) return;
    this.fingers.set(event.pointerId, event.clientX);
    this.began = { x: event.clientX, from: this.timeline.scale.from, to: this.timeline.scale.to, apart: this.apart() };
    if (event.pointerType !== "touch") this.timeline.plot.setPointerCapture(event.pointerId);
  }

  apart() {
    const places = [...this.fingers.values()];
    return places.length === 2 ? Math.abs(places[0] - places[1]) : 0;
  }

  move(event) {
    if (!this.fingers.has(event.pointerId)) return this.point(event);
    this.fingers.set(event.pointerId, event.clientX);
    const { scale, plot } = this.timeline;
    const { began } = this;
    if (this.fingers.size === 2 && began.apart) {
      const middle = [...this.fingers.values()].reduce((sum, x) => sum + x, 0) / 2;
      const about = this.momentAt(middle);
      scale.show(began.from, began.to);
      scale.zoom(began.apart / Math.max(this.apart(), 8), about);
    } else {
      const by = ((began.x - event.clientX) / scale.width) * (began.to - began.from);
      if (Math.abs(began.x - event.clientX) < 3) return undefined;
      scale.show(began.from + by, began.to + by);
    }
    plot.classList.add("dragged");
    hideTip();
    this.soon();
    return undefined;
  }

  up(event) {
    if (event.type === "pointerleave" && this.fingers.has(event.pointerId) && event.pointerType !== "touch") return;
    if (event.type === "pointerup" && event.pointerType === "touch") this.point(event);
    this.fingers.delete(event.pointerId);
    this.timeline.plot.classList.remove("dragged");
    if (event.type === "pointerleave") hideTip();
  }

  point(event) {
    const found = this.timeline.find(event.clientX, event.clientY);
    if (!found || !found.run) return hideTip();
    return showTip(told(found.lane, found.run, this.timeline.drill.zero), event.clientX, event.clientY);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { scale } = this.timeline;
    const acts = {
      ArrowLeft: () => scale.move(-0.15), ArrowRight: () => scale.move(0.15),
      "+": () => scale.zoom(0.6), "=": () => scale.zoom(0.6), "-": () => scale.zoom(1 / 0.6),
      0: () => scale.show(0, scale.end), Home: () => scale.show(0, scale.length), End: () => scale.show(scale.end - scale.length, scale.end),
      ArrowDown: () => this.lane(1), ArrowUp: () => this.lane(-1), n: () => this.step(1), p: () => this.step(-1),
      Escape: () => { this.timeline.cursor = null; hideTip(); },
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
    this.timeline.paint();
    if (this.timeline.cursor && ["ArrowDown", "ArrowUp", "n", "p"].includes(event.key)) this.tell();
    else if (event.key !== "Escape") say(this.timeline.range.textContent);
  }

  /** Choose the next lane, and in it the first event that is shown. */
  lane(by) {
    const lanes = this.timeline.groups.flatMap((group) => group.lanes);
    const now = this.timeline.cursor ? lanes.indexOf(this.timeline.cursor.lane) : by > 0 ? -1 : lanes.length;
    const lane = lanes[Math.max(0, Math.min(lanes.length - 1, now + by))];
    const { from } = this.timeline.scale;
    this.timeline.cursor = { lane, run: lane.runs.find((run) => run.to >= from) || lane.runs[lane.runs.length - 1] };
    this.reveal();
  }

  /** Choose the next event of the lane, and show it. */
  step(by) {
    if (!this.timeline.cursor) return this.lane(1);
    const { lane, run } = this.timeline.cursor;
    const next = lane.runs[lane.runs.indexOf(run) + by];
    if (next) this.timeline.cursor = { lane, run: next };
    return this.reveal();
  }

  reveal() {
    const { scale, cursor } = this.timeline;
    const { from, to } = cursor.run;
    if (to < scale.from || from > scale.to) scale.show(from - scale.length / 2, from + scale.length / 2);
  }

  tell() {
    const { cursor, drill, plot } = this.timeline;
    const words = told(cursor.lane, cursor.run, drill.zero);
    const node = plot.querySelector(".run.chosen") || plot.querySelector(".lane.chosen");
    node.scrollIntoView({ block: "nearest" });
    const box = node.getBoundingClientRect();
    showTip(words, Math.max(box.left, 0) + 8, box.bottom);
    say(`${words.where}: ${words.what}. ${words.when}`);
  }

  soon() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => { this.asked = false; this.timeline.paint(); });
  }
}

function showTip(words, x, y) {
  const tip = document.getElementById("tip");
  tip.replaceChildren(el("p", { class: "where" }, words.where), el("p", {}, words.what.slice(0, 600)), el("p", { class: "time" }, words.when));
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(6, Math.min(x + 14, innerWidth - box.width - 6))}px`;
  tip.style.top = `${y + 20 + box.height > innerHeight ? Math.max(6, y - box.height - 12) : y + 20}px`;
}

function hideTip() {
  document.getElementById("tip").hidden = true;
}
