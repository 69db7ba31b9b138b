// A file on its way, with how much of it has arrived. Without this file the form is sent as it is.
(() => {
  const form = document.querySelector("form.upload");
  const shown = document.getElementById("sending");
  if (!form || !shown) return;
  const bar = shown.querySelector("progress"), words = shown.querySelector("span");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const sending = new XMLHttpRequest();
    const button = form.querySelector("button");
    button.disabled = true;
    shown.hidden = false;
    words.textContent = "Being sent…";
    sending.upload.addEventListener("progress", (at) => {
      if (!at.lengthComputable) return;
      bar.value = (100 * at.loaded) / at.total;
      words.textContent = at.loaded < at.total ? `${Math.round(bar.value)} % sent` : "Sent. Being taken in…";
    });
    sending.addEventListener("load", () => {
      if (sending.status < 400) { location.href = sending.responseURL; return; }
      const page = new DOMParser().parseFromString(sending.responseText, "text/html");
      const problem = page.querySelector(".problem, .trouble h1 + p");
      words.textContent = `Not taken in. ${problem ? problem.textContent.trim() : ""}`;
      button.disabled = false;
    });
    sending.addEventListener("error", () => {
      words.textContent = "Not sent: the connection is gone. Send it again; what has arrived is not taken in twice.";
      button.disabled = false;
    });
    sending.open("POST", form.action);
    sending.send(new FormData(form));
  });
})();
