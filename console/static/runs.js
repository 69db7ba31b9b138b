// A rehearsal under way: its page is looked at again every few seconds. Without this file there is a link for that.
(() => {
  const AGAIN_MS = 3000;
  const again = async () => {
    const page = document.getElementById("rehearsal");
    if (!page || !page.hasAttribute("data-played")) return;
    const busy = page.contains(document.activeElement) || page.querySelector("details[open]");
    if (!document.hidden && !busy) {
      try {
        const answer = await fetch(location.href);
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("rehearsal");
        if (answer.ok && fresh) {
          page.replaceWith(fresh);
          if (!fresh.hasAttribute("data-played")) document.getElementById("arrivals").textContent = "The rehearsal is over";
        }
      } catch { /* looked at again in a moment */ }
    }
    setTimeout(again, AGAIN_MS);
  };
  if (document.getElementById("rehearsal")) setTimeout(again, AGAIN_MS);
})();
