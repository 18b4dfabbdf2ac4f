// Shows what ticking and moving modules would change at once; without this script the button shows it.
"use strict";

let asked = 0;

async function look(form, submitter) {
  const query = new URLSearchParams(new FormData(form, submitter));
  const focused = document.activeElement.id;
  const mine = ++asked;
  for (const button of document.querySelectorAll("#picking .save button")) {
    button.disabled = true;
  }
  document.getElementById("picking").setAttribute("aria-busy", "true");
  const address = `${form.action.split("?")[0]}?${query}`;
  const answer = await fetch(address);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const drawn = page.getElementById("picking");
  if (mine !== asked) {
    return;
  }
  if (!drawn) {
    window.location = address;
    return;
  }
  const open = [...document.querySelectorAll("#picking details[open]")].map((one) => one.id);
  document.getElementById("picking").replaceWith(drawn);
  for (const id of open) {
    document.getElementById(id)?.setAttribute("open", "");
  }
  // Without the move, which loading the page anew would make again.
  const picked = [...drawn.querySelectorAll("#pick input:checked")].map((box) => ["picked", box.value]);
  history.replaceState(null, "", `?${new URLSearchParams([["look", "1"], ...picked])}`);
  document.getElementById("told").textContent = drawn.querySelector("#in-short").textContent;
  // A module that has come to an end cannot move on: its other button is next to hand.
  const other = focused.startsWith("up-") ? focused.replace("up-", "down-") : focused.replace("down-", "up-");
  const again = [focused, other].map((id) => document.getElementById(id)).find((one) => one && !one.disabled);
  (again ?? drawn.querySelector("#outlook")).focus({ preventScroll: true });
}

function show(form, submitter) {
  look(form, submitter).catch(() => form.submit());
}

document.addEventListener("change", (event) => {
  if (event.target.matches("#pick input[type=checkbox]")) {
    show(event.target.form, null);
  }
});

document.addEventListener("submit", (event) => {
  if (event.target.matches("#pick")) {
    event.preventDefault();
    show(event.target, event.submitter);
  }
});
