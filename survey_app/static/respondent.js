// Shows sliders beside the numbers they set; without this script the number is written. An untouched slider sets nothing.
"use strict";

for (const slider of document.querySelectorAll("input.slider")) {
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
  slider.addEventListener("click", set);
  slider.addEventListener("keydown", (event) => {
    if (event.key === " ") set();
  });
  number.addEventListener("input", follow);
  follow();
}
