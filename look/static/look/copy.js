// A click on a hash or an address copies all of it.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button || !navigator.clipboard) return;
  event.preventDefault();
  navigator.clipboard.writeText(button.dataset.copy).then(() => {
    button.classList.add("look-copied");
    setTimeout(() => button.classList.remove("look-copied"), 1200);
  });
});
