// The composer of texts: saves what is typed, puts canned words at the cursor. The forms do the same without it.
(() => {
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const body = form.querySelector("#body"), saved = document.getElementById("saved");
  const SAVE_MS = 1000;
  let timer = 0, kept = body.value;

  const save = async () => {
    if (body.value === kept) return;
    const typed = body.value;
    try {
      const answer = await fetch(form.dataset.draft, { method: "POST", headers: { "HX-Request": "true" }, body: new URLSearchParams({ body: typed }) });
      if (!answer.ok) throw new Error(answer.statusText);
      kept = typed;
      saved.textContent = await answer.text();
    } catch { saved.textContent = "Draft not saved: no connection"; }
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(save, SAVE_MS); };
  body.addEventListener("input", later);
  form.addEventListener("submit", () => clearTimeout(timer));

  const put = (words) => {
    const space = body.selectionStart && !/\s$/.test(body.value.slice(0, body.selectionStart)) ? " " : "";
    body.setRangeText(space + words, body.selectionStart, body.selectionEnd, "end");
    body.focus();
    later();
  };
  form.querySelector("[data-insert]")?.addEventListener("click", (event) => {
    event.preventDefault();
    put(form.elements.canned.selectedOptions[0].dataset.words);
  });
  document.querySelector("[data-fill]")?.addEventListener("click", (event) => {
    event.preventDefault();
    body.value = document.getElementById(event.target.dataset.from).textContent.trim();
    body.focus();
    later();
  });
  body.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(form.querySelector("[data-send]")); }
    if (event.key === "/" && !body.value && form.elements.canned) { event.preventDefault(); form.elements.canned.focus(); }
  });
})();
