// The token that shows that a request comes from a page of ours. Logging in changes it, in another
// tab too: it is read when it is needed.
const NAME = "csrftoken=";

export function csrfToken() {
  const cookie = document.cookie.split("; ").find((one) => one.startsWith(NAME));
  return cookie?.slice(NAME.length) ?? document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
}
