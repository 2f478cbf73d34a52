// The page of one drill.

const MANY_WRITES = 40;

/** Make the page of a drill, and its timeline, which has to be painted once it stands on the page. */
function drillPage(number, level = "h1") {
  const drill = data(`data-${number}`);
  const article = el("article", { "aria-label": drill.scenario }, front(drill, level));
  if (!drill.record) {
    article.append(section("What to do", findings(drill)));
    return { article, timeline: null, drill };
  }
  const timeline = new Timeline(drill);
  article.append(
    section("What to do", findings(drill)),
    section("Promised, and what the checks say", judgements(drill)),
    drill.recovery ? section("How the time without service passed", recovery(drill)) : "",
    drill.losses && (drill.losses.writes.length || drill.losses.load) ? section("The writes that were lost", writes(drill)) : "",
    drill.parity.length || drill.survivors.length ? section("Both sides compared", drill.parity.map(parity), survivors(drill)) : "",
    section("Timeline", timelineNotes(drill), timeline.node, later(`The timeline as a table (${many(drill.events, "event", "events")})`, () => el("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": "Events" }, eventTable(drill)))),
    section("Where the numbers come from", record(drill)));
  return { article, timeline, drill };
}

function section(title, ...children) {
  return el("section", { "aria-label": title }, el("h2", {}, title), children);
}

/** A part that is made when it is opened; on paper it stays closed, unless it says what was lost. */
function later(title, make, paper = "closed") {
  const details = el("details", { "data-on-paper": paper }, el("summary", {}, title));
  details.make = () => { if (details.children.length === 1) details.append(make()); };
  details.addEventListener("toggle", () => { if (details.open) details.make(); });
  return details;
}

function front(drill, level) {
  const sabotage = drill.ending === "caught" ? ` By: ${drill.caught_by}.` : "";
  return el("section", { class: `first ${drill.ending}`, "aria-label": "In short" },
    el("p", { class: "eyebrow" }, [drill.requirement, drill.feature].filter(Boolean).join(" \u00b7 ")),
    el(level, { class: "title", tabindex: "-1" }, drill.scenario),
    el("p", { class: "verdict" }, el("span", { class: `mark ${drill.ending}`, "aria-hidden": "true" }), drill.ending, el("span", { class: "unseen" }, ".")),
    el("p", { class: "sentence" }, MEANING[drill.ending], sabotage),
    drill.statement ? el("p", { class: "note" }, `The requirement: ${drill.statement} `, drill.source ? `(${drill.source})` : "") : null,
    drill.record ? inShort(drill) : null);
}

function judgements(drill) {
  if (!drill.judgements.length) return el("p", {}, "No check was asked.");
  const row = (each) => el("tr", {},
    el("td", {}, el("span", { class: `badge ${each.verdict.toLowerCase()}` }, el("span", { class: `mark ${each.verdict.toLowerCase()}`, "aria-hidden": "true" }), each.verdict.toLowerCase())),
    el("td", {}, el("span", { class: "promise" }, each.promise || each.check), " ", el("span", { class: "check" }, each.check)),
    el("td", {}, el("p", {}, each.sentence), each.numbers.length ? el("details", {}, el("summary", {}, many(each.numbers.length, "number", "numbers")), numbers(each)) : null));
  return el("table", { class: "judgements" }, el("caption", { class: "unseen" }, "What each check promised and says"),
    el("thead", {}, el("tr", {}, ["Verdict", "Promised", "What the check says"].map((words) => el("th", { scope: "col" }, words)))),
    el("tbody", {}, drill.judgements.map(row)));
}

function numbers(judgement) {
  return el("table", { class: "numbers" }, el("caption", { class: "unseen" }, `Numbers of ${judgement.check}`), el("tbody", {}, judgement.numbers.map(([name, value, unit, objective]) =>
    el("tr", {}, el("th", { scope: "row" }, name), el("td", { "data-check": judgement.check, "data-number": name, "data-value": value }, amount(value, unit)),
      el("td", { class: "soft" }, objective === null ? "" : `of ${amount(objective, unit)}`)))));
}

/** The steps of a recovery with how long each took: from the step before it. */
function partsOf({ parts }) {
  let before = 0;
  return parts.map(([name, after], n) => {
    const piece = { name, after, took: Math.max(after - before, 0), from: before, color: `part-${n % 8}` };
    before = Math.max(before, after);
    return piece;
  });
}

function recovery(drill) {
  const { seconds: rto, objective } = drill.recovery;
  const pieces = partsOf(drill.recovery);
  const total = Math.max(rto, ...pieces.map((piece) => piece.after));
  const bar = draw("svg", { class: "stack", viewBox: "0 0 1000 46", preserveAspectRatio: "none", role: "img", "aria-label": `From the fault: ${pieces.map((piece) => `${piece.name} after ${seconds(piece.after)}`).join(", ")}.` },
    pieces.map((piece) => draw("rect", { class: `${piece.color}${piece.from >= rto ? " after" : ""}`, x: (piece.from / total) * 1000, width: Math.max((piece.took / total) * 1000, 1), y: 8, height: 30 }, draw("title", {}, `${piece.name}: ${seconds(piece.took)}`))),
    draw("line", { class: "limit-line", x1: (rto / total) * 1000, x2: (rto / total) * 1000, y1: 0, y2: 46, "vector-effect": "non-scaling-stroke" }));
  return [
    el("p", {}, "Served again ", el("strong", {}, seconds(rto)), " after the fault", objective === null ? "" : `, of ${limit(objective)} promised`, ". The dashed line marks it; what is paler came later."),
    bar,
    el("table", { class: "parts" }, el("caption", { class: "unseen" }, "The parts of the recovery time"),
      el("thead", {}, el("tr", {}, ["Step", "After the fault", "Took"].map((words) => el("th", { scope: "col" }, words)))),
      el("tbody", {}, pieces.map((piece) => el("tr", {}, el("th", { scope: "row" }, el("span", { class: `swatch ${piece.color}` }), piece.name), el("td", {}, seconds(piece.after)), el("td", {}, seconds(piece.took)))))),
  ];
}

function writes(drill) {
  const { losses, zero } = drill;
  const table = () => el("table", { class: "lost-writes" }, el("caption", { class: "unseen" }, "Every acknowledged write that was lost"),
    el("thead", {}, el("tr", {}, ["Write", "Acknowledged by", "At"].map((words) => el("th", { scope: "col" }, words)))),
    el("tbody", {}, losses.writes.map(([identity, region, , at]) => el("tr", {}, el("td", {}, identity), el("td", {}, region), el("td", {}, since(at, zero))))));
  const count = losses.writes.length;
  return [
    el("p", {}, `Acknowledged, and not to be read in ${losses.region} at the end. Times are counted from the fault.`),
    count > MANY_WRITES ? later(`All ${count} of them`, table, "open") : count ? table() : null,
    losses.load ? el("p", {}, `${losses.load.missing} writes of the load were lost too; the first are ${losses.load.examples.join(", ")}.`) : null,
  ];
}

function parity(side) {
  const differs = side.differing.length || (side.numbers && side.numbers.some(Boolean));
  return el("div", { class: `finding ${differs ? "repair" : side.uncompared.length ? "look" : "fine"}` },
    el("h3", {}, side.what), el("p", {}, `Compared: ${side.compared}. ${differs ? "They differ." : side.uncompared.length ? "Not everything was compared." : "They are the same."}`),
    side.numbers && differs ? el("p", {}, `${side.numbers[0]} only on the first side, ${side.numbers[1]} only on the second, ${side.numbers[2]} different.`) : null,
    side.differing.length ? el("ul", {}, side.differing.map((each) => el("li", {}, each))) : null,
    side.uncompared.length ? el("ul", {}, side.uncompared.map((each) => el("li", {}, each))) : null);
}

/** What could be read in each region at the end; equal digests are equal contents. */
function survivors({ survivors: found }) {
  if (!found.length) return null;
  return [
    el("p", {}, "What could be read at the end, in each region that was asked. Regions with equal digests hold the same; one that was dark lacks what came later."),
    el("table", { class: "behind" }, el("caption", { class: "unseen" }, "What could be read at the end"),
      el("thead", {}, el("tr", {}, ["Region", "Held", "Digest"].map((words) => el("th", { scope: "col" }, words)))),
      el("tbody", {}, found.map((each) => el("tr", {}, el("th", { scope: "row" }, each.region), el("td", {}, `${each.count} ${each.what}`), el("td", {}, el("code", {}, each.sha256.slice(0, 16))))))),
  ];
}

function timelineNotes(drill) {
  return [
    el("p", { class: "note" }, "Each bar is a run of equal events, with their number; a failure is never merged with a success. ",
      drill.zero === null ? "Times are counted from the start of the drill." : "Times are counted from the fault.", " In the lane \u201cclock\u201d stands which time was skipped because everything only waited."),
    el("p", { class: "note keys" }, "Wheel, two fingers, or + and \u2212 zoom; drag or the arrow keys move; hover, or n and p, tell of an event."),
  ];
}

function record(drill) {
  const { record: from } = drill;
  const sources = data("sources");
  const pairs = [
    ["Record", el("code", {}, from.folder)], ["Verdict on the drilled design", from.verdict.toLowerCase()],
    ["Repeats", from.retest_of ? `a drill of the run ${from.retest_of.run} that ended as ${from.retest_of.ending}` : "no drill on record that did not hold"],
    ["Digest of everything", el("code", {}, from.root_sha256)], ["Digest of the history", el("code", {}, from.history_sha256)],
    ["Signed with the key", from.signed_with ? [el("code", {}, from.signed_with), "; \u201cziggie verify\u201d tells whether it is"] : "not signed"],
    ["Played", `${moment(from.started)} to ${moment(from.ended)}`], ["Run by", from.run_by], ["Approved by", from.approved_by || "nobody"],
    ["Backend", from.backend], ["Clock", `${from.clock}, ${seconds(from.skipped_seconds)} of ${seconds(from.drill_seconds)} skipped`],
    ["Commit", from.commit ? [el("code", {}, from.commit), from.dirty ? " with changes that are not committed" : ""] : "unknown"],
    ["Machine", from.kernel], ["Versions", from.versions.map(([name, version]) => `${name} ${version}`).join(", ")],
    ["Digest of the design", el("code", {}, from.design_sha256)], ["Feature", drill.place], ["Tags", drill.tags.map((tag) => `@${tag}`).join(" ")],
  ];
  return [
    el("table", { class: "behind" }, el("caption", { class: "unseen" }, "What stood behind each capability"), el("thead", {}, el("tr", {}, ["Capability", "Fidelity", "What stands behind it"].map((words) => el("th", { scope: "col" }, words)))),
      el("tbody", {}, from.capabilities.map(([name, fidelity, behind]) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, el("span", { class: `fidelity ${fidelity.toLowerCase()}` }, fidelity.toLowerCase())), el("td", {}, behind))))),
    el("dl", { class: "record" }, pairs.map(([term, value]) => [el("dt", {}, term), el("dd", {}, value)])),
    later("The feature, as it was played", () => source(sources[from.feature_source], "The feature")),
    later("The design, as it was declared", () => source(sources[from.design_source], "The design")),
  ];
}

function source(text, label) {
  return el("pre", { class: "source", tabindex: "0", role: "region", "aria-label": label }, text);
}
