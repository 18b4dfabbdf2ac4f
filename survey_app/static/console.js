// Follows a job without reloading the page; without this script the page reloads itself.
"use strict";

const job = document.getElementById("job");
const EVERY = 1000;

async function look() {
  try {
    const answer = await fetch(job.dataset.poll, { headers: { Accept: "application/json" } });
    if (!answer.ok) {
      window.location.reload();
      return;
    }
    const seen = await answer.json();
    if (seen.state !== job.dataset.state) {
      window.location.reload();
      return;
    }
    document.getElementById("job-bar").value = seen.fraction;
    document.getElementById("job-percent").textContent = seen.percent;
    document.getElementById("job-doing").textContent = seen.doing;
  } catch {
    // The application may be starting again; the next look finds out.
  }
  window.setTimeout(look, EVERY);
}

window.setTimeout(look, EVERY);
