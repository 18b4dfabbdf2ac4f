// Follows a job, and a field, without reloading the page; without this script a job's page reloads itself.
"use strict";

const job = document.getElementById("job");
const live = document.getElementById("live");
const EVERY = 1000;
const FIELD_EVERY = 5000;

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

async function refresh() {
  // Nobody is read to, or loses the place of the keyboard, for the sake of a figure.
  if (!document.hidden && !live.contains(document.activeElement)) {
    try {
      const answer = await fetch(live.dataset.poll);
      if (answer.ok) {
        live.innerHTML = await answer.text();
      }
    } catch {
      // As above.
    }
  }
  window.setTimeout(refresh, FIELD_EVERY);
}

if (job) {
  window.setTimeout(look, EVERY);
}
if (live) {
  window.setTimeout(refresh, FIELD_EVERY);
}
