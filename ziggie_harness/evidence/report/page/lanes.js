// A drill's lanes as the timeline and its table read them.

/** The lanes by group, each run with its words; a curve's points are runs too, so that they can be found. */
function grouped(drill) {
  const groups = new Map();
  const put = (name, lane) => {
    if (!groups.has(name)) groups.set(name, { name, lanes: [] });
    groups.get(name).lanes.push(lane);
  };
  for (const lane of drill.lanes) {
    const runs = lane.runs.map(([from, to, tone, text, count]) => ({ from, to, tone, text: drill.texts[text], count }));
    put(lane.group, { name: lane.name, shape: lane.shape, runs });
  }
  for (const curve of drill.curves) {
    const runs = curve.points.map(([at, value]) => ({ from: at, to: at, tone: "plain", text: amount(value, curve.unit), count: 1 }));
    put(curve.group, { name: curve.name, shape: "moment", unit: curve.unit, points: curve.points, runs });
  }
  return [...groups.values()];
}

/** When a phase of the drill began, or 0. */
function phaseStart(drill, name) {
  const lane = drill.lanes.find((each) => each.name === "phase");
  const run = lane && lane.runs.find((each) => drill.texts[each[3]] === name);
  return run ? run[0] : 0;
}

/** The moments that a reader looks for first. */
function landmarks(drill) {
  if (drill.zero === null) return [];
  const found = [{ at: drill.zero, kind: "fault", words: "fault" }];
  if (drill.recovery) found.push({ at: drill.zero + drill.recovery.seconds, kind: "served", words: "served again" });
  return found;
}

/** What a tool tip, and a screen reader, says of a run. */
function told(lane, run, zero) {
  const lasted = run.to - run.from;
  const when = since(run.from, zero) + (lasted >= 0.05 ? ` to ${since(run.to, zero)}, ${seconds(lasted)} long` : "");
  return { where: lane.name, what: run.count > 1 ? `${run.count} \u00d7 ${run.text}` : run.text, when: `${when}; drill time ${seconds(run.from)}` };
}

const LEGEND = [
  ["primary", "primary region"], ["secondary", "secondary region"], ["other", "another region, or mixed"], ["good", "well"],
  ["bad", "failed, refused"], ["unsure", "nobody knows"], ["lost", "lost afterwards"], ["fault", "fault in force"],
  ["plain", "neutral"], ["skipped", "time was skipped"],
];

function legend() {
  return el("ul", { class: "legend", "aria-label": "What the colours mean" }, LEGEND.map(([tone, words]) =>
    el("li", {}, draw("svg", { viewBox: "0 0 24 14", "aria-hidden": "true" },
      draw("rect", { class: `run ${tone}`, width: 24, height: 14, rx: 2 }), HATCHED.has(tone) ? draw("rect", { class: "hatch", width: 24, height: 14 }) : null), words)));
}

/** Everything on the timeline as rows of a table, in the order of time. */
function eventTable(drill) {
  const rows = grouped(drill).flatMap((group) => group.lanes.flatMap((lane) => lane.runs.map((run) => ({ lane, run }))));
  rows.sort((left, right) => left.run.from - right.run.from);
  const cells = ({ lane, run }) => el("tr", { class: run.tone },
    el("td", {}, since(run.from, drill.zero)), el("td", {}, since(run.to, drill.zero)), el("td", {}, lane.name),
    el("td", {}, run.text), el("td", {}, String(run.count)));
  const headings = [drill.zero === null ? "From" : "From, since the fault", "To", "Lane", "What", "Times"];
  return el("table", { class: "events" }, el("caption", { class: "unseen" }, "Every event of the timeline"),
    el("thead", {}, el("tr", {}, headings.map((words) => el("th", { scope: "col" }, words)))), el("tbody", {}, rows.map(cells)));
}
