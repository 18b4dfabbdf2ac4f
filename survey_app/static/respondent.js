// Adds to pages that are complete without it: answers kept while they are given, sending that outlives a lost
// connection, questions that come and go with the answers before them, sliders, counts. Judges no answer.
"use strict";

const PAUSE = 800;
const LONGEST_PAUSE = 30000;
const QUICK = 1000;
const UNREACHED = [502, 503, 504];

function start() {
  const form = document.getElementById("page");
  if (!form) return;
  form.clock = new Clock(form);
  const keeper = new Keeper(form);
  const sender = new Sender(form, keeper);
  form.querySelectorAll("input.slider").forEach(showSlider);
  const follow = () => {
    followConditions(form);
    countAnswers(form);
    form.querySelectorAll(".total").forEach(addUp);
  };
  form.addEventListener("input", () => {
    follow();
    keeper.changed();
  });
  form.addEventListener("keydown", pickByNumber);
  form.addEventListener("submit", (event) => sender.submit(event));
  follow();
}

// Keeps what is on the page with the server while it is being answered, and says so only once it is stored there.
class Keeper {
  constructor(form) {
    this.form = form;
    this.told = form.querySelector(".saved");
    this.alarm = form.querySelector(".unsaved");
    this.changes = this.kept = 0;
    this.pause = PAUSE;
    document.addEventListener("visibilitychange", () => document.hidden && this.keep());
    window.addEventListener("online", () => this.keep());
  }

  changed() {
    this.changes += 1;
    this.after(PAUSE);
  }

  after(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), pause);
  }

  stop() {
    clearTimeout(this.timer);
    this.stopped = true;
  }

  async keep() {
    if (this.busy || this.stopped || this.kept === this.changes || !this.form.isConnected) return;
    this.busy = true;
    const changes = this.changes;
    const slow = setTimeout(() => this.tell(this.form.dataset.saving), QUICK);
    const response = await post(this.form.dataset.draft, fieldsOf(this.form), { keepalive: true });
    clearTimeout(slow);
    this.busy = false;
    if (this.stopped) return;
    if (response?.status === 204) {
      this.kept = changes;
      this.pause = PAUSE;
      const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
      this.tell(this.form.dataset.savedAt.replace("{time}", time));
      warn(this.form, "");
    } else {
      this.tell("");
      warn(this.form, this.form.dataset.notSavedYet);
      this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
    }
    if (this.kept !== this.changes) this.after(this.pause);
  }

  // Read out by screen readers, so the same is not told twice: the time changes once a minute.
  tell(text) {
    if (this.told.textContent !== text) this.told.textContent = text;
  }
}

// Sends the page once, however often the button is pressed, and goes on trying while there is no connection.
class Sender {
  constructor(form, keeper) {
    this.form = form;
    this.keeper = keeper;
    this.pause = PAUSE;
    window.addEventListener("online", () => this.waiting && this.send());
  }

  submit(event) {
    if (!event.submitter || event.submitter.form !== this.form) return;
    event.preventDefault();
    if (this.busy) return;
    this.button = event.submitter;
    this.send();
  }

  async send() {
    if (this.busy || !this.form.isConnected) return;
    clearTimeout(this.waiting);
    this.waiting = null;
    this.busy = true;
    this.button.setAttribute("aria-busy", "true");
    const address = this.button.hasAttribute("formaction") ? this.button.formAction : this.form.action;
    const response = await post(address, fieldsOf(this.form, this.button));
    if (!response || UNREACHED.includes(response.status)) {
      this.later();
      return;
    }
    this.keeper.stop();
    const next = response.headers.get("Relata-Next");
    if (next) window.location.assign(next);
    else replacePage(await response.text());
  }

  later() {
    this.busy = false;
    this.button.removeAttribute("aria-busy");
    warn(this.form, this.form.dataset.notSentYet);
    this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
    this.waiting = setTimeout(() => this.send(), this.pause);
  }
}

async function post(address, fields, options = {}) {
  try {
    return await fetch(address, { method: "POST", body: fields, headers: { "Relata-Page": "1" }, ...options });
  } catch {
    return null;
  }
}

// How long the page is in view, how often it is left, and when each question was answered last: times, no answers.
class Clock {
  constructor(form) {
    this.since = performance.now();
    this.seen = this.left = 0;
    this.questions = new Map();
    form.addEventListener("input", (event) => this.answered(event.target.name));
    document.addEventListener("visibilitychange", () => this.turn());
  }

  turn() {
    if (document.hidden) {
      this.seen = this.seconds();
      this.left += 1;
    }
    this.since = performance.now();
  }

  seconds() {
    return this.seen + (document.hidden ? 0 : (performance.now() - this.since) / 1000);
  }

  answered(name) {
    const question = /^q\d+/.exec(name ?? "")?.[0];
    if (question) this.questions.set(question, [this.seconds(), (this.questions.get(question)?.[1] ?? 0) + 1]);
  }

  told() {
    const questions = [...this.questions].map(([name, [second, changes]]) => `${name}:${second.toFixed(1)}:${changes}`);
    return `${this.seconds().toFixed(1)}|${this.left}|${questions.join(",")}`;
  }
}

function fieldsOf(form, button) {
  const fields = new URLSearchParams(new FormData(form));
  fields.set("paradata", form.clock.told());
  if (button?.name) fields.append(button.name, button.value);
  return fields;
}

function warn(form, text) {
  const alarm = form.querySelector(".unsaved");
  if (alarm.textContent !== text) alarm.textContent = text;
}

// The server's answer to a page that needs another look takes its place; nothing is loaded again.
function replacePage(html) {
  const next = new DOMParser().parseFromString(html, "text/html");
  document.title = next.title;
  document.documentElement.lang = next.documentElement.lang;
  document.body.replaceWith(document.adoptNode(next.body));
  start();
  window.scrollTo(0, 0);
  (document.querySelector(".summary") ?? document.querySelector("h1"))?.focus();
}

// A slider stands beside the number it sets; one that nobody touched sets nothing.
function showSlider(slider) {
  const number = document.getElementById(slider.dataset.sets);
  const follow = () => {
    slider.classList.toggle("untouched", number.value === "");
    if (number.value !== "") slider.value = number.value;
  };
  const set = () => {
    number.value = slider.value;
    follow();
  };
  slider.hidden = false;
  slider.addEventListener("input", set);
  slider.addEventListener("click", () => {
    set();
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  });
  slider.addEventListener("keydown", (event) => {
    if (event.key === " ") set();
  });
  number.addEventListener("input", follow);
  follow();
}

// A digit picks the answer at that place of the list that has the focus.
function pickByNumber(event) {
  const focused = event.target;
  if (focused.type !== "radio" || event.ctrlKey || event.altKey || event.metaKey || !/^[1-9]$/.test(event.key)) return;
  const picked = focused.form.elements[focused.name][Number(event.key) - 1];
  if (!picked) return;
  picked.focus();
  picked.click();
}

// Conditions, by the rules of instruments/logic.py: what is compared with a missing answer is false.
const MISSING = [-99, -98, -97, -96, -95, -94, -93];

function holds(tree, valueOf) {
  if (typeof tree === "boolean") return tree;
  const [word, ...parts] = tree;
  if (word === "and") return parts.every((part) => holds(part, valueOf));
  if (word === "or") return parts.some((part) => holds(part, valueOf));
  if (word === "not") return !holds(parts[0], valueOf);
  if (word === "one of") return (valueOf(parts[0]) ?? []).some((place) => parts.includes(place, 1));
  const [left, right] = parts.map((part) => operand(part, valueOf));
  if (word === "answered") return !isMissing(left) && left !== 0 && !(Array.isArray(left) && left.length === 0);
  return compare(word, left, right);
}

function operand(part, valueOf) {
  if (!Array.isArray(part)) return part;
  return part[0] === "of" ? valueOf(part[1]) : part.slice(1);
}

function isMissing(value) {
  return value === undefined || value === null || MISSING.includes(value);
}

function compare(sign, left, right) {
  if (isMissing(left) || isMissing(right)) return false;
  if (sign === "in") return Array.isArray(right) ? right.includes(left) : same(left, right);
  if (sign === "==" || sign === "!=") return same(left, right) === (sign === "==");
  if (Array.isArray(left) || Array.isArray(right) || typeof left !== typeof right) return false;
  const order = typeof left === "string" ? byCodePoint(left, right) : left - right;
  return { "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0 }[sign];
}

function same(left, right) {
  if (!Array.isArray(left) || !Array.isArray(right)) return left === right;
  return left.length === right.length && left.every((value, at) => value === right[at]);
}

// JavaScript itself puts strings into the order of their UTF-16 halves.
function byCodePoint(left, right) {
  const [a, b] = [[...left], [...right]];
  const at = a.findIndex((sign, place) => sign !== b[place]);
  if (at < 0) return a.length - b.length;
  return b[at] === undefined ? 1 : a[at].codePointAt(0) - b[at].codePointAt(0);
}

// Shows the questions whose condition holds, and names them to the server, which judges again.
function followConditions(form) {
  const told = form.elements.live;
  if (!told) return;
  const { when, fields } = JSON.parse(told.dataset.conditions);
  const blocks = [...form.querySelectorAll("[data-live]")];
  const valueOf = (name) => readField(form, name, fields[name]);
  // A question that comes up may bring up another; no chain is longer than there are questions.
  blocks.forEach(() => {
    for (const block of blocks) block.hidden = !holds(when[block.dataset.live], valueOf);
  });
  told.value = blocks.filter((block) => !block.hidden).map((block) => block.dataset.live).join(" ");
}

const INTEGER = /^[+-]?[0-9]+$/;
const DECIMAL = /^[+-]?[0-9]+(?:[.,][0-9]{1,2})?$/;
const DATE = /^([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})$/;

function readField(form, name, { type, min, max }) {
  const shown = (field) => [...form.querySelectorAll(`[name="${field}"]`)].filter((input) => !input.closest("[hidden]"));
  const controls = shown(name);
  if (shown(`${name}x`).some((reason) => reason.checked) || !controls.length) return undefined;
  const places = controls.filter((control) => control.checked).map((control) => Number(control.value));
  if (type === "consent") return places[0];
  if (type.startsWith("select")) return places.length ? places : undefined;
  const text = controls[0].value.replace(/\r\n?/g, "\n").normalize("NFC").trim();
  if (type === "text") return text || undefined;
  const plain = text.normalize("NFKC");
  if (type === "date") {
    const [, year, month, day] = DATE.exec(plain) ?? [];
    return year && `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  }
  if (!(type === "decimal" ? DECIMAL : INTEGER).test(plain) || plain.length > 12) return undefined;
  const number = Number(plain.replace(",", "."));
  return number >= min && number <= max ? number : undefined;
}

function isAnswered(card) {
  const controls = [...card.querySelectorAll("input:not(.slider), select, textarea")];
  return controls.some((control) => (/^(radio|checkbox)$/.test(control.type) ? control.checked : control.value !== ""));
}

function countAnswers(form) {
  const cards = [...form.querySelectorAll(".card")].filter(
    (card) => !card.closest("[hidden]") && card.querySelector("input, select, textarea")
  );
  const answered = cards.filter(isAnswered).length;
  const bar = document.querySelector("progress");
  bar.value = Number(bar.dataset.place) + (cards.length ? answered / (cards.length + 1) : 0);
  const count = document.querySelector(".progress .count");
  count.textContent = cards.length > 2 ? form.dataset.answered.replace("{number}", answered).replace("{count}", cards.length) : "";
}

function addUp(told) {
  const amounts = [...told.closest("fieldset").querySelectorAll(".row input")].map((input) => Number(input.value));
  const left = Number(told.dataset.total) - amounts.reduce((sum, amount) => sum + amount, 0);
  if (Number.isFinite(left)) told.querySelector(".rest").textContent = told.dataset.left.replace("{left}", left);
}

// A page that a browser kept aside may have been answered since.
window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
start();
