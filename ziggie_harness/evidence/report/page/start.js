// Which page is shown, by its address; and what goes on paper.

const PAPER_WIDTH = 700;
const ON_PAPER = 20;

const list = new List();
let shown = null;

function show(event) {
  const match = /^#drill-(\d+)$/.exec(location.hash);
  const known = match && document.getElementById(`data-${match[1]}`);
  hideTip();
  document.getElementById("overview").hidden = Boolean(known);
  const place = document.getElementById("drill");
  place.hidden = !known;
  if (!known) {
    const came = shown;
    shown = null;
    place.replaceChildren();
    document.title = `Disaster recovery drills: ${document.getElementById("headline").textContent}`;
    const back = came && document.querySelector(`.list a[href="#drill-${came.number}"]`);
    if (event && back) back.focus();
    return;
  }
  const number = Number(match[1]);
  shown = { number, ...drillPage(number) };
  place.replaceChildren(crumbs(number), shown.article);
  document.title = `${shown.drill.ending}: ${shown.drill.scenario}`;
  if (shown.timeline) shown.timeline.paint();
  if (event) place.querySelector(".title").focus({ preventScroll: true });
  scrollTo(0, 0);
}

function crumbs(number) {
  const link = (to, words) => (document.getElementById(`data-${to}`) ? el("a", { href: `#drill-${to}` }, words) : null);
  return el("nav", { class: "crumbs", "aria-label": "Drills" }, el("a", { href: "#" }, "\u2190 All drills"), link(number - 1, "Previous drill"), link(number + 1, "Next drill"));
}

/** On paper what is folded is open, but for long copies; a list of few drills has their pages behind it. */
function toPaper() {
  const paper = document.getElementById("paper");
  const pages = shown ? [shown] : printed(paper);
  for (const page of pages) if (page.timeline) page.timeline.paint(PAPER_WIDTH);
  for (const details of document.querySelectorAll("main details:not([open])")) {
    if (details.dataset.onPaper === "closed" || details.closest("#overview[hidden]")) continue;
    if (details.make) details.make();
    details.dataset.paper = "opened";
    details.open = true;
  }
}

function printed(paper) {
  const numbers = list.listed();
  if (numbers.length > ON_PAPER) {
    paper.replaceChildren(el("p", { class: "note" }, `The pages of the ${numbers.length} drills are not printed. Open one of them, or filter the list to at most ${ON_PAPER}, and print again.`));
    return [];
  }
  const pages = numbers.map((number) => drillPage(number, "h2"));
  paper.replaceChildren(...pages.map((page) => page.article));
  return pages;
}

function fromPaper() {
  for (const details of document.querySelectorAll("[data-paper]")) {
    details.open = false;
    delete details.dataset.paper;
  }
  document.getElementById("paper").replaceChildren();
  if (shown && shown.timeline) shown.timeline.paint();
}

addEventListener("hashchange", show);
addEventListener("beforeprint", toPaper);
addEventListener("afterprint", fromPaper);
addEventListener("resize", () => { if (shown && shown.timeline) shown.timeline.paint(); });
addEventListener("scroll", hideTip, { passive: true });
show();
