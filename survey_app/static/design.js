// Goes to the line of a file that a problem names; without this script the link goes to the file.
"use strict";

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-line]");
  if (!link) {
    return;
  }
  event.preventDefault();
  const text = document.getElementById(link.hash.slice(1));
  for (let around = text.closest("details"); around; around = around.parentElement.closest("details")) {
    around.open = true;
  }
  const lines = text.value.split("\n");
  const at = Math.min(Number(link.dataset.line), lines.length) - 1;
  const start = lines.slice(0, at).reduce((sum, line) => sum + line.length + 1, 0);
  text.focus();
  text.setSelectionRange(start, start + lines[at].length);
  // As high as the lines before it, wrapped ones counted by the share of characters they hold.
  text.scrollTop = Math.max(0, (text.scrollHeight * start) / Math.max(1, text.value.length) - text.clientHeight / 3);
  text.scrollIntoView({ block: "center" });
});
