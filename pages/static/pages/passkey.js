// Passkeys: asks the browser for one and puts its answer into the form. Without this file, or without
// passkeys, the forms stay hidden and the app's code does it.
"use strict";

const bytes = (text) => Uint8Array.from(
  atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function readable(options) {
  const own = { ...options, challenge: bytes(options.challenge) };
  if (own.user) own.user = { ...own.user, id: bytes(own.user.id) };
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    own[list] = (own[list] || []).map((each) => ({ ...each, id: bytes(each.id) }));
  }
  return own;
}

function sendable(key) {
  const said = key.response;
  const response = { clientDataJSON: text(said.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (said[name]) response[name] = text(said[name]);
  }
  return JSON.stringify({
    id: key.id, rawId: text(key.rawId), type: key.type, response,
    authenticatorAttachment: key.authenticatorAttachment,
    clientExtensionResults: key.getClientExtensionResults(),
  });
}

async function use(form) {
  const answer = await fetch(form.dataset.passkey, { method: "POST", body: new FormData(form) });
  if (!answer.ok) throw new Error(answer.status);
  const publicKey = readable((await answer.json()).publicKey);
  const key = publicKey.user
    ? await navigator.credentials.create({ publicKey })
    : await navigator.credentials.get({ publicKey });
  form.elements.credential.value = sendable(key);
  form.submit();
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.closest(".passkey-way")?.removeAttribute("hidden");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const failed = form.querySelector("[data-failed]");
      failed.hidden = true;
      use(form).catch(() => (failed.hidden = false));
    });
  }
}
