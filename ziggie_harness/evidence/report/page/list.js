// The list of drills: what fits the filter stays, and the address keeps the filter.

class List {
  constructor() {
    this.rows = [...document.querySelectorAll(".list .row")].map((row) => ({ row, ending: row.dataset.ending, words: row.dataset.find }));
    this.bodies = [...document.querySelectorAll(".list .feature")];
    this.find = document.getElementById("find");
    this.chips = [...document.querySelectorAll(".chip")];
    this.find.addEventListener("input", () => this.filter());
    document.getElementById("filter").addEventListener("submit", (event) => event.preventDefault());
    for (const chip of this.chips) {
      chip.addEventListener("click", () => {
        chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
        this.filter();
      });
    }
  }

  filter() {
    const words = this.find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set(this.chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.ending));
    let shown = 0;
    for (const each of this.rows) {
      const fits = (!wanted.size || wanted.has(each.ending)) && words.every((word) => each.words.includes(word));
      each.row.hidden = !fits;
      shown += fits;
    }
    for (const body of this.bodies) body.hidden = !body.querySelector(".row:not([hidden])");
    document.getElementById("shown").textContent = `${shown} of ${this.rows.length} drills`;
    document.getElementById("none").hidden = shown > 0;
  }

  /** The numbers of the drills that are listed now. */
  listed() {
    return this.rows.filter((each) => !each.row.hidden).map((each) => Number(each.row.querySelector("a").hash.replace("#drill-", "")));
  }
}
