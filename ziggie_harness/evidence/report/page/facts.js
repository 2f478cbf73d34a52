// What a reader wants to know first of a drill: what broke, when, what was lost, how it ended, and what to do.

const MEANING = {
  passed: "The promise was kept.",
  caught: "A defect was planted on purpose, and the check noticed it, as it has to.",
  failed: "The promise was broken.",
  unknown: "Nothing is proved: the evidence does not suffice.",
  error: "The harness itself could not go on; nothing is said about the system.",
  skipped: "The drill was not played.",
};

function inShort(drill) {
  return el("dl", { class: "facts" }, [broke(drill), away(drill), lost(drill), genuine(drill)]);
}

function fact(term, ...children) {
  return el("div", {}, el("dt", {}, term), el("dd", {}, children));
}

function broke(drill) {
  if (!drill.faults.length) return fact("What broke", el("span", { class: "big" }, "Nothing was broken"), el("p", {}, "The drill looks at the system as it is, or at what its owners do."));
  const began = Date.parse(drill.record.started);
  return fact("What broke, and when", drill.faults.map((each) => [
    el("span", { class: "big" }, `${capital(each.fault)}: ${each.target}`),
    el("p", {}, each.healed_seconds === null ? `From ${since(each.struck_seconds, drill.zero)} to the end of the drill.` : `From ${since(each.struck_seconds, drill.zero)} to ${since(each.healed_seconds, drill.zero)}.`,
      ` Drill time ${seconds(each.struck_seconds)}.`),
    each.proof ? el("p", { class: "soft" }, `Shown by: ${each.proof}`) : null,
    each.objection ? el("p", { class: "broken" }, `Nothing shows an effect: ${each.objection}`) : null,
  ]), el("p", { class: "soft" }, `The drill began ${Number.isNaN(began) ? drill.record.started : moment(drill.record.started)}.`));
}

function away(drill) {
  const { recovery } = drill;
  if (!recovery) return fact("How long service was away", el("span", { class: "big" }, "Not measured"), el("p", {}, "This drill judges something else; see what it promises below."));
  const late = recovery.objective !== null && recovery.seconds > recovery.objective;
  return fact("How long service was away (RTO)",
    el("span", { class: `big ${late ? "broken" : "kept"}`, "data-number": "RTO", "data-value": recovery.seconds }, long(recovery.seconds)),
    recovery.objective === null ? null : el("p", {}, `Promised: at most ${limit(recovery.objective)}.`),
    recovery.uncertainty === null ? null : el("p", { class: "soft" }, `Known to ${seconds(recovery.uncertainty)}, the spacing of the requests around it.`));
}

function lost(drill) {
  const { losses } = drill;
  if (!losses) return fact("What was lost", el("span", { class: "big" }, "Not counted"), el("p", {}, "This drill judges something else; see what it promises below."));
  const tooOld = losses.objective !== null && losses.seconds > losses.objective;
  const none = !losses.lost;
  return fact("What was lost (RPO)",
    el("span", { class: `big ${none ? "kept" : tooOld ? "broken" : ""}`, "data-number": "lost writes", "data-value": losses.lost },
      none ? "Nothing" : `${losses.lost} of ${losses.acknowledged} acknowledged writes`),
    none ? el("p", {}, `All ${losses.acknowledged} acknowledged writes can be read.`) : el("p", {}, "The oldest was acknowledged ",
      el("strong", { "data-number": "RPO", "data-value": losses.seconds }, seconds(losses.seconds)), " before the fault."),
    losses.objective === null ? null : el("p", {}, losses.objective ? `Promised: none older than ${limit(losses.objective)}.` : "Promised: none at all."),
    losses.indeterminate ? el("p", { class: "soft" }, `${many(losses.indeterminate, "more write", "more writes")} never got an answer; they count as neither.`) : null);
}

function genuine(drill) {
  const order = ["DECLARED", "EMULATED", "REAL"];
  const lowest = order.find((each) => drill.record.capabilities.some(([, fidelity]) => fidelity === each)) || "DECLARED";
  const names = drill.record.capabilities.filter(([, fidelity]) => fidelity === lowest).map(([name]) => name);
  const words = { DECLARED: "Declared only", EMULATED: "Partly emulated", REAL: "All genuine" }[lowest];
  return fact("How genuine it was", el("span", { class: "big" }, words),
    lowest === "REAL" ? null : el("p", {}, `A stand-in for: ${names.join(", ")}.`),
    el("p", { class: "soft" }, `${seconds(drill.record.drill_seconds)} of drill time, of which ${seconds(drill.record.skipped_seconds)} of mere waiting were skipped.`));
}

/** What the reader should do, by how the drill ended. */
function findings(drill) {
  const broken = (drill.judgements || []).filter((each) => each.verdict !== "PASSED");
  if (drill.ending === "passed") return [finding("fine", "Nothing to repair", el("p", {}, "The design kept its promise here. Drill again after its next change, and at the interval that your policy asks for."))];
  if (drill.ending === "skipped") return [finding("look", "Play it where it can be played", el("p", {}, drill.sentence))];
  if (drill.ending === "error") return [finding("look", "Repair the harness, or the machine, and drill again", el("p", {}, drill.sentence), el("p", {}, "The folder logs/ of the record has what the processes said."))];
  if (drill.ending === "caught") return [planted(drill, broken)];
  if (!broken.length) return [finding("repair", "What did not hold", el("p", {}, drill.sentence))];
  return [...broken.map((each) => repair(each, drill)), ...(drill.defects.length ? [planted(drill, [])] : [])];
}

function finding(kind, title, ...children) {
  return el("div", { class: `finding ${kind}` }, el("h3", {}, title), children);
}

function planted(drill, broken) {
  const changed = drill.changes.length ? el("table", { class: "changes" },
    el("caption", { class: "unseen" }, "The planted defect and the corrected design"),
    el("thead", {}, el("tr", {}, ["In the design", "Here, with the defect", "Corrected"].map((words) => el("th", { scope: "col" }, words)))),
    el("tbody", {}, drill.changes.map((row) => el("tr", {}, row.map((cell) => el("td", {}, el("code", {}, cell))))))) : null;
  return finding("fine", drill.ending === "caught" ? "Make sure that your design does not have this defect" : "This drill carries a defect on purpose",
    drill.defects.map(explained),
    drill.defects.length ? null : el("p", {}, drill.phrase ? `Planted: ${drill.phrase}.` : "The defect is in the drill's own steps; read the feature below."),
    broken.map((each) => el("p", {}, `What it does: ${each.sentence}.`)), changed);
}

/** A known defect: how bad it is, what is wrong, and what the corrected design does. */
function explained(defect) {
  return [
    el("p", {}, el("span", { class: `severity ${defect.severity}` }, defect.severity), " ", el("strong", {}, `${defect.number}: `), defect.says),
    el("p", {}, el("strong", {}, "Corrected design: "), defect.corrected),
  ];
}

function repair(judgement, drill) {
  const causes = data("known")[judgement.check] || [];
  const undecided = judgement.verdict === "UNKNOWN";
  const known = drill.findings.find((each) => each.check === judgement.check);
  return finding(undecided ? "look" : "repair", `${undecided ? "Find out, and drill again" : "Repair before you rely on this design"}`,
    el("p", {}, known ? [el("span", { class: `severity ${known.severity}` }, known.severity), " "] : null, el("strong", {}, undecided ? "Not proved: " : "Broken: "), judgement.promise || judgement.check),
    el("p", {}, judgement.sentence), judgement.check === "recovery-time" ? slowest(drill) : null,
    causes.length ? el("details", {}, el("summary", {}, `${many(causes.length, "defect is", "defects are")} known to break this promise; look for them first`),
      causes.map(explained)) : null);
}

/** Where most of the time went: there a repair begins. */
function slowest(drill) {
  const pieces = drill.recovery ? partsOf(drill.recovery).filter((piece) => piece.from < drill.recovery.seconds) : [];
  if (!pieces.length) return null;
  const longest = pieces.reduce((most, piece) => (piece.took > most.took ? piece : most));
  return el("p", {}, `Most of the time, ${seconds(longest.took)}, passed until: ${longest.name}. Begin there.`);
}
