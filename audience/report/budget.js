"use strict";
// A slider chooses which price is shown; all of them are in the page already.
for (const box of document.querySelectorAll(".whatif")) {
  const slide = box.querySelector("input");
  const panels = box.querySelectorAll("[data-at]");
  const rows = box.querySelectorAll("tbody tr[data-row]");
  const show = () => {
    for (const p of panels) {
      p.hidden = p.dataset.at !== slide.value;
      if (!p.hidden) slide.setAttribute("aria-valuetext", p.dataset.says);
    }
    for (const r of rows) r.classList.toggle("on", r.dataset.row === slide.value);
  };
  slide.addEventListener("input", show);
  box.querySelector(".slide").hidden = false;
  show();
}
