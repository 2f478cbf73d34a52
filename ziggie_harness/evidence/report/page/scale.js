// The piece of a drill that the timeline shows, and where each moment of it stands.

const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
const SHORTEST = 0.5;

class Scale {
  constructor(end, zero, from, to) {
    this.end = Math.max(end, SHORTEST);
    this.zero = zero;
    this.width = 100;
    this.show(from, to);
  }

  /** Show a piece; it is kept within the drill and no shorter than half a second. */
  show(from, to) {
    const length = Math.min(Math.max(to - from, SHORTEST), this.end);
    this.from = Math.min(Math.max(from, 0), this.end - length);
    this.to = this.from + length;
  }

  get length() {
    return this.to - this.from;
  }

  get whole() {
    return this.length >= this.end - 1e-9;
  }

  x(at) {
    return ((at - this.from) / this.length) * this.width;
  }

  at(x) {
    return this.from + (x / this.width) * this.length;
  }

  /** Zoom by a factor about a moment, which stays where it is. */
  zoom(factor, about = (this.from + this.to) / 2) {
    const length = Math.min(Math.max(this.length * factor, SHORTEST), this.end);
    const share = (about - this.from) / this.length;
    this.show(about - share * length, about + (1 - share) * length);
  }

  /** Move by a part of what is shown. */
  move(part) {
    const by = this.length * part;
    this.show(this.from + by, this.to + by);
  }

  /** Round moments for the axis, counted from the fault, at least so many pixels apart. */
  ticks(apart) {
    const least = (this.length / this.width) * apart;
    const step = STEPS.find((each) => each >= least) || Math.ceil(least / 3600) * 3600;
    const zero = this.zero === null ? 0 : this.zero;
    const found = [];
    for (let n = Math.ceil((this.from - zero) / step); zero + n * step <= this.to; n += 1) {
      found.push({ at: zero + n * step, words: this.spelled(n * step, step) });
    }
    return found;
  }

  spelled(gone, step) {
    const sign = this.zero === null ? "" : gone < 0 ? "\u2212" : gone > 0 ? "+" : "";
    const size = Math.abs(gone);
    if (step < 1) return `${sign}${size.toFixed(1)} s`;
    if (step < 60 || size < 60) return `${sign}${Math.round(size)} s`;
    const minutes = Math.floor(size / 60 + 1e-9);
    const rest = Math.round(size - minutes * 60);
    return `${sign}${minutes} min${rest ? ` ${rest} s` : ""}`;
  }
}
