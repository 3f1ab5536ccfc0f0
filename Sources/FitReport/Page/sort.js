"use strict";
// A click on a header sorts its table; empty cells stay below.
document.addEventListener("click", (event) => {
  const button = event.target.closest("thead button");
  if (!button) return;
  const header = button.closest("th");
  const table = header.closest("table");
  const column = header.cellIndex;
  const isNumber = header.classList.contains("number");
  const descends = header.getAttribute("aria-sort") === "ascending";
  const rows = Array.from(table.tBodies[0].rows, (row, place) => {
    const value = row.cells[column].dataset.value;
    return { row, place, isEmpty: value === "", value: isNumber ? Number(value) : value };
  });
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  rows.sort((a, b) => {
    if (a.isEmpty !== b.isEmpty) return a.isEmpty ? 1 : -1;
    const order = isNumber ? a.value - b.value : compare(a.value, b.value);
    return (descends ? -order : order) || a.place - b.place;
  });
  for (const other of header.parentElement.cells) other.setAttribute("aria-sort", "none");
  header.setAttribute("aria-sort", descends ? "descending" : "ascending");
  table.tBodies[0].append(...rows.map((entry) => entry.row));
});
