// Saves one text without leaving the page; without this script its button sends the form and the page comes again.
"use strict";

async function save(form, button) {
  const sent = new FormData(form, button);
  const answer = await fetch(form.action, { method: "POST", body: sent, headers: { Accept: "application/json" } });
  if (answer.status === 400 || answer.status === 403) {
    return false;
  }
  const told = await answer.json();
  document.getElementById("counts").innerHTML = told.counts;
  if (told.row) {
    const id = form.id;
    form.outerHTML = told.row;
    document.getElementById(id).querySelector("textarea").focus();
  }
  return true;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form.text")) {
    return;
  }
  event.preventDefault();
  try {
    if (await save(form, event.submitter)) {
      return;
    }
  } catch {
    // The plain form below tells what is the matter.
  }
  if (event.submitter && event.submitter.name) {
    const kept = document.createElement("input");
    kept.type = "hidden";
    kept.name = event.submitter.name;
    kept.value = event.submitter.value;
    form.append(kept);
  }
  form.submit();
});
