// The timeline: a lane for each thing that was watched, drawn for the piece of the drill that is shown.

const LANE = { wide: 24, narrow: 38 };
const GUTTER = 240;
const NARROW = 640;
const CURVE = 44;
const AXIS = 40;
const NEAR = 6;
const LETTER = 6.3;
const HATCHED = new Set(["bad", "unsure", "lost", "fault"]);
const WEIGHT = { lost: 3, bad: 2, fault: 2, unsure: 1 };

class Timeline {
  constructor(drill) {
    this.drill = drill;
    this.marks = landmarks(drill);
    this.groups = grouped(drill);
    const [from, to] = this.story();
    this.scale = new Scale(drill.end, drill.zero, from, to);
    this.cursor = null;
    this.axis = el("div", { class: "axis", "aria-hidden": "true" });
    this.body = el("div", {});
    this.range = el("span", { class: "range", role: "status" });
    this.plot = el("div", {
      class: "plot", tabindex: "0", role: "group", "aria-label": "Timeline. Arrow keys move and choose a lane, plus and minus zoom, n and p go from event to event. The same stands in a table below.",
    }, this.axis, this.body);
    this.node = el("div", { class: "timeline" }, this.tools(), this.plot, legend());
    new Hands(this);
  }

  /** The piece in which the story is: from shortly before the fault, or before the first write that it took away. */
  story() {
    const { zero, end } = this.drill;
    const begun = zero === null ? phaseStart(this.drill, "steady state") : zero;
    const first = Math.min(begun, ...(this.drill.losses ? this.drill.losses.writes.map((write) => write[3]) : []));
    const lead = (end - first) * 0.06;
    return [Math.max(first - lead, 0), end];
  }

  tools() {
    const button = (words, label, act) => el("button", { type: "button", "aria-label": label, click: () => { act(); this.paint(); } }, words);
    const outage = this.marks.find((mark) => mark.kind === "served");
    return el("div", { class: "tools" },
      button("+", "Zoom in", () => this.scale.zoom(0.5)),
      button("\u2212", "Zoom out", () => this.scale.zoom(2)),
      button("\u2190", "Earlier", () => this.scale.move(-0.3)),
      button("\u2192", "Later", () => this.scale.move(0.3)),
      button("Since the fault", "Show from shortly before the fault to the end", () => this.scale.show(...this.story())),
      outage ? button("The outage", "Show from the fault until clients were served again", () => {
        const long = outage.at - this.drill.zero;
        this.scale.show(this.drill.zero - long * 0.1 - 2, outage.at + long * 0.1 + 2);
      }) : null,
      button("Whole drill", "Show the whole drill", () => this.scale.show(0, this.drill.end)),
      this.range);
  }

  /** Draw everything for the width that there is, or for a given one, as on paper. */
  paint(width = this.plot.clientWidth) {
    if (!width) return;
    this.width = width;
    this.narrow = width < NARROW;
    this.gutter = this.narrow ? 0 : GUTTER;
    this.scale.width = width - this.gutter - 8;
    const { zero } = this.drill;
    this.range.textContent = `${since(this.scale.from, zero)} to ${since(this.scale.to, zero)}${zero === null ? "" : " of the fault"}`;
    this.axis.replaceChildren(this.paintAxis());
    this.body.replaceChildren(...this.groups.map((group) => this.paintGroup(group)));
  }

  paintAxis() {
    const found = draw("svg", { viewBox: `0 0 ${this.width} ${AXIS}`, width: this.width, height: AXIS });
    for (const tick of this.scale.ticks(this.narrow ? 70 : 95)) {
      const x = this.gutter + this.scale.x(tick.at);
      found.append(draw("g", { class: "tick" },
        draw("line", { x1: x, x2: x, y1: AXIS - 5, y2: AXIS }),
        draw("text", { x, y: AXIS - 9, "text-anchor": x > this.width - 30 ? "end" : x < this.gutter + 20 ? "start" : "middle" }, tick.words)));
    }
    for (const mark of this.marks) {
      const x = this.gutter + this.scale.x(mark.at);
      if (x < this.gutter || x > this.width) continue;
      const room = x > this.width - 110;
      found.append(draw("text", { class: `flag ${mark.kind}`, x: room ? x - 4 : x + 4, y: 13, "text-anchor": room ? "end" : "start" }, mark.words));
      found.append(draw("line", { class: `milestone ${mark.kind}`, x1: x, x2: x, y1: 2, y2: 17 }));
    }
    return found;
  }

  paintGroup(group) {
    let y = 2;
    const rows = [];
    for (const lane of group.lanes) {
      lane.y = y;
      lane.height = (this.narrow ? LANE.narrow : LANE.wide) + (lane.points ? CURVE - LANE.wide : 0);
      rows.push(this.paintLane(lane));
      y += lane.height;
    }
    const found = draw("svg", { viewBox: `0 0 ${this.width} ${y + 2}`, width: this.width, height: y + 2, role: "img", "aria-label": `${group.name}: ${group.lanes.map((lane) => lane.name).join("; ")}. The table below has every event.` },
      this.grid(y), rows, this.milestones(y));
    group.svg = found;
    return el("div", { class: "group" }, el("h3", {}, group.name), found);
  }

  grid(height) {
    return this.scale.ticks(this.narrow ? 70 : 95).map((tick) => {
      const x = this.gutter + this.scale.x(tick.at);
      return draw("line", { class: "grid", x1: x, x2: x, y1: 0, y2: height });
    });
  }

  milestones(height) {
    return this.marks.filter((mark) => mark.at >= this.scale.from && mark.at <= this.scale.to).map((mark) => {
      const x = this.gutter + this.scale.x(mark.at);
      return draw("line", { class: `milestone ${mark.kind}`, x1: x, x2: x, y1: 0, y2: height });
    });
  }

  paintLane(lane) {
    const top = this.narrow ? 17 : 3;
    const chosen = this.cursor && this.cursor.lane === lane;
    const label = this.narrow ? this.fitted(lane.name, this.width) : this.fitted(lane.name, GUTTER - 10);
    return draw("g", { class: `lane${chosen ? " chosen" : ""}`, transform: `translate(0 ${lane.y})` },
      draw("rect", { class: "back", width: this.width, height: lane.height - 1 }),
      draw("text", { class: "label", x: 2, y: this.narrow ? 12 : lane.height / 2 + 4 }, label, draw("title", {}, lane.name)),
      draw("svg", { x: this.gutter, y: top, width: this.scale.width + 8, height: lane.height - top },
        lane.points ? paintCurve(lane, this.scale, lane.height - top - 4) : this.paintRuns(lane, lane.height - top - 4)));
  }

  paintRuns(lane, height) {
    const shown = lane.runs.filter((run) => run.to >= this.scale.from && run.from <= this.scale.to);
    return shown.map((run, n) => {
      const left = Math.max(this.scale.x(run.from), 0);
      const width = Math.max(Math.min(this.scale.x(run.to), this.scale.width) - left, 3);
      const chosen = this.cursor && this.cursor.run === run;
      const words = width > 34 ? this.fitted(run.count > 1 && lane.shape !== "state" ? `${run.count} \u00d7 ${run.text}` : run.text, width - 8) : "";
      const next = shown[n + 1] ? this.scale.x(shown[n + 1].from) : this.scale.width;
      const beside = lane.shape === "moment" && !words && next - left > 30 ? this.fitted(run.text, next - left - 14) : "";
      const dark = ["plain", "skipped", "good", "unsure"].includes(run.tone);
      return [
        draw("rect", { class: `run ${run.tone}${chosen ? " chosen" : ""}`, x: left, width, height, rx: 2 }),
        HATCHED.has(run.tone) ? draw("rect", { class: "hatch", x: left, width, height }) : null,
        beside.length > 3 ? draw("text", { class: "beside", x: left + width + 4, y: height / 2 + 4 }, beside) : null,
        words.length > 3 ? draw("text", { class: `words${dark ? " dark" : ""}`, x: left + 4, y: height / 2 + 4 }, words) : null,
      ];
    });
  }

  fitted(text, width) {
    const room = Math.floor(width / LETTER);
    return text.length <= room ? text : `${text.slice(0, Math.max(room - 1, 0))}\u2026`;
  }

  /** The lane and the run at a point of the page; among several near it, what failed counts most. */
  find(clientX, clientY) {
    for (const group of this.groups) {
      const box = group.svg.getBoundingClientRect();
      if (clientY < box.top || clientY > box.bottom) continue;
      const y = clientY - box.top;
      const lane = group.lanes.find((each) => y >= each.y && y < each.y + each.height);
      if (!lane) return null;
      const x = clientX - box.left - this.gutter;
      return x < 0 ? { lane, run: null } : { lane, run: nearest(lane, this.scale, x) };
    }
    return null;
  }
}

function nearest(lane, scale, x) {
  let best = null;
  for (const run of lane.runs) {
    const left = scale.x(run.from);
    const right = Math.max(scale.x(run.to), left + 3);
    const off = x < left ? left - x : x > right ? x - right : 0;
    if (off > NEAR) continue;
    const rank = (off === 0 ? 10 : 0) + (WEIGHT[run.tone] || 0) - off / NEAR;
    if (!best || rank > best.rank) best = { rank, run };
  }
  return best ? best.run : null;
}

function paintCurve(lane, scale, height) {
  const top = Math.max(...lane.points.map((point) => point[1]), 1e-9);
  const place = ([at, value]) => [scale.x(at), height - 2 - (value / top) * (height - 14)];
  const near = lane.points.filter(([at], n) => {
    const before = lane.points[n - 1], after = lane.points[n + 1];
    return (at >= scale.from && at <= scale.to) || (after && after[0] >= scale.from && at < scale.from) || (before && before[0] <= scale.to && at > scale.to);
  });
  return [
    draw("polyline", { class: "curve", points: near.map((point) => place(point).join(",")).join(" ") }),
    near.map((point) => draw("circle", { class: "dot", cx: place(point)[0], cy: place(point)[1], r: 2.6 })),
    draw("text", { class: "words dark", x: 2, y: 9 }, `highest ${amount(top, lane.unit)}`),
  ];
}
